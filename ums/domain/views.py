"""What the gateway shows of itself: frozen values that API, console and CLI render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from ums.domain.channel_state import ChannelState as ChannelState
from ums.domain.commands import Json, TemplateUsed
from ums.domain.delivery import DeliveryStatus
from ums.domain.linking import Linking
from ums.domain.message import MessageStatus
from ums.domain.operator import Role
from ums.domain.policy import Policy
from ums.domain.template import RemoteTemplate, TemplateDiff
from ums.domain.template_breaks import Breaks

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of a list, and the cursor that the rest begins at (None: there is no more)."""

    items: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Failing:
    """A channel's calls keep failing: why the last did, since when (unix seconds), and when it is tried next."""

    reason: str
    since: float
    tried_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A channel as it stands; `reason` says in plain words why it isn't ready. Times are unix seconds."""

    code: str
    type: str
    name: str
    state: ChannelState
    reason: str = ""
    refreshed_at: float | None = None
    authorised_by: str = ""
    """`platform` where its account lets the third-party platform act for it."""
    failing: Failing | None = None
    """Single calls try it, and everything else waits or goes another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """One endpoint of a channel: its pace in calls a second, and why it rests, if it does."""

    name: str
    rate: float
    paused_until: float | None = None
    blocked: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDetail:
    """A channel with its open settings (secrets only by name), its endpoints and who may use it."""

    channel: ChannelView
    settings: Mapping[str, Json]
    secrets_set: tuple[str, ...]
    endpoints: tuple[EndpointView, ...]
    granted_to: tuple[str, ...]
    refresh_notes: Mapping[str, str]
    """Template lists that could not be fetched at the last refresh: kind → why."""
    hook_url: str
    """Where the provider is told to push its events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCheck:
    """What a test of a channel's credentials found; `detail` is a sentence for the operator."""

    ok: bool
    detail: str
    provider_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateView:
    """A template of a channel's list; `state` is `active`."""

    template: RemoteTemplate
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCount:
    """How many templates one of a channel's lists has, and may have (None: the provider publishes no figure)."""

    kind: str
    used: int
    allowed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateList:
    """A channel's templates in the provider's order; `refreshed_at` None: never fetched."""

    templates: tuple[TemplateView, ...]
    counts: tuple[TemplateCount, ...]
    refreshed_at: float | None
    notes: Mapping[str, str] = field(default_factory=dict)
    """Lists that could not be fetched at the last refresh: kind → why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRefresh:
    """When a list was refreshed (unix seconds), what that changed and broke, and what wasn't fetched and why."""

    at: float
    diff: TemplateDiff
    breaks: Breaks
    notes: Mapping[str, str] = field(default_factory=dict)


class ApplicationState(StrEnum):
    """Whether an application's credentials are taken."""

    OPEN = "open"
    CLOSED = "closed"
    """An operator has closed it: its requests are refused with 1015005."""
    DELETED = "deleted"
    """It is kept for its messages' sake alone; nobody knows its credentials any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationView:
    """An application, without its secret.

    `channels` maps channel types to granted channel codes; `preference` is its order of channel types for
    rule -1, empty for the built-in one. Times are unix seconds.
    """

    id: int
    name: str
    channel_key: str
    state: ApplicationState
    channels: Mapping[str, str]
    preference: tuple[str, ...]
    policy: Policy
    linking: Linking
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorView:
    """An operator as others see him. Times are unix seconds."""

    id: int
    name: str
    role: Role
    has_token: bool
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One change that an operator made: when, who, what he did to which thing. Times are unix seconds."""

    id: int
    at: float
    operator: str
    action: str
    thing: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingView:
    """One binding: whose state (`active`, `retired`) and the cause of it."""

    property: str
    bind_id: str
    value: str
    state: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user as the caller may see him; `properties` in the shape of an upload's `set`."""

    userid: str
    properties: Mapping[str, Json]
    bindings: tuple[BindingView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageProgress:
    """How far a message has come: deliveries by status, in all and by channel code."""

    msgid: str
    application: str
    status: MessageStatus
    recipients: int
    counts: Mapping[str, int]
    channels: Mapping[str, Mapping[str, int]]
    created_at: float
    finished_at: float | None
    purged_at: float | None = None
    """Since when only these counts are kept, and no delivery."""
    sendno: str | None = None
    template: TemplateUsed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One delivery; `attempts` counts the calls made to the provider."""

    id: int
    userid: str
    channel: str | None
    address: str | None
    status: DeliveryStatus
    reason: str
    provider_code: int | None
    provider_message: str
    attempts: int
    step: int
    fallback_of: int | None
    cause: str
    """Why a later step of the rule was taken, by channel code."""
    fell_over: bool
    """Whether it was followed by a delivery on another channel."""
    updated_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many deliveries of a message ended so: for the table of reasons."""

    channel: str | None
    status: DeliveryStatus
    reason: str
    count: int
    fell_over: int
    """How many of them were followed by a delivery on another channel."""

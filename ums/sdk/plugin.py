"""The contract between the gateway and a channel plugin.

A plugin is a folder under `channels/` and one entry point in the group `ums.channels`. It is one
stateless `ChannelPlugin` whose operations do no I/O (see `ums.sdk.call`). What it can do besides sending
it shows by mixing in `HasToken`, `HasCredits`, `HasFollowers`, `HasWindows`, `HasTemplates`, `HasTemplateLibrary`,
`HasLint`, `HasQuotas`, `HasCallLog`, `HasHook`, `HasExplanations`, or what `ums.sdk.platform` and `ums.sdk.people`
have; `isinstance` finds out, so a capability can't be claimed and missing.

`S` is the plugin's frozen settings value, made by its settings schema; `C` the frozen content value of
one message, made by its message schema. Marshmallow field metadata feed the console's forms and the
documentation: `label` and `help` (English) with `label_zh` and `help_zh`; `secret` seals the value at rest
and never shows it again.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, TypeVar

from marshmallow import Schema

from ums.domain.wire import CHANNEL_TYPES, WireNames
from ums.sdk.call import Exchange
from ums.sdk.call_log import RememberedCall
from ums.sdk.errors import Accepted
from ums.sdk.explanation import Explanation
from ums.sdk.hook import HookReply, HookRequest
from ums.sdk.lint import Linted
from ums.sdk.quotas import Quota
from ums.sdk.specimen import Specimen
from ums.sdk.templates import (
    ChoiceRules,
    LibraryCategory,
    LibraryKeyword,
    LibraryTitles,
    NewTemplate,
    RemoteTemplate,
    TemplatePage,
)
from ums.sdk.tokens import RenewalLimits, Token

S = TypeVar("S")
C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """Who a plugin is.

    `key` is the channel type (`"wechatmp"`) and the folder's name. `endpoints` are the provider's
    endpoints that messages go to, each with the calls a second it takes by default.
    """

    key: str
    title: str
    title_zh: str
    homepage: str
    endpoints: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What users are reached by: a name for people, the pattern of a valid value, an example."""

    label: str
    label_zh: str
    pattern: re.Pattern[str]
    example: str
    private: bool = True
    """Masked in logs and on screens."""


class Outbound(NamedTuple, Generic[C]):
    """One message to one address.

    `repeat_id` (32 ASCII characters) is the same for every attempt at this delivery, for providers that
    drop repeats.
    """

    address: str
    content: C
    repeat_id: str


class ChannelPlugin(ABC, Generic[S, C]):
    """One way out. Stateless; safe to share between threads."""

    info: PluginInfo
    address: Address

    @property
    def names(self) -> WireNames:
        """The contract's names for this channel type."""
        return CHANNEL_TYPES[self.info.key]

    @abstractmethod
    def settings_schema(self) -> Schema:
        """Makes an `S` of what an operator enters; refuses unknown fields."""

    @abstractmethod
    def message_schema(self) -> Schema:
        """Makes a `C` of one element of `msg_…`; refuses unknown fields."""

    @abstractmethod
    def send(self, settings: S, outbound: Outbound[C]) -> Exchange[Accepted]:
        """Hand one message to the provider. Raises a `SendError` that says who must act."""

    def endpoint(self, content: C) -> str:
        """Which of `info.endpoints` this content goes to."""
        return next(iter(self.info.endpoints))

    def repeat_window(self, content: C) -> float:
        """Seconds from the first attempt in which the provider drops a repeat of the same `repeat_id`."""
        return 0.0

    def reports(self, settings: S, content: C) -> bool:
        """Whether a receipt will come for this content with these settings."""
        return False

    def reports_clicks(self, settings: S, content: C) -> bool:
        """Whether a receipt will also say that the person opened it."""
        return False

    def specimen(self, template: str = "", kind: str = "") -> Specimen | None:
        """A content that stands for those sent by `template`; without one, for those that are sent most.

        `kind` is the list that has the template (`HasTemplates.template_kinds`), empty where none does. Of a
        template that there can't be the message schema may refuse it. None: nothing can be said beforehand.
        """
        return None


class HasToken(ABC, Generic[S]):
    """The provider wants an access token that many calls share."""

    renewal_limits: ClassVar[RenewalLimits] = RenewalLimits()
    """How often `renewed_token` may be run; the gateway sees to it, for all its processes together."""

    @abstractmethod
    def token_key(self, settings: S) -> str:
        """What the token belongs to (`"wechat:wx123…"`): channels with the same key share one."""

    @abstractmethod
    def token(self, settings: S) -> Exchange[Token]:
        """Fetch the current token. Raises `BadChannel` where the credentials are at fault."""

    def renewed_token(self, settings: S) -> Exchange[Token]:
        """Fetch another token than the current one, at a provider that else gives the same one again."""
        return self.token(settings)


class HasCredits(ABC, Generic[S, C]):
    """The provider takes a template for an address only as often as its user has allowed."""

    @abstractmethod
    def credit(self, content: C) -> str | None:
        """The template of which this content uses up a credit; None where it needs none."""

    @abstractmethod
    def tries_unknown(self, settings: S) -> bool:
        """Whether to send where nothing is known of an address's credits."""

    def most_credits(self, template: str) -> int | None:
        """How many credits for a template an address has at most, whatever its user allows; None: no end."""
        return None


class HasWindows(ABC, Generic[S, C]):
    """The provider takes some contents only for people who have just been active; its pushes tell who has."""

    @abstractmethod
    def in_window(self, content: C) -> bool:
        """Whether this content needs an open window (`ums.domain.window.WINDOWS`)."""

    @abstractmethod
    def hears(self, settings: S) -> bool:
        """Whether the provider's pushes come, as far as the settings tell."""

    @abstractmethod
    def tries_unheard(self, settings: S) -> bool:
        """Whether to send where it can't be known of an address whether a window is open."""


class HasFollowers(ABC, Generic[C]):
    """The provider brings some contents only to those who follow the account."""

    @abstractmethod
    def to_followers(self, content: C) -> bool:
        """Whether only followers get this content."""


class HasTemplates(ABC, Generic[S]):
    """The provider keeps templates that can be listed."""

    template_kinds: tuple[str, ...]
    """The lists an account has; each is fetched by itself, so that one refusal keeps the others."""
    template_limits: ClassVar[Mapping[str, int]] = {}
    """How many templates a list may hold, by kind; those that the provider publishes no figure for stand out."""

    @abstractmethod
    def templates(self, settings: S, kind: str, cursor: str) -> Exchange[TemplatePage]:
        """One page of the list `kind`; `cursor` is `""` for the first page."""


class HasTemplateLibrary(HasTemplates[S]):
    """Templates can be chosen from a public library of the provider's, and deleted again."""

    @abstractmethod
    def categories(self, settings: S) -> Exchange[tuple[LibraryCategory, ...]]:
        """The categories that the account may choose from."""

    @abstractmethod
    def titles(self, settings: S, categories: tuple[str, ...], start: int) -> Exchange[LibraryTitles]:
        """The library's templates of these categories, from the one numbered `start` (from 0)."""

    @abstractmethod
    def keywords(self, settings: S, tid: str) -> Exchange[tuple[LibraryKeyword, ...]]:
        """What may be chosen for one template. Raises `BadContent` for one that there isn't."""

    def choice_rules(self, kind: str, tid: str) -> ChoiceRules:
        """What the list `kind` asks of the library's template `tid`; nothing is known of it unless this says so."""
        return ChoiceRules()

    @abstractmethod
    def add_template(self, settings: S, new: NewTemplate) -> Exchange[str]:
        """Put a template on the account's list; gives its id there. Raises `BadContent` for a wrong choice."""

    @abstractmethod
    def delete_template(self, settings: S, kind: str, template_id: str) -> Exchange[None]:
        """Take a template off the list `kind`."""


class HasLint(ABC, Generic[S, C]):
    """The plugin can tell what its provider would refuse in a content, before it is sent."""

    @abstractmethod
    def lint(self, settings: S, content: C, template: RemoteTemplate | None) -> Linted:
        """What is wrong with a content that the message schema made, and what is to be clipped in it.

        Pure, and run once a message: it may take tens of microseconds. Paths are those of the element of `msg_…`,
        as `data.thing1.value`. `template` is the provider's template that the element names by `template_id`, as
        the channel's list was last fetched; None where it isn't known, and then nothing is assumed of it. How
        strict it is, is a setting of the plugin's own. What was clipped lints clean.
        """


class HasQuotas(ABC, Generic[S]):
    """The provider counts the calls of a day, says how many are left, and can be told to count anew."""

    clears_a_month: ClassVar[int]
    """How often an account may have calls counted anew; those made in the provider's own console count as well."""

    @abstractmethod
    def quota(self, settings: S, endpoint: str) -> Exchange[Quota]:
        """What the provider says of one of `info.endpoints`."""

    @abstractmethod
    def clear_quota(self, settings: S, endpoint: str | None) -> Exchange[None]:
        """Have the calls of one endpoint (None: all of the account's) counted anew."""


class HasCallLog(ABC, Generic[S]):
    """The provider remembers calls, and marks its answers so that they can be asked about."""

    @abstractmethod
    def look_up(self, settings: S, mark: str) -> Exchange[RememberedCall]:
        """The call whose answer carried this mark. Raises `BadContent` where there is none to be told of."""


class HasHook(ABC, Generic[S]):
    """The provider pushes events to the gateway."""

    @abstractmethod
    def receive(self, settings: S, request: HookRequest) -> HookReply:
        """Verify, decrypt and read one push. Raises `HookRefused`, having changed nothing."""


class HasExplanations(ABC):
    """The plugin can say in plain words what its reasons and its provider's numbers mean."""

    @abstractmethod
    def explanations(self) -> tuple[Explanation, ...]:
        """Every reason and number the plugin knows, for the documentation."""

    @abstractmethod
    def explain(self, reason: str, provider_code: int | None, words: str) -> Explanation | None:
        """What a delivery's reason means; `words` (the provider's own) may make the hint more exact."""

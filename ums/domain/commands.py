"""What the gateway can be told to do: validated, frozen, the same from API, console and CLI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ums.domain.audience import Audience
from ums.domain.json import Json as Json
from ums.domain.lint import Linted
from ums.domain.message import DEFAULT_TIME_TO_LIVE, Priority
from ums.domain.rule import ALL_AT_ONCE
from ums.domain.sender import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls the REST API.

    An application (ChannelKey) as it stood when it showed its credentials, or, with `sender` None, the holder of
    the installation's AccessKey, who may touch every binding and sees every user and channel but sends nothing.
    `rate_limit` is how many requests a minute he may make; 0 is without limit.
    """

    key: str
    sender: Sender | None
    rate_limit: int = 0

    @property
    def application_id(self) -> int | None:
        return None if self.sender is None else self.sender.application_id

    @property
    def is_access_key(self) -> bool:
        return self.sender is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackChoice:
    """Where one message's receipts go, and what is echoed in each of them."""

    url: str | None = None
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUsed:
    """The message template that made a message's contents, and which version of it."""

    id: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """Send one message.

    `contents` maps channel types (`"wechatmp"`) to the content as it stands on the wire, already
    validated by that type's plugin. `priority` None: medium for a targeted send, low for a broadcast.
    `send_at` is when sending begins, in unix seconds (None: at once); `time_to_live` counts from then, in
    seconds. `by_operator` is true where an operator sends it himself. `template` is what made `contents`.
    `warnings` is what making it has brought up, for its sender to know; `linted` is by channel code what was found
    in the contents: with findings it is not sent.
    """

    application_id: int
    audience: Audience
    contents: Mapping[str, Mapping[str, Json]]
    rule_id: int = ALL_AT_ONCE
    priority: Priority | None = None
    send_at: float | None = None
    time_to_live: float = DEFAULT_TIME_TO_LIVE
    sendno: str | None = None
    owner: str | None = None
    callback: CallbackChoice | None = None
    by_operator: bool = False
    template: TemplateUsed | None = None
    warnings: tuple[str, ...] = ()
    linted: Mapping[str, Linted] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """The answer to a send: the message's id, and what the caller should know about it."""

    msgid: str
    sendno: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SentInBatch:
    """A message of a batch that was taken; `index` is its place there, from 0."""

    index: int
    msgid: str
    sendno: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """A message of a batch that was not taken, and why; `errors` are by path within it."""

    index: int
    code: int
    message: str
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSent:
    """What became of a batch of messages, in order."""

    success: tuple[SentInBatch, ...]
    fail: tuple[NotSent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """Users whom a message would not reach for one reason: how many, and the first of them."""

    reason: str
    count: int
    userids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a send would do: how many it is for, how many get it by channel code, who doesn't and why.

    `lint` is what was found in the contents, by channel code where anything was; with findings a send is refused.
    """

    recipients: int
    channels: Mapping[str, int]
    unreachable: tuple[Unreachable, ...]
    sendno: str | None = None
    warnings: tuple[str, ...] = ()
    lint: Mapping[str, Linted] = field(default_factory=dict)
    dry_run: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One user of a batch that was not taken, and why."""

    userid: str
    code: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What became of a batch of users: those taken, in order and once each, and those that weren't."""

    success: tuple[str, ...]
    fail: tuple[Failure, ...]

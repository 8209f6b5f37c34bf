"""What the gateway can be told to do: validated, frozen, the same from API, console and CLI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ums.domain.message import DEFAULT_TIME_TO_LIVE, Priority
from ums.domain.rule import ALL_AT_ONCE

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""A value as it stands in a JSON document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls the REST API.

    An application (ChannelKey), or, with `application_id` None, the holder of the installation's
    AccessKey, who may touch every binding and sees every user and channel but sends nothing. `rate_limit`
    is how many requests a minute he may make; 0 is without limit.
    """

    key: str
    application_id: int | None
    rate_limit: int = 0

    @property
    def is_access_key(self) -> bool:
        return self.application_id is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackChoice:
    """Where one message's receipts go, and what is echoed in each of them."""

    url: str | None = None
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """Send one message to users.

    `contents` maps channel types (`"wechatmp"`) to the content as it stands on the wire, already
    validated by that type's plugin.
    """

    application_id: int
    userids: tuple[str, ...]
    contents: Mapping[str, Mapping[str, Json]]
    rule_id: int = ALL_AT_ONCE
    priority: Priority = Priority.MEDIUM
    time_to_live: float = DEFAULT_TIME_TO_LIVE
    sendno: str | None = None
    owner: str | None = None
    callback: CallbackChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """The answer to a send: the message's id, and what the caller should know about it."""

    msgid: str
    sendno: str | None = None
    warnings: tuple[str, ...] = ()


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

"""What became of one attempt, sorted by who must act.

::

    Accepted                  the provider took it
    SendError                 it did not, or nobody knows
    ├── Transient             nobody: wait and try again
    ├── Throttled             the lane: pause the endpoint, then try again (no attempt counted)
    ├── BadChannel            the operator: credentials, IP, account, permission (no attempt counted)
    ├── BadAddress            the user's data: this address, or only this template for this address
    ├── BadContent            the application: template or values
    ├── HeldBack              the application: its own limits; no call is made
    └── Uncertain             unknown: the request may have arrived

Anything else that is raised while sending is a defect of ours.
Every error keeps the provider's raw words and number beside the gateway's own stable `reason`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took the message; `provider_id` is the number its receipt will carry, if any."""

    provider_id: str | None = None


class Resumption(StrEnum):
    """When a throttled endpoint opens again; the gateway's clock turns it into a time."""

    NEXT_MINUTE = "next_minute"
    NEXT_DAY = "next_day"


class Fault(StrEnum):
    """How much of a channel a `BadChannel` puts out of use."""

    CHANNEL = "channel"
    """Token, IP or account: nothing can be sent until an operator acts."""
    ENDPOINT = "endpoint"
    """A missing permission: only the endpoint that was called is out of use."""


class AddressFault(StrEnum):
    """How much of an address a `BadAddress` puts out of use."""

    ADDRESS = "address"
    """The address is dead: no message will reach it until it is bound again."""
    TEMPLATE = "template"
    """Only this template can't reach it (no subscription credit, switched off by the user)."""
    FOLLOW = "follow"
    """Its person doesn't follow: what only followers get can't reach it until he does, or it is bound again."""
    WINDOW = "window"
    """Its person hasn't been active lately: what answers him can't reach it until he is."""


class SendError(Exception):
    """One attempt failed.

    `reason` is the gateway's stable word (`"no_credit"`), `provider_code` the provider's number and
    `provider_message` its raw words.
    """

    def __init__(self, reason: str, *, provider_code: int | None = None, provider_message: str = "") -> None:
        super().__init__(reason if provider_code is None else f"{reason} ({provider_code}: {provider_message})")
        self.reason = reason
        self.provider_code = provider_code
        self.provider_message = provider_message


class Transient(SendError):
    """It passes by itself. `after` is the provider's own wait in seconds, else the gateway backs off."""

    def __init__(
        self,
        reason: str,
        *,
        provider_code: int | None = None,
        provider_message: str = "",
        after: float | None = None,
    ) -> None:
        super().__init__(reason, provider_code=provider_code, provider_message=provider_message)
        self.after = after


class Throttled(SendError):
    """The account's quota for this endpoint is used up until `until`."""

    def __init__(
        self, reason: str, *, until: Resumption, provider_code: int | None = None, provider_message: str = ""
    ) -> None:
        super().__init__(reason, provider_code=provider_code, provider_message=provider_message)
        self.until = until


class BadChannel(SendError):
    """The channel's configuration is at fault; an operator must act."""

    def __init__(
        self,
        reason: str,
        *,
        scope: Fault = Fault.CHANNEL,
        provider_code: int | None = None,
        provider_message: str = "",
    ) -> None:
        super().__init__(reason, provider_code=provider_code, provider_message=provider_message)
        self.scope = scope


class BadAddress(SendError):
    """This address can't be reached; another channel may."""

    def __init__(
        self,
        reason: str,
        *,
        scope: AddressFault = AddressFault.ADDRESS,
        provider_code: int | None = None,
        provider_message: str = "",
    ) -> None:
        super().__init__(reason, provider_code=provider_code, provider_message=provider_message)
        self.scope = scope


class BadContent(SendError):
    """The template or its values were refused; `field` names the value where the provider says which."""

    def __init__(
        self,
        reason: str,
        *,
        field: str | None = None,
        provider_code: int | None = None,
        provider_message: str = "",
    ) -> None:
        super().__init__(reason, provider_code=provider_code, provider_message=provider_message)
        self.field = field


class HeldBack(SendError):
    """The application's own limits keep it from being sent; on no other channel either."""


class Uncertain(SendError):
    """The request left and no answer can be read: it may or may not have been taken."""


Outcome = Accepted | SendError

UNCERTAIN = "uncertain"
KINDS: Mapping[str, type[SendError]] = {
    "transient": Transient,
    "throttled": Throttled,
    "bad_channel": BadChannel,
    "bad_address": BadAddress,
    "bad_content": BadContent,
    "held_back": HeldBack,
    UNCERTAIN: Uncertain,
}
ACCEPTED = "accepted"
DEFECT = "defect"


def kind(outcome: Accepted | Exception) -> str:
    """One word for an outcome: `"accepted"`, a key of `KINDS`, or `"defect"`."""
    if isinstance(outcome, Accepted):
        return ACCEPTED
    return next((word for word, class_ in KINDS.items() if isinstance(outcome, class_)), DEFECT)

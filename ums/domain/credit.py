"""Credits: how often a provider will still take a template for an address, as far as the gateway knows.

A user allows a provider to bring him a template's messages, one for each time he is asked; each message that is
taken uses one up. WeChat: `requestSubscribeMessage`; "one accept, one message; accepts add up and never expire".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ums.domain.delivery import TAKEN, DeliveryStatus

NO_CREDIT = "no_credit"
"""Why a message isn't sent to an address that is known to have no credit left."""
PAIRING_SECONDS = 600.0
"""For so long what one source tells may be what the other has told already: one tap of the user, one credit."""


class CreditPlace(NamedTuple):
    """Whose credit it is: the address on a channel, and the template."""

    channel_id: int
    address: str
    template_id: str


class Source(StrEnum):
    """Who tells what a user has allowed."""

    EVENT = "event"
    """The provider, by a push."""
    REPORT = "report"
    """The application, by `POST /v1/subscription`."""


class Cause(StrEnum):
    """Why a balance changed."""

    ALLOWED = "allowed"
    """The user allowed one more message."""
    SENT = "sent"
    """The provider took a message."""
    UNCONFIRMED = "unconfirmed"
    """Nobody ever learned whether the provider took a message: it counts as taken."""
    REFUSED = "refused"
    """The provider refused a message because there was no credit: none is left."""
    SWITCHED_OFF = "switched_off"
    """The user switched the template off: none is left."""


class CreditChange(NamedTuple):
    """What a provider tells of what a user allows: `cause` is ALLOWED, for one more message, or SWITCHED_OFF."""

    address: str
    template_id: str
    cause: Cause


class Choice(StrEnum):
    """What a user answered when he was asked. Source: `wx.requestSubscribeMessage`."""

    ACCEPT = "accept"
    REJECT = "reject"
    BAN = "ban"
    FILTER = "filter"


class Fate(StrEnum):
    """What becomes of a credit that a delivery holds."""

    SPENT = "spent"
    RELEASED = "released"


def fate_of(status: DeliveryStatus) -> Fate | None:
    """What becomes of the credit of a delivery that comes to this; None while nobody knows."""
    if status is DeliveryStatus.UNCONFIRMED:
        return None
    return Fate.SPENT if status in TAKEN else Fate.RELEASED


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is known of one address and template; `userid` is whose address it is, if anybody's."""

    address: str
    userid: str | None
    template_id: str
    balance: int
    reserved: int
    updated_at: float

    @property
    def available(self) -> int:
        """How many messages may still be sent."""
        return max(self.balance - self.reserved, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCredits:
    """What is known of one template on a channel: of how many addresses, and how many of them have credits left.

    `available` is how many messages may still be sent to them all, `reserved` how many more are being sent.
    """

    template_id: str
    known: int
    holders: int
    available: int
    reserved: int

    @property
    def without(self) -> int:
        """How many addresses have no credit left."""
        return self.known - self.holders


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One change of a balance; `balance` is what it was afterwards."""

    id: int
    address: str
    template_id: str
    change: int
    balance: int
    cause: Cause
    source: Source | None
    delivery_id: int | None
    at: float

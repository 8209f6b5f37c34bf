"""Test mode: no provider is called, and the userid says what comes of a message.

A userid below plays its role on every channel of the message, without having been uploaded; everybody else is
looked up as ever, and plays `test-delivered`. `docs/testing.md` has the table for those who test against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from ums.domain.delivery import DeliveryStatus
from ums.domain.outcome import (
    Accepted,
    AddressFault,
    BadAddress,
    BadContent,
    Outcome,
    Resumption,
    Throttled,
    Transient,
    Uncertain,
)
from ums.domain.receipt import Receipt
from ums.domain.routing import Plan
from ums.domain.rule import Reporting

TEST_ENDPOINT = "(test)"
"""The endpoint of every delivery of a test message: no channel's pace or pause concerns it."""
WORDS = "a test message: no provider was called"
NEVER = 366 * 86_400.0
"""Seconds: longer than any message may wait."""


class Report(NamedTuple):
    """A receipt that is played."""

    status: DeliveryStatus
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one userid plays.

    `calls` are the outcomes of the first call, the second and so on, the last again and again. Where one is
    accepted and the role `awaits` receipts, these are `receipts`. `afterwards` is the role in later steps of a
    rule, where that is another. A role that isn't `reachable` is reached on no channel.
    """

    calls: tuple[Outcome, ...] = (Accepted(),)
    awaits: bool = True
    receipts: tuple[Report, ...] = (Report(DeliveryStatus.DELIVERED),)
    afterwards: Role | None = None
    reachable: bool = True


class Part(NamedTuple):
    """One delivery of a test message; `userid` is empty where the caller gave the address himself."""

    delivery_id: int
    userid: str
    address: str
    step: int


_DELIVERED = Role()
_BAD_ADDRESS = BadAddress("invalid_address", scope=AddressFault.ADDRESS, provider_message=WORDS)
_NO_CREDIT = BadAddress("no_credit", scope=AddressFault.TEMPLATE, provider_message=WORDS)
_BAD_CONTENT = BadContent("invalid_value", field="test", provider_message=WORDS)
_LOST = Uncertain("answer_timeout", provider_message=WORDS)
_USED_UP = Throttled("daily_quota", until=Resumption.NEXT_MINUTE, provider_message=WORDS)
_BUSY = Transient("busy", after=1.0, provider_message=WORDS)
_BUSY_FOR_EVER = Transient("busy", after=NEVER, provider_message=WORDS)

ROLES: Mapping[str, Role] = {
    "test-delivered": _DELIVERED,
    "test-accepted": Role(awaits=False, receipts=()),
    "test-silent": Role(receipts=()),
    "test-clicked": Role(receipts=(Report(DeliveryStatus.DELIVERED), Report(DeliveryStatus.CLICKED))),
    "test-failed-receipt": Role(receipts=(Report(DeliveryStatus.FAILED, "system_failed"),)),
    "test-rejected-receipt": Role(receipts=(Report(DeliveryStatus.REJECTED, "user_block"),)),
    "test-rejected-address": Role(calls=(_BAD_ADDRESS,)),
    "test-no-credit": Role(calls=(_NO_CREDIT,)),
    "test-bad-content": Role(calls=(_BAD_CONTENT,)),
    "test-unconfirmed": Role(calls=(_LOST,)),
    "test-throttled": Role(calls=(_USED_UP, Accepted())),
    "test-retry-then-delivered": Role(calls=(_BUSY, Accepted())),
    "test-expired": Role(calls=(_BUSY_FOR_EVER,)),
    "test-fallback": Role(calls=(_BAD_ADDRESS,), afterwards=_DELIVERED),
    "test-unreachable": Role(reachable=False),
}
"""Every userid that plays a role of its own."""

SILENT: frozenset[str] = frozenset(name for name, role in ROLES.items() if role.awaits and not role.receipts)
"""Those whose receipts are awaited and never come."""


def rehearsed(plan: Plan) -> Plan:
    """The plan of a test message: parked and failing channels are no obstacle, since they aren't called."""
    routes = {
        type_: replace(route, endpoint=TEST_ENDPOINT, parked=False, failing=False)
        for type_, route in plan.routes.items()
    }
    return replace(plan, routes=routes, test=True)


def addresses_of(userids: Iterable[str], types: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """The made-up addresses of those that play a role of their own: userid → channel type → addresses."""
    everywhere = tuple(types)
    return {
        userid: {type_: [userid] for type_ in everywhere if ROLES[userid].reachable}
        for userid in userids
        if userid in ROLES
    }


def outcome(part: Part, calls: int) -> Outcome:
    """What comes of a call after `calls` earlier ones. Never raised, so that it can be shared."""
    role = role_of(part)
    played = role.calls[min(calls, len(role.calls) - 1)]
    if isinstance(played, Accepted) and role.awaits:
        return Accepted(provider_id=_provider_id(part))
    return played


def reporting(userid: str, step: int) -> Reporting:
    """What is reported of a user's deliveries in a step of a rule: all, or nothing where no receipt is awaited."""
    awaits = role_of(Part(delivery_id=0, userid=userid, address=userid, step=step)).awaits
    return Reporting(delivery=awaits, click=awaits)


def awaits_receipt(part: Part) -> bool:
    """Whether a receipt will come, or is awaited in vain."""
    return role_of(part).awaits


def receipts(part: Part) -> tuple[Receipt, ...]:
    """What is reported of a delivery once it is accepted, in this order."""
    number = _provider_id(part)
    return tuple(
        Receipt(
            event_id=f"{number}-{report.status}",
            provider_id=number,
            address=part.address,
            status=report.status,
            reason=report.reason,
            words=WORDS,
        )
        for report in role_of(part).receipts
    )


def role_of(part: Part) -> Role:
    """The role that a delivery's user plays in its step."""
    role = ROLES.get(part.userid or part.address, _DELIVERED)
    return role.afterwards if part.step > 0 and role.afterwards is not None else role


def _provider_id(part: Part) -> str:
    return f"test-{part.delivery_id}"

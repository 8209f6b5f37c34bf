"""Making receipts of the events that report what became of a message."""

from __future__ import annotations

import re
from collections.abc import Callable

from channels._wechat.codes import UNDELIVERED, known_reason, legible
from channels._wechat.push import Event, Members, required
from ums.sdk.hook import HookRefused
from ums.sdk.receipts import DeliveryStatus, Receipt

Reader = Callable[[Event], tuple[Receipt, ...]]
"""Makes the receipts of one event. Raises `HookRefused` for an event that lacks what it must have."""

SUBSCRIPTION_SENT = "subscribe_msg_sent_event"
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def subscription_receipts(event: Event) -> tuple[Receipt, ...]:
    """The receipts in a `subscribe_msg_sent_event`, one for each item of its list."""
    if not event.items:
        raise HookRefused(f"the {event.name} has no List")
    return tuple(_subscription_receipt(event, item) for item in event.items)


def message_number(members: Members) -> str:
    """The number the platform gave when it took the message. Raises `HookRefused` without one."""
    number = members.get("MsgID") or members.get("MsgId") or members.get("msgid") or ""
    if not _ID.fullmatch(number.strip()):
        raise HookRefused("the event has no MsgID")
    return number.strip()


def event_id(event: Event, number: str, result: str) -> str:
    """The same for every repeat of a report, whatever time it carries; another result is another report."""
    return f"{event.name}:{number}:{legible(result)[:80]}"


def _subscription_receipt(event: Event, item: Members) -> Receipt:
    number, words = message_number(item), item.get("ErrorStatus", "")
    code = _code(required(item, "ErrorCode"))
    failed = code != 0
    return Receipt(
        event_id=event_id(event, number, str(code)),
        provider_id=number,
        address=event.address,
        status=DeliveryStatus.FAILED if failed else DeliveryStatus.DELIVERED,
        reason=(known_reason(code) or UNDELIVERED) if failed else "",
        words=legible(words),
        provider_code=code if failed else None,
    )


def _code(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise HookRefused("the event's ErrorCode is no number")
    return int(text)

"""Telling applications what becomes of their messages: noted where it happens, in the same transaction.

So nothing told is untrue, and nothing true goes untold, whenever a process dies. Where no application wants
to be told anything, it costs one look for each call, however many deliveries it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ums.domain.callback import ReceiptType, receipt_type
from ums.domain.commands import CallbackChoice
from ums.domain.delivery import DeliveryStatus
from ums.store import callback_events, callbacks
from ums.store.callback_events import NewEvent
from ums.store.db import Session


class Move(NamedTuple):
    """A delivery that went from one status to another; its row has been written."""

    message_id: int
    delivery_id: int
    before: DeliveryStatus
    after: DeliveryStatus


class _Happened(NamedTuple):
    message_id: int
    delivery_id: int
    type: ReceiptType
    reason: str = ""


def tell(session: Session, moves: Iterable[Move], now: float) -> None:
    """Tell of deliveries that moved; moves that are nobody's business are passed over."""
    if not callbacks.any_usable(session):
        return
    happened = []
    for move in moves:
        type_ = receipt_type(move.before, move.after)
        if type_ is not None:
            happened.append(_Happened(move.message_id, move.delivery_id, type_))
    _tell(session, happened, now)


def tell_made(session: Session, message_id: int, count: int, now: float) -> None:
    """Tell of the `count` deliveries of a message that were stored last, in this transaction."""
    if not count or not callbacks.any_usable(session):
        return
    target = callbacks.targets(session, [message_id]).get(message_id)
    if target is not None and target.types & {ReceiptType.TARGET_VALID, ReceiptType.TARGET_INVALID}:
        callback_events.add_made(session, target.callback_id, message_id, count, target.types, now)


def tell_retracted(
    session: Session, message_id: int, deliveries: Sequence[int], now: float, *, refused: str = ""
) -> None:
    """Tell that deliveries were retracted, or, with a reason in `refused`, that they could not be."""
    if not callbacks.any_usable(session):
        return
    type_ = ReceiptType.NOT_RETRACTED if refused else ReceiptType.RETRACTED
    _tell(session, [_Happened(message_id, delivery, type_, refused) for delivery in deliveries], now)


def warnings(session: Session, application_id: int, choice: CallbackChoice | None) -> tuple[str, ...]:
    """What a message's sender should know of the URL that he chose for its receipts."""
    if choice is None or not choice.url:
        return ()
    usable = callbacks.usable_urls(session, application_id)
    if choice.url in usable:
        return ()
    instead = (
        "the default is used" if True in usable.values() else "nor is any other, so its receipts are not posted"
    )
    return (f"callback.url {choice.url} is not one of this application's verified URLs; {instead}",)


def _tell(session: Session, happened: Sequence[_Happened], now: float) -> None:
    if not happened:
        return
    targets = callbacks.targets(session, {one.message_id for one in happened})
    wanted = [
        NewEvent(target.callback_id, one.delivery_id, one.type, one.reason)
        for one in happened
        if (target := targets.get(one.message_id)) is not None and one.type in target.types
    ]
    callback_events.add(session, wanted, now)

"""Receipts: kept once each, and applied to the deliveries they report on."""

from __future__ import annotations

from collections.abc import Iterable

from ums.domain.credit import Fate, fate_of
from ums.domain.delivery import TAKEN, DeliveryStatus, advance
from ums.domain.receipt import Receipt
from ums.domain.rule import REJECTIONS
from ums.services import telling
from ums.services.falling_over import move_on
from ums.services.gateway import Gateway
from ums.services.telling import Move
from ums.store import credit_holds, locks, messages, receipts, user_sends
from ums.store.db import Session
from ums.store.receipts import Reported
from ums.store.steps import Place
from ums.store.user_sends import Taken


def keep_all(session: Session, gateway: Gateway, channel_id: int, found: Iterable[Receipt], now: float) -> None:
    """Keep each receipt once, and apply those whose delivery is known; the others wait for theirs."""
    moves = []
    for receipt in found:
        receipt_id = receipts.keep(session, channel_id, receipt, now)
        if receipt_id is not None:
            moves += _apply(session, gateway, channel_id, receipt_id, receipt, now)
    telling.tell(session, moves, now)


def apply_waiting(session: Session, gateway: Gateway, channel_id: int, provider_ids: list[str], now: float) -> None:
    """Apply the receipts that came before the answers carrying these numbers were stored."""
    if provider_ids and receipts.has_unmatched(session, channel_id):
        moves = []
        for waiting in receipts.unmatched(session, channel_id, provider_ids):
            moves += _apply(session, gateway, channel_id, waiting.receipt_id, waiting.receipt, now)
        telling.tell(session, moves, now)


def _apply(
    session: Session, gateway: Gateway, channel_id: int, receipt_id: int, receipt: Receipt, now: float
) -> list[Move]:
    """Move the delivery that a receipt speaks of, if it is known yet; the move, if it is one."""
    delivery = receipts.delivery_of(session, channel_id, receipt)
    if delivery is None:
        return []
    if locks.hold_messages(session, [delivery.message_id]):
        delivery = receipts.delivery_of(session, channel_id, receipt) or delivery
    receipts.match(session, receipt_id, delivery.id)
    status = advance(delivery.status, receipt.status)
    if status is delivery.status:
        return []
    receipts.move(session, delivery.id, receipt, status, now)
    _recount(session, delivery, status, now)
    if delivery.status is DeliveryStatus.UNCONFIRMED:
        fate = fate_of(status) or Fate.RELEASED
        credit_holds.settle(session, dict.fromkeys(credit_holds.held(session, [delivery.id]), fate), now)
    if status in REJECTIONS:
        place = Place(delivery.message_id, delivery.userid, delivery.step, delivery.id)
        move_on(session, gateway, [place], now)
    messages.finish_messages(session, [delivery.message_id], now)
    return [Move(delivery.message_id, delivery.id, delivery.status, status)]


def _recount(session: Session, delivery: Reported, status: DeliveryStatus, now: float) -> None:
    """Frequency caps count what a provider took, and not what it lost after all."""
    one = Taken(delivery.message_id, delivery.userid)
    if status in TAKEN and delivery.status not in TAKEN:
        user_sends.note(session, [one], now)
    elif status in REJECTIONS and delivery.status in TAKEN:
        user_sends.note_lost(session, one)

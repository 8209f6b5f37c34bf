"""What is to be told of deliveries: written with what happened, in one transaction, and read when it is posted.

An event is made out of the delivery's own row as it stands, so that those who move deliveries need to say
no more than what happened. The statements are constants: a batch of results brings hundreds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, select, text
from sqlalchemy.orm import Session

from ums.domain.callback import Event, ReceiptType
from ums.domain.delivery import DeliveryStatus
from ums.domain.wire import CHANNEL_TYPES
from ums.store.models import CallbackEventRow, MessageRow

GATEWAY = 0
"""The `sender` of what concerns no channel."""


class NewEvent(NamedTuple):
    """What happened to a delivery; `reason` where its row doesn't say it."""

    callback_id: int
    delivery_id: int
    type: ReceiptType
    reason: str = ""


_ADD = text("""
    INSERT INTO callback_events (callback_id, message_id, delivery_id, type, userid, channel_type, address, status,
                                 reason, provider_code, provider_message, created_at)
    SELECT :callback_id, deliveries.message_id, deliveries.id, :type, deliveries.userid,
           COALESCE(channels.type, ''), deliveries.address, deliveries.status,
           CASE WHEN :reason = '' THEN deliveries.reason ELSE :reason END,
           CASE WHEN :reason = '' THEN deliveries.provider_code END,
           CASE WHEN :reason = '' THEN deliveries.provider_message ELSE '' END, :now
    FROM deliveries LEFT JOIN channels ON channels.id = deliveries.channel_id
    WHERE deliveries.id = :delivery_id
""")

_ADD_MADE = text("""
    INSERT INTO callback_events (callback_id, message_id, delivery_id, type, userid, channel_type, address, status,
                                 reason, provider_code, provider_message, created_at)
    SELECT :callback_id, deliveries.message_id, deliveries.id,
           CASE deliveries.status WHEN 'unreachable' THEN :invalid ELSE :valid END, deliveries.userid,
           COALESCE(channels.type, ''), deliveries.address, deliveries.status, deliveries.reason,
           deliveries.provider_code, deliveries.provider_message, :now
    FROM deliveries LEFT JOIN channels ON channels.id = deliveries.channel_id
    WHERE deliveries.id IN (
        SELECT id FROM deliveries WHERE message_id = :message_id ORDER BY id DESC LIMIT :newest)
      AND ((:wants_valid AND deliveries.status <> 'unreachable')
           OR (:wants_invalid AND deliveries.status = 'unreachable'))
    ORDER BY deliveries.id
""")


def add(session: Session, events: Sequence[NewEvent], now: float) -> None:
    """Write down what happened to deliveries."""
    if events:
        session.execute(_ADD, [{**event._asdict(), "type": int(event.type), "now": now} for event in events])


def add_made(
    session: Session, callback_id: int, message_id: int, newest: int, wanted: frozenset[int], now: float
) -> None:
    """Write down that the `newest` deliveries of a message were made, or found unreachable."""
    session.execute(
        _ADD_MADE,
        {
            "callback_id": callback_id,
            "message_id": message_id,
            "newest": newest,
            "valid": int(ReceiptType.TARGET_VALID),
            "invalid": int(ReceiptType.TARGET_INVALID),
            "wants_valid": ReceiptType.TARGET_VALID in wanted,
            "wants_invalid": ReceiptType.TARGET_INVALID in wanted,
            "now": now,
        },
    )


def of_batch(session: Session, batch_id: int) -> list[Event]:
    """What one post says, in order."""
    rows = session.execute(
        select(CallbackEventRow, MessageRow.msgid, MessageRow.callback)
        .join(MessageRow, MessageRow.id == CallbackEventRow.message_id)
        .where(CallbackEventRow.batch_id == batch_id)
        .order_by(CallbackEventRow.id)
    )
    events = []
    for row, msgid, callback in rows:
        params = callback.get("params")
        events.append(
            Event(
                type=ReceiptType(row.type),
                msgid=msgid,
                userid=row.userid,
                sender=CHANNEL_TYPES[row.channel_type].sender if row.channel_type in CHANNEL_TYPES else GATEWAY,
                address=row.address,
                status=DeliveryStatus(row.status),
                reason=row.reason,
                provider_code=row.provider_code,
                provider_message=row.provider_message,
                sent_time=row.created_at,
                params=params if isinstance(params, dict) else {},
            )
        )
    return events


class Waiting(NamedTuple):
    """Events that may be put into a post now: how many up to its limit, and since when the first waits."""

    ids: tuple[int, ...]
    since: float


_GATHERED = text("""
    SELECT id, created_at FROM callback_events
    WHERE callback_id = :callback_id AND batch_id IS NULL
      AND delivery_id NOT IN (
          SELECT earlier.delivery_id FROM callback_batches
          JOIN callback_events AS earlier ON earlier.batch_id = callback_batches.id
          WHERE callback_batches.callback_id = :callback_id AND callback_batches.state = 'open')
    ORDER BY id LIMIT :limit
""")

_TAKE = text("UPDATE callback_events SET batch_id = :batch_id WHERE id = :id AND batch_id IS NULL")


def gathered(session: Session, callback_id: int, limit: int) -> Waiting:
    """What may be posted to a URL next: nothing of a delivery whose earlier event is still under way."""
    rows = session.execute(_GATHERED, {"callback_id": callback_id, "limit": limit}).all()
    return Waiting(tuple(row.id for row in rows), rows[0].created_at if rows else 0.0)


def take(session: Session, batch_id: int, ids: Sequence[int]) -> None:
    """Put events into a post."""
    session.execute(_TAKE, [{"batch_id": batch_id, "id": id_} for id_ in ids])


def forget_waiting(
    session: Session, limit: int, *, before: float | None = None, callback_id: int | None = None
) -> int:
    """Drop events that have waited since before then, of one URL where it is named; how many."""
    wanted: list[ColumnElement[bool]] = [CallbackEventRow.batch_id.is_(None)]
    if before is not None:
        wanted.append(CallbackEventRow.created_at < before)
    if callback_id is not None:
        wanted.append(CallbackEventRow.callback_id == callback_id)
    ids = select(CallbackEventRow.id).where(*wanted).limit(limit).scalar_subquery()
    statement = delete(CallbackEventRow).where(CallbackEventRow.id.in_(ids)).returning(CallbackEventRow.id)
    return len(session.scalars(statement.execution_options(synchronize_session=False)).all())

"""Deliveries withdrawn before a provider has them: with their message, or because their rule has moved on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from ums.store.hints import BY_OPEN

_WITHDRAW = """
    UPDATE deliveries SET status = 'cancelled', open = false, reason = :reason, due = NULL, look_at = NULL,
        updated_at = :now
    WHERE id IN (
        SELECT id FROM deliveries {by_open}
        WHERE message_id = :message_id AND open AND status = 'queued' LIMIT :limit)
    RETURNING id
"""
_WITHDRAWING = {dialect: text(_WITHDRAW.format(by_open=by_open)) for dialect, by_open in BY_OPEN.items()}

_END_WAITS = text("""
    UPDATE deliveries SET look_at = NULL, open = (status = 'sending' OR (status = 'accepted' AND due IS NOT NULL))
    WHERE message_id = :message_id AND open AND look_at IS NOT NULL AND status <> 'queued'
""")

_RETURNED = """
    UPDATE deliveries SET status = 'cancelled', open = false, reason = :reason, due = NULL, look_at = NULL,
        updated_at = :now
    WHERE id IN :ids AND status = 'queued' AND EXISTS ({})
    RETURNING message_id, id
"""

_OF_RETRACTED = text(
    _RETURNED.format("SELECT 1 FROM messages WHERE messages.id = deliveries.message_id AND status = 'cancelled'")
).bindparams(bindparam("ids", expanding=True))

_OF_LEFT_STEPS = text(
    _RETURNED.format(
        "SELECT 1 FROM deliveries AS later WHERE later.message_id = deliveries.message_id"
        " AND later.userid = deliveries.userid AND later.step > deliveries.step"
    )
).bindparams(bindparam("ids", expanding=True))

_HANDED_OVER = text("""
    SELECT id FROM deliveries WHERE message_id = :message_id AND id > :after
      AND status IN ('sending', 'accepted', 'delivered', 'clicked', 'unconfirmed')
    ORDER BY id LIMIT :limit
""")

_LEFT = text("""
    SELECT id FROM messages WHERE retracted_at IS NOT NULL AND retracted_at > :since AND status = 'cancelled'
      AND EXISTS (SELECT 1 FROM deliveries WHERE message_id = messages.id AND open AND status = 'queued')
""")


def cancel_queued(session: Session, message_id: int, reason: str, now: float, limit: int) -> list[int]:
    """Withdraw up to `limit` queued deliveries of a message, and end the waits of its rule; which they were."""
    session.execute(_END_WAITS, {"message_id": message_id})
    values = {"message_id": message_id, "reason": reason, "now": now, "limit": limit}
    return sorted(session.scalars(_WITHDRAWING[session.get_bind().dialect.name], values))


def cancel_of_retracted(
    session: Session, delivery_ids: Sequence[int], reason: str, now: float
) -> list[tuple[int, int]]:
    """Withdraw those of deliveries just queued again whose message was retracted: their message and themselves."""
    return _cancel_returned(session, _OF_RETRACTED, delivery_ids, reason, now)


def cancel_of_left_steps(session: Session, delivery_ids: Sequence[int], reason: str, now: float) -> None:
    """Withdraw those of deliveries just queued again whose rule has moved on."""
    _cancel_returned(session, _OF_LEFT_STEPS, delivery_ids, reason, now)


def _cancel_returned(
    session: Session, statement: TextClause, delivery_ids: Sequence[int], reason: str, now: float
) -> list[tuple[int, int]]:
    if not delivery_ids:
        return []
    rows = session.execute(statement, {"ids": list(delivery_ids), "reason": reason, "now": now})
    return [(message_id, delivery_id) for message_id, delivery_id in rows]


def handed_over(session: Session, message_id: int, after: int, limit: int) -> list[int]:
    """Deliveries of a message that a provider has, or may have, by id from the first after `after`."""
    return list(session.scalars(_HANDED_OVER, {"message_id": message_id, "after": after, "limit": limit}))


def retracted_with_queue(session: Session, since: float) -> list[int]:
    """Messages retracted since then that still have queued deliveries."""
    return list(session.scalars(_LEFT, {"since": since}))

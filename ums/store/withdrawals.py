"""Deliveries withdrawn before a provider has them: with their message, or because their rule has moved on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import CursorResult, bindparam, text
from sqlalchemy.orm import Session

_WITHDRAW = text("""
    UPDATE deliveries SET status = 'cancelled', open = false, reason = :reason, due = NULL, look_at = NULL,
        updated_at = :now
    WHERE id IN (
        SELECT id FROM deliveries WHERE message_id = :message_id AND open AND status = 'queued' LIMIT :limit)
""")

_END_WAITS = text("""
    UPDATE deliveries SET look_at = NULL, open = (status = 'sending' OR (status = 'accepted' AND due IS NOT NULL))
    WHERE message_id = :message_id AND open AND look_at IS NOT NULL AND status <> 'queued'
""")

_RETURNED = """
    UPDATE deliveries SET status = 'cancelled', open = false, reason = :reason, due = NULL, look_at = NULL,
        updated_at = :now
    WHERE id IN :ids AND status = 'queued' AND EXISTS ({})
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

_LEFT = text("""
    SELECT id FROM messages WHERE retracted_at IS NOT NULL AND retracted_at > :since AND status = 'cancelled'
      AND EXISTS (SELECT 1 FROM deliveries WHERE message_id = messages.id AND open AND status = 'queued')
""")


def cancel_queued(session: Session, message_id: int, reason: str, now: float, limit: int) -> int:
    """Withdraw up to `limit` queued deliveries of a message, and end the waits of its rule; how many."""
    session.execute(_END_WAITS, {"message_id": message_id})
    values = {"message_id": message_id, "reason": reason, "now": now, "limit": limit}
    result = session.execute(_WITHDRAW, values)
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE always gives
    return result.rowcount


def cancel_returned(
    session: Session, delivery_ids: Sequence[int], now: float, *, of_retracted: str, of_left_steps: str
) -> None:
    """Withdraw those of deliveries just queued again that nobody wants any more, with the reason for each case."""
    if delivery_ids:
        for statement, reason in ((_OF_RETRACTED, of_retracted), (_OF_LEFT_STEPS, of_left_steps)):
            session.execute(statement, {"ids": list(delivery_ids), "reason": reason, "now": now})


def retracted_with_queue(session: Session, since: float) -> list[int]:
    """Messages retracted since then that still have queued deliveries."""
    return list(session.scalars(_LEFT, {"since": since}))

"""What was written while the clock was ahead, and waits for times that have become distant since.

Nobody can tell an hour's wait from an hour of a wrong clock by the time alone; but a row that was last changed in
the future shows that the clock was set back since.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_SINCE = """
    SELECT id, updated_at FROM deliveries WHERE status = 'queued' AND updated_at > :latest
    UNION ALL SELECT id, updated_at FROM deliveries WHERE look_at IS NOT NULL AND updated_at > :latest
"""
"""In two halves, so that each can go by its partial index."""
_LATEST = text(f"SELECT MAX(updated_at) FROM ({_SINCE}) AS waiting")  # noqa: S608 - constants
_SOONER = "CASE WHEN {0} - :back > :now THEN {0} - :back WHEN {0} > :now THEN :now ELSE {0} END"
_DELIVERIES = text(f"""
    UPDATE deliveries SET due = {_SOONER.format("due")}, look_at = {_SOONER.format("look_at")}, updated_at = :now
    WHERE id IN (SELECT id FROM ({_SINCE}) AS waiting LIMIT :limit)
""")  # noqa: S608 - constants
_RESTS = tuple(
    text(f"UPDATE {table} SET {column} = {_SOONER.format(column)} WHERE {column} > :now")  # noqa: S608 - constants
    for table, column in (
        ("endpoints", "paused_until"),
        ("channels", "probe_at"),
        ("callbacks", "rests_until"),
        ("callback_batches", "due"),
        ("callback_batches", "lease_until"),
    )
)


_BUCKETS = text("UPDATE endpoints SET refilled_at = :now WHERE refilled_at > :now")
"""One that was drawn from later than now would not be refilled until then."""


def latest(session: Session, after: float) -> float | None:
    """When the delivery was changed that was changed last, of those that wait; None where that isn't `after`."""
    return session.execute(_LATEST, {"latest": after}).scalar()


def bring_forward(session: Session, *, back: float, now: float, latest: float, limit: int) -> int:
    """Have up to `limit` deliveries that were changed after `latest` wait `back` seconds less; how many."""
    values = {"back": back, "now": now, "latest": latest, "limit": limit}
    return int(getattr(session.execute(_DELIVERIES, values), "rowcount", 0))


def shorten_rests(session: Session, *, back: float, now: float) -> None:
    """Have everything that rests wait `back` seconds less: at worst, it is tried once too early."""
    for statement in _RESTS:
        session.execute(statement, {"back": back, "now": now})
    session.execute(_BUCKETS, {"now": now})

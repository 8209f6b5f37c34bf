"""The breakers of channels whose calls have failed of late; of all others there is no row."""

from __future__ import annotations

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from ums.domain.breaker import Breaker, trying
from ums.store.models import BreakerRow

_KEEP = text("""
    INSERT INTO breakers (channel_id, calls, failed, noted_at, reason, opened_at, probes, probe_at, probe_id)
    VALUES (:channel_id, :calls, :failed, :noted_at, :reason, :opened_at, :probes, :probe_at, :probe_id)
    ON CONFLICT (channel_id) DO UPDATE SET
        calls = excluded.calls, failed = excluded.failed, noted_at = excluded.noted_at, reason = excluded.reason,
        opened_at = excluded.opened_at, probes = excluded.probes, probe_at = excluded.probe_at,
        probe_id = excluded.probe_id
""")
_FIELDS = ("calls", "failed", "noted_at", "reason", "opened_at", "probes", "probe_at", "probe_id")


def of_channel(session: Session, channel_id: int) -> Breaker | None:
    """What is remembered of a channel's failed calls; None where nothing is."""
    row = session.get(BreakerRow, channel_id, populate_existing=True)
    return None if row is None else Breaker(**{name: getattr(row, name) for name in _FIELDS})


def keep(session: Session, channel_id: int, breaker: Breaker | None) -> None:
    """Remember that; None: nothing."""
    if breaker is None:
        forget(session, channel_id)
        return
    session.execute(_KEEP, {"channel_id": channel_id, **{name: getattr(breaker, name) for name in _FIELDS}})


def forget(session: Session, channel_id: int) -> None:
    """Call the channel again, whatever was remembered."""
    session.execute(delete(BreakerRow).where(BreakerRow.channel_id == channel_id))


def untried(session: Session, before: float) -> list[int]:
    """Channels whose next try was due by then: nothing is queued that could be tried."""
    query = select(BreakerRow.channel_id).where(BreakerRow.opened_at.is_not(None), BreakerRow.probe_at <= before)
    return list(session.scalars(query.order_by(BreakerRow.probe_at)))


def claim_try(session: Session, channel_id: int, before: float, now: float) -> bool:
    """Have nobody else try a channel for a while; False where somebody does already."""
    known = of_channel(session, channel_id)
    if known is None or known.probe_at is None or known.probe_at > before:
        return False
    keep(session, channel_id, trying(known, None, now))
    return True


def open_number(session: Session) -> int:
    """How many channels are called no more, since their calls kept failing."""
    query = select(func.count()).select_from(BreakerRow).where(BreakerRow.opened_at.is_not(None))
    return session.scalars(query).one()


_UNCOUNTED = text("""
    UPDATE deliveries SET tries = CASE WHEN tries > 0 THEN tries - 1 ELSE 0 END,
        due = CASE WHEN due > :due THEN :due ELSE due END
    WHERE id = :id AND status = 'queued'
""")


def uncounted(session: Session, delivery_id: int, due: float) -> None:
    """A delivery that tried a channel in vain waits for the next try at most, and that was no try of its own."""
    session.execute(_UNCOUNTED, {"id": delivery_id, "due": due})

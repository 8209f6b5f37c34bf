"""Sending processes: who is alive, and which jobs only one of them may do."""

from __future__ import annotations

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, text, update
from sqlalchemy.orm import Session

from ums.store.direct import fetched, foresee
from ums.store.models import WorkerRow

ALIVE = "alive"
DEAD = "dead"
"""Stopped beating; what it held has been dealt with."""
GONE = "gone"
"""Ended in good order."""

_TAKE_LEASE = text("""
    INSERT INTO leases (name, owner, until) VALUES (:name, :owner, :until)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE leases.owner = :owner OR leases.until < :now OR leases.until > :latest
    RETURNING name
""")
_END_LEASE = text("DELETE FROM leases WHERE name = :name AND owner = :owner")


def enlist(
    session: Session, worker_id: str, *, host: str, pid: int, now: float, lease_until: float, slots: int = 0
) -> None:
    """Add a worker that begins its life, and may make so many calls at a time."""
    session.add(
        WorkerRow(
            id=worker_id, host=host, pid=pid, state=ALIVE, started_at=now, lease_until=lease_until, slots=slots
        )
    )
    session.flush()


def beat(session: Session, worker_id: str, lease_until: float) -> bool:
    """Prolong a worker's lease; False when it has been declared dead meanwhile."""
    result = session.execute(
        update(WorkerRow).where(WorkerRow.id == worker_id, WorkerRow.state == ALIVE).values(lease_until=lease_until)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE always gives
    return result.rowcount == 1


_IS_ALIVE = text("SELECT 1 FROM workers WHERE id = :id AND state = 'alive'")


def is_alive(session: Session, worker_id: str) -> bool:
    """Whether a worker has neither ended nor been declared dead."""
    return bool(fetched(session, _IS_ALIVE, {"id": worker_id}, lambda one: one))


def foresee_alive(session: Session, worker_id: str) -> None:
    """Ask ahead for `is_alive`."""
    foresee(session, _IS_ALIVE, {"id": worker_id})


def overdue(session: Session, now: float, lease_seconds: float) -> list[str]:
    """Workers whose lease has run out, or lies so far ahead that a clock must have jumped."""
    is_overdue = ~_is_current(now, lease_seconds)
    return list(session.execute(select(WorkerRow.id).where(WorkerRow.state == ALIVE, is_overdue)).scalars())


def lives(session: Session, worker_id: str, now: float, lease_seconds: float) -> bool:
    """Whether a worker is known, hasn't ended, and isn't overdue."""
    current = select(WorkerRow.id).where(
        WorkerRow.id == worker_id, WorkerRow.state == ALIVE, _is_current(now, lease_seconds)
    )
    return session.execute(current).first() is not None


def _is_current(now: float, lease_seconds: float) -> ColumnElement[bool]:
    return WorkerRow.lease_until.between(now, now + 2 * lease_seconds)


def alive(session: Session) -> list[str]:
    """Workers not known to have ended."""
    return list(session.execute(select(WorkerRow.id).where(WorkerRow.state == ALIVE)).scalars())


def slots(session: Session, now: float) -> int:
    """Calls that may be made at a time by all workers whose lease lasts."""
    alive = (WorkerRow.state == ALIVE, WorkerRow.lease_until >= now)
    return session.execute(select(func.coalesce(func.sum(WorkerRow.slots), 0)).where(*alive)).scalar_one()


def end(session: Session, worker_id: str, state: str) -> None:
    """Note that a worker is `DEAD` or `GONE`."""
    session.execute(update(WorkerRow).where(WorkerRow.id == worker_id).values(state=state))


def forget_ended(session: Session, before: float) -> None:
    """Drop workers that ended before then."""
    session.execute(delete(WorkerRow).where(WorkerRow.state != ALIVE, WorkerRow.lease_until < before))


def take_lease(session: Session, name: str, owner: str, *, now: float, seconds: float) -> bool:
    """Whether `owner` may do the job `name` until `now + seconds`: it holds the lease, or nobody does."""
    values = {"name": name, "owner": owner, "now": now, "until": now + seconds, "latest": now + 2 * seconds}
    return session.execute(_TAKE_LEASE, values).first() is not None


def end_lease(session: Session, name: str, owner: str) -> None:
    """Let others do the job `name` at once, where `owner` may do it."""
    session.execute(_END_LEASE, {"name": name, "owner": owner})

"""Batches: permissions to claim, of which a broker carries the ids.

Any message on a broker may be lost or doubled, so nothing hangs on it: a batch is taken once, by its row, and one
that nobody took is published again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from ums.store.bulk import fetched, run
from ums.store.models import BatchRow, WorkerRow
from ums.store.outbox import Lane
from ums.store.workers import ALIVE


class Batch(NamedTuple):
    """Up to `size` deliveries of a lane may be claimed by it."""

    id: int
    lane: Lane
    size: int


class Grant(NamedTuple):
    """A batch to be made."""

    lane: Lane
    size: int


def _batch(id_: int, channel_id: int, endpoint: str, priority: int, size: int) -> Batch:
    return Batch(id_, Lane(channel_id, endpoint, priority), size)


def add(session: Session, grants: Sequence[Grant], now: float) -> list[Batch]:
    """Make batches, to be published right after."""
    rows = [BatchRow(**grant.lane._asdict(), size=grant.size, published_at=now) for grant in grants]
    session.add_all(rows)
    session.flush()
    return [Batch(row.id, grant.lane, grant.size) for row, grant in zip(rows, grants, strict=True)]


_UNDER_WAY = text("""
    SELECT channel_id, endpoint, priority, CAST(sum(size) AS INTEGER) FROM batches
    GROUP BY channel_id, endpoint, priority
""")


def under_way(session: Session) -> dict[Lane, int]:
    """How many deliveries of each lane are permitted already, and not claimed yet."""
    return dict(fetched(session, _UNDER_WAY, {}, lambda *row: (Lane(*row[:3]), row[3])))


def find(session: Session, ids: Collection[int]) -> list[Batch]:
    """Those of the batches that nobody has taken."""
    rows = session.execute(
        select(BatchRow.id, BatchRow.channel_id, BatchRow.endpoint, BatchRow.priority, BatchRow.size).where(
            BatchRow.id.in_(ids), BatchRow.taken_by.is_(None)
        )
    )
    return [_batch(*row) for row in rows]


_TAKE = text("""
    UPDATE batches SET taken_by = :owner, taken_at = :now
    WHERE id = :id AND (taken_by IS NULL OR taken_by = :owner)
    RETURNING id
""")


def take(session: Session, batch_id: int, owner: str, now: float) -> bool:
    """Whether `owner` may claim by a batch: nobody else does, and it isn't used up."""
    return bool(fetched(session, _TAKE, {"id": batch_id, "owner": owner, "now": now}, bool))


_KEEP = text("UPDATE batches SET size = :rest WHERE id = :id AND taken_by = :owner")
_USED_UP = text("DELETE FROM batches WHERE id = :id AND taken_by = :owner")


def keep(session: Session, batch_id: int, owner: str, rest: int) -> None:
    """Note how much `owner` may still claim by a batch that it took; nothing more: it is gone."""
    if rest > 0:
        run(session, _KEEP, {"id": batch_id, "owner": owner, "rest": rest})
    else:
        run(session, _USED_UP, {"id": batch_id, "owner": owner})


def give_back(session: Session, owner: str, ids: Collection[int]) -> None:
    """Take back the permission of these batches that `owner` holds or nobody took, and of all that it holds."""
    held = or_(BatchRow.taken_by == owner, BatchRow.id.in_(ids) & BatchRow.taken_by.is_(None))
    session.execute(delete(BatchRow).where(held).execution_options(synchronize_session=False))


def drop_abandoned(session: Session) -> int:
    """Take back what workers hold that have ended; how many batches those were."""
    alive = select(WorkerRow.id).where(WorkerRow.state == ALIVE)
    return len(_gone(session, BatchRow.taken_by.is_not(None), BatchRow.taken_by.not_in(alive)))


def _gone(session: Session, *where: ColumnElement[bool]) -> Sequence[int]:
    """Delete batches that nobody else changes just now."""
    found = select(BatchRow.id).where(*where).order_by(BatchRow.id).with_for_update(skip_locked=True)
    statement = delete(BatchRow).where(BatchRow.id.in_(found)).returning(BatchRow.id)
    return session.scalars(statement.execution_options(synchronize_session=False)).all()


def anything_overdue(session: Session, now: float, seconds: float) -> bool:
    """Whether anything is to be published again, or taken back; a look that takes no lock."""
    alive = select(WorkerRow.id).where(WorkerRow.state == ALIVE)
    overdue = or_(_unheard(now, seconds), BatchRow.taken_by.not_in(alive))
    return session.execute(select(BatchRow.id).where(overdue).limit(1)).first() is not None


def publish_again(session: Session, now: float, seconds: float) -> list[Batch]:
    """What was published `seconds` ago or longer and nobody took: to be published once more, right after."""
    found = select(BatchRow.id).where(_unheard(now, seconds)).order_by(BatchRow.id)
    statement = (
        update(BatchRow)
        .where(BatchRow.id.in_(found.with_for_update(skip_locked=True)))
        .values(published_at=now)
        .returning(BatchRow.id, BatchRow.channel_id, BatchRow.endpoint, BatchRow.priority, BatchRow.size)
    )
    return [_batch(*row) for row in session.execute(statement.execution_options(synchronize_session=False))]


def _unheard(now: float, seconds: float) -> ColumnElement[bool]:
    """A clock that was set back doesn't hold up what it dated ahead."""
    return BatchRow.taken_by.is_(None) & (func.abs(now - BatchRow.published_at) >= seconds)

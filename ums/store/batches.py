"""Batches: permissions to claim, of which a broker carries the ids.

Any message on a broker may be lost or doubled, so nothing hangs on it: a batch is taken once, with its row, and one
that nobody took is published again. What a worker took and made no use of, because it ended, is permitted anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.orm import Session

from ums.store.direct import fetched
from ums.store.models import BatchRow
from ums.store.outbox import Lane


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
            BatchRow.id.in_(ids)
        )
    )
    return [_batch(*row) for row in rows]


_TAKE = text("DELETE FROM batches WHERE id = :id RETURNING id")


def take(session: Session, batch_id: int) -> bool:
    """Whether a batch may be claimed by: nobody else has taken it. From then on it is its taker's."""
    return bool(fetched(session, _TAKE, {"id": batch_id}, bool))


def drop(session: Session, ids: Collection[int]) -> None:
    """Take back the permission of batches, as far as nobody took them."""
    session.execute(delete(BatchRow).where(BatchRow.id.in_(ids)).execution_options(synchronize_session=False))


def anything_overdue(session: Session, now: float, seconds: float) -> bool:
    """Whether anything is to be published again; a look that takes no lock."""
    return session.execute(select(BatchRow.id).where(_unheard(now, seconds)).limit(1)).first() is not None


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
    return func.abs(now - BatchRow.published_at) >= seconds

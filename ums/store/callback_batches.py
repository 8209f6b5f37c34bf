"""Posts: claimed for one try at a time, retried, given up, posted again.

A try is fenced by `owner`, which is new for each claim: what a process that slept too long brings back is
written down as a try, and moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, CursorResult, Select, delete, func, literal_column, select, text, update
from sqlalchemy.orm import Session

from ums.domain.callback import GIVEN_UP, BatchState
from ums.store.models import CallbackBatchRow, CallbackEventRow


class Claimed(NamedTuple):
    """A post that one process tries now; `tries` counts this one."""

    id: int
    webhook_id: str
    size: int
    tries: int


_CLAIM = """
    UPDATE callback_batches SET owner = :owner, lease_until = :lease_until, tries = tries + 1,
        first_tried_at = COALESCE(first_tried_at, :now)
    WHERE id = (
        SELECT id FROM callback_batches
        WHERE callback_id = :callback_id AND state = 'open' AND due <= :now AND lease_until <= :now
          AND tries <= :most_tries
        ORDER BY tries, due, id LIMIT 1)
    RETURNING id, webhook_id, size, tries
"""
ANY_TRIES = 1_000_000

_WITH_WORK = text("""
    SELECT id, failures > 0 AS failing FROM callbacks
    WHERE enabled AND state = 'verified' AND rests_until <= :now
      AND (EXISTS (SELECT 1 FROM callback_events WHERE callback_id = callbacks.id AND batch_id IS NULL)
           OR EXISTS (SELECT 1 FROM callback_batches
                      WHERE callback_id = callbacks.id AND state = 'open' AND due <= :now AND lease_until <= :now))
    ORDER BY id
""")
_IS_OPEN: ColumnElement[bool] = literal_column("callback_batches.state = 'open'")
"""Written out, not bound, for the partial index."""


class Work(NamedTuple):
    """A URL that something may be posted to, and whether it failed last."""

    callback_id: int
    failing: bool


def with_work(session: Session, now: float) -> list[Work]:
    """The URLs that something may be posted to now; a look that takes no lock."""
    return [Work(row.id, bool(row.failing)) for row in session.execute(_WITH_WORK, {"now": now})]


def under_way(session: Session, callback_id: int, now: float) -> int:
    """How many posts to a URL are being tried, by whichever process."""
    return session.scalars(
        select(func.count())
        .select_from(CallbackBatchRow)
        .where(CallbackBatchRow.callback_id == callback_id, _IS_OPEN, CallbackBatchRow.lease_until > now)
    ).one()


def anything_due(session: Session, callback_id: int, now: float) -> bool:
    """Whether a post made before is to be tried now."""
    return (
        session.execute(
            select(CallbackBatchRow.id)
            .where(
                CallbackBatchRow.callback_id == callback_id,
                _IS_OPEN,
                CallbackBatchRow.due <= now,
                CallbackBatchRow.lease_until <= now,
            )
            .limit(1)
        ).first()
        is not None
    )


def add(session: Session, callback_id: int, webhook_id: str, size: int, now: float) -> int:
    """Make a post, to be tried at once; answers its id."""
    row = CallbackBatchRow(
        webhook_id=webhook_id, callback_id=callback_id, state=BatchState.OPEN, size=size, due=now, created_at=now
    )
    session.add(row)
    session.flush()
    return row.id


def claim(
    session: Session, callback_id: int, owner: str, *, now: float, lease_until: float, most_tries: int = ANY_TRIES
) -> Claimed | None:
    """Take one post that is due, of those tried at most `most_tries` times: the one least often tried."""
    values = {
        "callback_id": callback_id,
        "owner": owner,
        "now": now,
        "lease_until": lease_until,
        "most_tries": most_tries,
    }
    row = session.execute(text(_CLAIM), values).first()
    return None if row is None else Claimed(*row)


def end(session: Session, batch_id: int, owner: str, state: BatchState, due: float | None, now: float) -> bool:
    """Write what became of a try; False where another has taken it over."""
    result = session.execute(
        update(CallbackBatchRow)
        .where(CallbackBatchRow.id == batch_id, CallbackBatchRow.owner == owner, _IS_OPEN)
        .values(
            state=state,
            due=due,
            owner=None,
            lease_until=0.0,
            ended_at=None if state is BatchState.OPEN else now,
        )
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE always gives
    return result.rowcount == 1


class Buried(NamedTuple):
    """A post that was given up."""

    webhook_id: str
    callback_id: int
    size: int


def hasten(session: Session, callback_id: int, now: float) -> None:
    """Have the posts that wait for their next try tried now: the URL is known to answer again."""
    session.execute(
        update(CallbackBatchRow)
        .where(CallbackBatchRow.callback_id == callback_id, _IS_OPEN, CallbackBatchRow.due > now)
        .values(due=now)
        .execution_options(synchronize_session=False)
    )


def overdue(session: Session, now: float) -> bool:
    """Whether `bury` would find anything; a look that takes no lock."""
    return session.execute(select(CallbackBatchRow.id).where(*_too_old(now)).limit(1)).first() is not None


def bury(session: Session, now: float, limit: int) -> list[Buried]:
    """Give up what was first tried 72 hours ago."""
    ids = select(CallbackBatchRow.id).where(*_too_old(now)).limit(limit).scalar_subquery()
    statement = (
        update(CallbackBatchRow)
        .where(CallbackBatchRow.id.in_(ids))
        .values(state=BatchState.DEAD, due=None, owner=None, ended_at=now)
        .returning(CallbackBatchRow.webhook_id, CallbackBatchRow.callback_id, CallbackBatchRow.size)
        .execution_options(synchronize_session=False)
    )
    return [Buried(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which posts of a URL: one, by its number or its webhook-id, or those with events of a time range."""

    batch: int | None = None
    webhook_id: str | None = None
    since: float = 0.0
    until: float = float("inf")
    delivered: bool = True
    """Those that were delivered, too."""


def reopen(session: Session, callback_id: int, chosen: Chosen, now: float, *, after: int, limit: int) -> list[int]:
    """Have posts tried again from now on, as if for the first time; those under way are left alone."""
    wanted = [CallbackBatchRow.callback_id == callback_id, CallbackBatchRow.lease_until <= now]
    if chosen.batch is not None:
        wanted.append(CallbackBatchRow.id == chosen.batch)
    if chosen.webhook_id is not None:
        wanted.append(CallbackBatchRow.webhook_id == chosen.webhook_id)
    if not chosen.delivered:
        wanted.append(CallbackBatchRow.state != BatchState.DELIVERED)
    in_range = select(CallbackEventRow.id).where(
        CallbackEventRow.batch_id == CallbackBatchRow.id,
        CallbackEventRow.created_at.between(chosen.since, min(chosen.until, now)),
    )
    # a post is made after its events
    wanted += [CallbackBatchRow.id > after, CallbackBatchRow.created_at >= chosen.since, in_range.exists()]
    ids = select(CallbackBatchRow.id).where(*wanted).order_by(CallbackBatchRow.id).limit(limit)
    statement = (
        update(CallbackBatchRow)
        .where(CallbackBatchRow.id.in_(ids.scalar_subquery()))
        .values(state=BatchState.OPEN, due=now, tries=0, first_tried_at=None, ended_at=None)
        .returning(CallbackBatchRow.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.scalars(statement))


def counts(session: Session, callback_id: int) -> dict[str, int]:
    """How many posts of a URL stand where, and how many events wait to be put into one."""
    rows = session.execute(
        select(CallbackBatchRow.state, func.count())
        .where(CallbackBatchRow.callback_id == callback_id)
        .group_by(CallbackBatchRow.state)
    )
    found = dict(rows.all())
    waiting = select(func.count()).where(
        CallbackEventRow.callback_id == callback_id, CallbackEventRow.batch_id.is_(None)
    )
    return {**{state.value: found.get(state, 0) for state in BatchState}, "waiting": session.scalars(waiting).one()}


def forget_ended(session: Session, before: float, limit: int) -> int:
    """Drop posts that were delivered or given up before then, with all they held; how many."""
    return _drop(session, select(CallbackBatchRow.id).where(CallbackBatchRow.ended_at < before).limit(limit))


def forget_all(session: Session, callback_id: int, limit: int) -> int:
    """Drop posts of one URL, whatever became of them; how many."""
    ids = select(CallbackBatchRow.id).where(CallbackBatchRow.callback_id == callback_id).limit(limit)
    return _drop(session, ids)


def _drop(session: Session, ids: Select[int]) -> int:
    statement = delete(CallbackBatchRow).where(CallbackBatchRow.id.in_(ids.scalar_subquery()))
    dropped = session.scalars(statement.returning(CallbackBatchRow.id).execution_options(synchronize_session=False))
    return len(dropped.all())


def _too_old(now: float) -> tuple[ColumnElement[bool], ...]:
    return (_IS_OPEN, CallbackBatchRow.first_tried_at <= now - GIVEN_UP, CallbackBatchRow.lease_until <= now)

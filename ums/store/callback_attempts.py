"""Every try of every post, with what came back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ums.domain.callback import BatchState
from ums.store.models import CallbackAttemptRow, CallbackBatchRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a post: the HTTP status, or a word for why there was none, and the answer's beginning."""

    id: int
    batch: int
    webhook_id: str
    state: BatchState
    size: int
    began_at: float
    seconds: float
    status: int | None
    fault: str
    answer: str


def add(
    session: Session,
    callback_id: int,
    batch_id: int,
    *,
    began_at: float,
    seconds: float,
    status: int | None,
    fault: str,
    answer: str,
) -> None:
    """Write down a try that began at `began_at` and took `seconds`."""
    session.execute(
        insert(CallbackAttemptRow).values(
            callback_id=callback_id,
            batch_id=batch_id,
            began_at=began_at,
            seconds=seconds,
            status=status,
            fault=fault,
            answer=answer,
        )
    )


def page(session: Session, callback_id: int, *, state: str | None, before: int | None, limit: int) -> list[Attempt]:
    """At most `limit` tries of a URL's posts, the newest first, from the first before `before`."""
    wanted = [CallbackAttemptRow.callback_id == callback_id]
    if before is not None:
        wanted.append(CallbackAttemptRow.id < before)
    if state is not None:
        wanted.append(CallbackBatchRow.state == state)
    rows = session.execute(
        select(CallbackAttemptRow, CallbackBatchRow.webhook_id, CallbackBatchRow.state, CallbackBatchRow.size)
        .join(CallbackBatchRow, CallbackBatchRow.id == CallbackAttemptRow.batch_id)
        .where(*wanted)
        .order_by(CallbackAttemptRow.id.desc())
        .limit(limit)
    )
    return [
        Attempt(
            id=row.id,
            batch=row.batch_id,
            webhook_id=webhook_id,
            state=BatchState(state_),
            size=size,
            began_at=row.began_at,
            seconds=row.seconds,
            status=row.status,
            fault=row.fault,
            answer=row.answer,
        )
        for row, webhook_id, state_, size in rows
    ]

"""What providers' template libraries have said of late."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ums.domain.json import Json
from ums.store.models import LibraryAnswerRow


def find(session: Session, channel_id: int, question: str, *, since: float) -> list[Json] | None:
    """The last answer to a question, if it came since then."""
    return session.scalars(
        select(LibraryAnswerRow.answer)
        .where(
            LibraryAnswerRow.channel_id == channel_id,
            LibraryAnswerRow.question == question,
            LibraryAnswerRow.at >= since,
        )
        .order_by(LibraryAnswerRow.id.desc())
        .limit(1)
    ).first()


def recent(session: Session, channel_id: int, *, since: float) -> list[list[Json]]:
    """Every answer about a channel that came since then."""
    return list(
        session.scalars(
            select(LibraryAnswerRow.answer).where(
                LibraryAnswerRow.channel_id == channel_id, LibraryAnswerRow.at >= since
            )
        )
    )


def keep(
    session: Session, channel_id: int, question: str, answer: Sequence[Json], *, now: float, since: float
) -> None:
    """Keep an answer, and forget those of the channel that came before `since`."""
    session.execute(
        delete(LibraryAnswerRow).where(LibraryAnswerRow.channel_id == channel_id, LibraryAnswerRow.at < since)
    )
    session.add(LibraryAnswerRow(channel_id=channel_id, question=question, at=now, answer=list(answer)))
    session.flush()

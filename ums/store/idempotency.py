"""The first answer to each Idempotency-Key, kept for as long as the key is remembered."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from ums.store.models import IdempotencyRow

_FORGET = text("""
    DELETE FROM idempotency_keys WHERE (application_id, key) IN (
        SELECT application_id, key FROM idempotency_keys WHERE created_at <= :before
        ORDER BY created_at LIMIT :limit)
    RETURNING key
""")


class KeptAnswer(NamedTuple):
    """The first answer given to an Idempotency-Key, and the fingerprint of what was asked."""

    fingerprint: str
    answer: str


def kept_answer(session: Session, application_id: int, key: str, since: float) -> KeptAnswer | None:
    """The answer kept for a key that was first used after `since`."""
    row = session.execute(
        select(IdempotencyRow.fingerprint, IdempotencyRow.answer).where(
            IdempotencyRow.application_id == application_id,
            IdempotencyRow.key == key,
            IdempotencyRow.created_at > since,
        )
    ).one_or_none()
    return None if row is None else KeptAnswer(row.fingerprint, row.answer)


def keep_answer(session: Session, application_id: int, key: str, kept: KeptAnswer, now: float) -> None:
    """Keep an answer; one that has outlived its day makes way."""
    session.execute(
        delete(IdempotencyRow).where(IdempotencyRow.application_id == application_id, IdempotencyRow.key == key)
    )
    session.execute(
        insert(IdempotencyRow).values(
            application_id=application_id,
            key=key,
            fingerprint=kept.fingerprint,
            answer=kept.answer,
            created_at=now,
        )
    )


def forget_answers(session: Session, before: float, limit: int) -> bool:
    """Drop up to `limit` answers kept before then, the oldest first; whether there may be more."""
    return len(session.execute(_FORGET, {"before": before, "limit": limit}).all()) == limit

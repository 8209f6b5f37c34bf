"""The installation's sensitive words. Every change of the list grows its revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from ums.domain.words import folded
from ums.store import revisions
from ums.store.bulk import chunks
from ums.store.models import WordRow

LIST = "words"
"""The list's name among the revisions."""

_ADD = text("""
    INSERT INTO words (word, folded, created_at, updated_at) VALUES (:word, :folded, :now, :now)
    ON CONFLICT (folded) DO NOTHING
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWord:
    """A word as its operator wrote it. Times are unix seconds."""

    id: int
    word: str
    created_at: float
    updated_at: float


def revision(session: Session) -> int:
    """How often the list has changed; 0 where it never held anything."""
    return revisions.number(session, LIST)


def add(session: Session, word: str, now: float, *, word_id: int | None = None) -> KeptWord:
    """Keep a word that isn't there yet, under `word_id` where one is chosen."""
    row = WordRow(id=word_id, word=word, folded=folded(word), created_at=now, updated_at=now)
    session.add(row)
    session.flush()
    revisions.grow(session, LIST)
    return _value(row)


def add_many(session: Session, words: Sequence[str], now: float) -> int:
    """Keep those of the words that aren't there yet; answers how many they were."""
    wanted: dict[str, str] = {}
    for word in words:
        wanted.setdefault(folded(word), word)
    missing = wanted.keys() - _known(session, list(wanted))
    if missing:
        session.execute(
            _ADD,
            [{"word": word, "folded": form, "now": now} for form, word in wanted.items() if form in missing],
        )
        revisions.grow(session, LIST)
    return len(missing)


def change(session: Session, word_id: int, word: str, now: float) -> None:
    session.execute(
        update(WordRow).where(WordRow.id == word_id).values(word=word, folded=folded(word), updated_at=now)
    )
    revisions.grow(session, LIST)


def remove(session: Session, word_id: int) -> bool:
    """Whether there was one."""
    gone = session.scalars(delete(WordRow).where(WordRow.id == word_id).returning(WordRow.id)).first() is not None
    if gone:
        revisions.grow(session, LIST)
    return gone


def by_id(session: Session, word_id: int) -> KeptWord | None:
    row = session.scalars(select(WordRow).where(WordRow.id == word_id)).first()
    return None if row is None else _value(row)


def like(session: Session, word: str) -> KeptWord | None:
    """The word that is compared as this one is."""
    row = session.scalars(select(WordRow).where(WordRow.folded == folded(word))).first()
    return None if row is None else _value(row)


def page(session: Session, *, after: int, limit: int) -> list[KeptWord]:
    """At most `limit` words by id, from the first after `after`."""
    rows = session.scalars(select(WordRow).where(WordRow.id > after).order_by(WordRow.id).limit(limit))
    return [_value(row) for row in rows]


def every(session: Session) -> Iterator[str]:
    """All of them."""
    return iter(session.execute(select(WordRow.word).order_by(WordRow.id)).scalars())


def _known(session: Session, forms: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(forms):
        found.update(session.execute(select(WordRow.folded).where(WordRow.folded.in_(some))).scalars())
    return found


def _value(row: WordRow) -> KeptWord:
    return KeptWord(id=row.id, word=row.word, created_at=row.created_at, updated_at=row.updated_at)

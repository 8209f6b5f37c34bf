"""The files by which providers find out that a domain is ours."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from ums.store.models import SiteFileRow

_PUT = text("""
    INSERT INTO site_files (name, content, at) VALUES (:name, :content, :at)
    ON CONFLICT (name) DO UPDATE SET content = excluded.content, at = excluded.at
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """A file; `at` is when it was given to us, in unix seconds."""

    name: str
    content: str
    at: float


def put(session: Session, file: SiteFile) -> None:
    """Keep a file, in the place of one of the same name."""
    session.execute(_PUT, {"name": file.name, "content": file.content, "at": file.at})


def every(session: Session) -> list[SiteFile]:
    """All of them, by name."""
    rows = session.scalars(select(SiteFileRow).order_by(SiteFileRow.name))
    return [SiteFile(name=row.name, content=row.content, at=row.at) for row in rows]


def remove(session: Session, name: str) -> bool:
    """Whether it was there."""
    gone = session.execute(delete(SiteFileRow).where(SiteFileRow.name == name).returning(SiteFileRow.name))
    return gone.first() is not None

"""How often a list has changed that processes keep in memory: they look here whether theirs still holds."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from ums.store.direct import fetched

_NUMBER = text("SELECT number FROM revisions WHERE name = :name")

_GROW = text("""
    INSERT INTO revisions (name, number) VALUES (:name, 1)
    ON CONFLICT (name) DO UPDATE SET number = revisions.number + 1
""")


def number(session: Session, name: str) -> int:
    """How often it has changed; 0 where it never has."""
    return next(iter(fetched(session, _NUMBER, {"name": name}, int)), 0)


def grow(session: Session, name: str) -> None:
    """It changes, in this transaction."""
    session.execute(_GROW, {"name": name})

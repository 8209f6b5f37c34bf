"""Dropping tickets, results and sessions that have been over for long; visits go with their tickets."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_FORGETTING = [
    text(f"""
        DELETE FROM {table} WHERE digest IN (SELECT digest FROM {table} WHERE expires_at < :before LIMIT :most)
        RETURNING digest
    """)  # noqa: S608 - a constant
    for table in ("bind_results", "bind_tickets", "login_sessions")
]


def forget(session: Session, before: float, most: int) -> bool:
    """Drop what has been over since `before`, `most` of each kind; whether there may be more."""
    dropped = [len(session.execute(statement, {"before": before, "most": most}).all()) for statement in _FORGETTING]
    return max(dropped) == most

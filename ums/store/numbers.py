"""Numbers of rows that may have chosen ones."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session


def next_id(session: Session, ids: InstrumentedAttribute[int]) -> int:
    """The highest number and one more: PostgreSQL's own counting doesn't know of those that were chosen.

    Nobody else may write meanwhile.
    """
    return session.scalars(select(func.coalesce(func.max(ids), 0) + 1)).one()

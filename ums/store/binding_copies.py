"""Copying the addresses of one channel to another, some users at a time."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

CHUNK = 2000
"""Users whose addresses are copied in one transaction."""

_LAST = text("""
    SELECT MAX(user_id) FROM (
        SELECT DISTINCT user_id FROM bindings
        WHERE property = :property AND bind_id = :bind_id AND user_id > :after
        ORDER BY user_id LIMIT :chunk) AS part
""")

_COPY = text("""
    INSERT INTO bindings (user_id, property, bind_id, value, state, cause, updated_at)
    SELECT user_id, property, CAST(:to_bind_id AS TEXT), value, state, cause, :now
    FROM bindings
    WHERE property = :property AND bind_id = :bind_id AND user_id > :after AND user_id <= :last
      AND NOT EXISTS (
          SELECT 1 FROM bindings AS held
          WHERE held.user_id = bindings.user_id AND held.property = bindings.property
            AND held.bind_id = :to_bind_id)
    ORDER BY id
""")


class Copied(NamedTuple):
    """How many addresses were copied, and the last user that was looked at."""

    copied: int
    last: int


def copy_some(
    session: Session, property_: str, bind_id: str, to_bind_id: str, *, after: int, now: float
) -> Copied | None:
    """Copy the addresses of the next users after `after` who have none at `to_bind_id`; None at the end."""
    place: dict[str, str | int | float] = {"property": property_, "bind_id": bind_id, "after": after}
    last = session.execute(_LAST, {**place, "chunk": CHUNK}).scalar_one()
    if last is None:
        return None
    result = session.execute(_COPY, {**place, "to_bind_id": to_bind_id, "last": last, "now": now})
    assert isinstance(result, CursorResult)  # noqa: S101 - what an INSERT always gives
    return Copied(result.rowcount, last)

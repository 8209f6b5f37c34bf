"""What all processes together have taken of a caller's requests a minute."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from ums.domain.rate import WINDOW


class Window(NamedTuple):
    """The window that counts now, and what has been taken of it."""

    began: float
    taken: int


# A process whose clock was read just before the turn of the minute finds the next window begun: it goes on
# in that one. A window further ahead than that comes from a clock that has been put back, and ends.
_ENTER = text("""
    INSERT INTO rates (key, began, taken) VALUES (:key, :began, 0)
    ON CONFLICT (key) DO UPDATE SET
        taken = CASE WHEN rates.began IN (excluded.began, excluded.began + :window) THEN rates.taken ELSE 0 END,
        began = CASE WHEN rates.began = excluded.began + :window THEN rates.began ELSE excluded.began END
    RETURNING began, taken
""")
_TAKE = text("UPDATE rates SET taken = taken + :permits WHERE key = :key")


def enter(session: Session, key: str, began: float) -> Window:
    """The caller's window at `began`, opened where it isn't; the row is this transaction's until it ends."""
    return Window(*session.execute(_ENTER, {"key": key, "began": began, "window": WINDOW}).one())


def take(session: Session, key: str, permits: int) -> None:
    """Take permits out of the window that was entered."""
    session.execute(_TAKE, {"key": key, "permits": permits})

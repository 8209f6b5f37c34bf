"""The windows that people have opened, and how many messages each still takes.

A reservation is one conditional statement, so that two workers can't take the same place, on any database. What was
reserved in a window counts no more once the same act has opened it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ums.domain.window import WINDOWS, Opening, Trigger
from ums.store.bulk import chunks
from ums.store.direct import fetched, rows_of, run

_LISTEN = text("INSERT INTO listening (channel_id, since) VALUES (:channel_id, :now) ON CONFLICT DO NOTHING")
_SINCE = text("SELECT since FROM listening WHERE channel_id = :channel_id")

_OPEN = text("""
    INSERT INTO windows (channel_id, address, opened_by, opened_at, closes_at, messages, used, reserved)
    VALUES (:channel_id, :address, :opened_by, :opened_at, :closes_at, :messages, 0, 0)
    ON CONFLICT (channel_id, address, opened_by) DO UPDATE
    SET opened_at = :opened_at, closes_at = :closes_at, messages = :messages, used = 0, reserved = 0
    WHERE windows.opened_at < :opened_at
""")

_ADDRESS = "channel_id = :channel_id AND address = :address"
_IS_OPEN = f"{_ADDRESS} AND closes_at > :now"

_RESERVE = text(f"""
    UPDATE windows SET reserved = reserved + 1
    WHERE {_ADDRESS} AND used + reserved < messages AND opened_by = (
        SELECT opened_by FROM windows WHERE {_IS_OPEN} AND used + reserved < messages
        ORDER BY closes_at, opened_by LIMIT 1)
    RETURNING opened_by, opened_at
""")  # noqa: S608 - constants
_HOLD = text("""
    INSERT INTO window_holds (delivery_id, channel_id, address, opened_by, opened_at)
    VALUES (:delivery_id, :channel_id, :address, :opened_by, :opened_at)
    ON CONFLICT (delivery_id) DO UPDATE SET opened_by = :opened_by, opened_at = :opened_at
""")
_OPEN_NOW = text(f"SELECT EXISTS (SELECT 1 FROM windows WHERE {_IS_OPEN})")  # noqa: S608
_HAS_ENDED = text(f"""
    SELECT EXISTS (SELECT 1 FROM windows WHERE {_ADDRESS} AND opened_by = '{Trigger.MESSAGE}')
""")  # noqa: S608

_HELD = text("SELECT delivery_id FROM window_holds WHERE delivery_id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_LET_GO = text("""
    DELETE FROM window_holds WHERE delivery_id = :delivery_id
    RETURNING channel_id, address, opened_by, opened_at
""")
_COUNT = text(f"""
    UPDATE windows SET reserved = CASE WHEN reserved > 0 THEN reserved - 1 ELSE 0 END, used = used + :used
    WHERE {_ADDRESS} AND opened_by = :opened_by AND opened_at = :opened_at
""")  # noqa: S608

_CLOSE = text(f"UPDATE windows SET closes_at = :now WHERE {_IS_OPEN} AND opened_at < :called_at")  # noqa: S608
_FILL = text(f"""
    UPDATE windows SET used = messages WHERE {_IS_OPEN} AND opened_at < :called_at AND used < messages
""")  # noqa: S608
_FORGET = text("""
    DELETE FROM windows WHERE (channel_id, address, opened_by) IN
        (SELECT channel_id, address, opened_by FROM windows
         WHERE closes_at < :before ORDER BY closes_at LIMIT :limit)
    RETURNING opened_by
""")


_FORGET_HOLDS = text("DELETE FROM window_holds WHERE opened_at < :before")


class WindowPlace(NamedTuple):
    """Whose window it is: the address on a channel."""

    channel_id: int
    address: str


def listen(session: Session, channel_id: int, now: float) -> None:
    """A channel's pushes come to the gateway, from now on or already before."""
    run(session, _LISTEN, {"channel_id": channel_id, "now": now})


def listening_since(session: Session, channel_id: int) -> float | None:
    """Since when; None where none has come that would tell of a window."""
    found = fetched(session, _SINCE, {"channel_id": channel_id}, float)
    return found[0] if found else None


def open_(session: Session, channel_id: int, openings: Iterable[Opening]) -> None:
    """Open windows, or open them anew, unless the same act of a later time is known."""
    for opening in openings:
        window = WINDOWS[opening.trigger]
        values: dict[str, object] = {
            "channel_id": channel_id,
            "address": opening.address,
            "opened_by": opening.trigger.value,
            "opened_at": opening.at,
            "closes_at": opening.at + window.seconds,
            "messages": window.messages,
        }
        run(session, _OPEN, values)


def reserve(session: Session, place: WindowPlace, delivery_id: int, now: float) -> bool:
    """Take a place for a delivery in the window that closes first; whether there was one."""
    taken = rows_of(session, _RESERVE, {**place._asdict(), "now": now})
    for opened_by, opened_at in taken:
        hold = {**place._asdict(), "delivery_id": delivery_id, "opened_by": opened_by, "opened_at": opened_at}
        run(session, _HOLD, hold)
    return bool(taken)


def is_open(session: Session, place: WindowPlace, now: float) -> bool:
    """Whether the address has a window that is open, used up or not."""
    return bool(rows_of(session, _OPEN_NOW, {**place._asdict(), "now": now})[0][0])


def has_ended(session: Session, place: WindowPlace) -> bool:
    """Whether the address's longest window is known, of which one that isn't open has ended."""
    return bool(rows_of(session, _HAS_ENDED, place._asdict())[0][0])


def held(session: Session, delivery_ids: Sequence[int]) -> set[int]:
    """Those of the deliveries that hold a place."""
    return {
        delivery_id
        for some in chunks(delivery_ids)
        for delivery_id in session.execute(_HELD, {"ids": list(some)}).scalars()
    }


def settle(session: Session, delivery_id: int, *, used: bool) -> None:
    """A delivery holds its place no more: it was used up, or is free again."""
    for channel_id, address, opened_by, opened_at in rows_of(session, _LET_GO, {"delivery_id": delivery_id}):
        place: dict[str, object] = {"channel_id": channel_id, "address": address}
        run(session, _COUNT, {**place, "opened_by": opened_by, "opened_at": opened_at, "used": int(used)})


def release(session: Session, delivery_ids: Sequence[int]) -> None:
    """Give back the places of deliveries that were not sent after all."""
    for delivery_id in held(session, delivery_ids):
        settle(session, delivery_id, used=False)


def close(session: Session, place: WindowPlace, called_at: float, now: float) -> None:
    """The provider says that none is open: those opened before the second of the call aren't any more."""
    second = float(int(called_at))
    run(session, _CLOSE, {**place._asdict(), "called_at": second, "now": now})
    if not is_open(session, place, now):
        run(session, _OPEN, {**_full(place, second), "closes_at": now})


def fill(session: Session, place: WindowPlace, called_at: float, now: float) -> None:
    """The provider says that each has had its messages: those opened before the second of the call have."""
    second = float(int(called_at))
    if not is_open(session, place, now):
        run(session, _OPEN, _full(place, second))
    run(session, _FILL, {**place._asdict(), "called_at": second, "now": now})


def _full(place: WindowPlace, second: float) -> dict[str, object]:
    """A window that was opened before that second, for all that is known, and takes nothing more."""
    by, closes_at = Trigger.MESSAGE.value, second + WINDOWS[Trigger.MESSAGE].seconds
    return {**place._asdict(), "opened_by": by, "opened_at": second - 1, "closes_at": closes_at, "messages": 0}


def forget(session: Session, before: float, limit: int) -> bool:
    """Drop at most `limit` windows that closed before a moment, and what such hold; whether there were any."""
    session.execute(_FORGET_HOLDS, {"before": before - WINDOWS[Trigger.MESSAGE].seconds})
    return session.execute(_FORGET, {"before": before, "limit": limit}).first() is not None

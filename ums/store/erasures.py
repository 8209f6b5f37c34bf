"""Forgetting an address: at once where it can be looked up, step by step where all deliveries are gone through.

Deliveries have no index by address: sends would pay for it, and an erasure is rare.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ums.domain.erasure import ERASED, Erasure

SPAN = 20_000
"""Deliveries that one step goes through."""

_UNBIND = text("""
    DELETE FROM bindings
    WHERE property = :property AND value = :address AND (:bind_id = '' OR bind_id = :bind_id) RETURNING user_id
""")
_USERID = text("SELECT userid FROM users WHERE id IN :ids ORDER BY userid").bindparams(
    bindparam("ids", expanding=True)
)
_TABLES = ("credits", "credit_movements", "follows", "windows", "window_holds")
_FORGETTING = [
    text(f"DELETE FROM {table} WHERE channel_id = :channel_id AND address = :address")  # noqa: S608 - a constant
    for table in _TABLES
]
_EMPTY_EVENTS = text("""
    UPDATE provider_events SET address = '', details = '{}' WHERE channel_id = :channel_id AND address = :address
""")
_BEGIN = text("""
    INSERT INTO erasures (channel_id, address, cause, at, walked_to) VALUES (:channel_id, :address, :cause, :at, 0)
    ON CONFLICT (channel_id, address) DO UPDATE SET walked_to = 0
""")
_PENDING = text("SELECT id, channel_id, address, cause, walked_to FROM erasures ORDER BY id LIMIT 1000")
_LAST = text("SELECT COALESCE(MAX(id), 0) FROM deliveries")
_FIND = text("""
    SELECT id FROM deliveries
    WHERE id > :after AND id <= :upto AND channel_id = :channel_id AND address = :address ORDER BY id
""")
_CANCEL = text("""
    UPDATE deliveries SET status = 'cancelled', open = false, reason = :reason, due = NULL, look_at = NULL,
        updated_at = :now
    WHERE id IN :ids AND status = 'queued' RETURNING id, message_id
""").bindparams(bindparam("ids", expanding=True))
_BLANK = text("""
    UPDATE deliveries SET address = :erased WHERE id IN :ids AND status NOT IN ('queued', 'sending') RETURNING id
""").bindparams(bindparam("ids", expanding=True))
_BLANK_BESIDE = [
    text(f"UPDATE {table} SET address = :erased WHERE delivery_id IN :ids").bindparams(  # noqa: S608
        bindparam("ids", expanding=True)
    )
    for table in ("receipts", "callback_events")
]
_MOVE = text("UPDATE erasures SET walked_to = :walked_to WHERE id = :id")
_END = text("DELETE FROM erasures WHERE id = :id")


class Cancelled(NamedTuple):
    """A delivery that was still queued."""

    id: int
    message_id: int


def unbind(session: Session, property_: str, bind_id: str, address: str) -> list[str]:
    """Take an address away from whoever it is bound to under `bind_id` (empty: anywhere); their userids."""
    values = {"property": property_, "bind_id": bind_id, "address": address}
    ids = list(session.execute(_UNBIND, values).scalars())
    return list(session.execute(_USERID, {"ids": ids}).scalars()) if ids else []


def forget(session: Session, channel_id: int, address: str) -> None:
    """Drop what is known of an address besides its deliveries, and what events said of it."""
    for statement in (*_FORGETTING, _EMPTY_EVENTS):
        session.execute(statement, {"channel_id": channel_id, "address": address})


def begin(session: Session, channel_id: int, address: str, cause: str, now: float) -> None:
    """Note that its deliveries are still to be gone through."""
    session.execute(_BEGIN, {"channel_id": channel_id, "address": address, "cause": cause, "at": now})


def pending(session: Session) -> list[Erasure]:
    """Those that are not through."""
    return [Erasure(*row) for row in session.execute(_PENDING)]


def last_delivery(session: Session) -> int:
    return int(session.execute(_LAST).scalar_one())


def found(session: Session, erasure: Erasure, upto: int) -> list[int]:
    """The deliveries to its address after those walked, up to the delivery `upto`."""
    values = {"after": erasure.walked_to, "upto": upto}
    return list(
        session.execute(_FIND, {**values, "channel_id": erasure.channel_id, "address": erasure.address}).scalars()
    )


def cancel(session: Session, ids: Sequence[int], reason: str, now: float) -> list[Cancelled]:
    """Withdraw those of the deliveries that are queued."""
    if not ids:
        return []
    return [Cancelled(*row) for row in session.execute(_CANCEL, {"ids": list(ids), "reason": reason, "now": now})]


def blank(session: Session, ids: Sequence[int]) -> set[int]:
    """Take the address out of the deliveries, but for those being sent; out of which."""
    if not ids:
        return set()
    done = set(session.execute(_BLANK, {"ids": list(ids), "erased": ERASED}).scalars())
    for statement in _BLANK_BESIDE if done else ():
        session.execute(statement, {"ids": sorted(done), "erased": ERASED})
    return done


def move(session: Session, erasure_id: int, walked_to: int) -> None:
    session.execute(_MOVE, {"id": erasure_id, "walked_to": walked_to})


def end(session: Session, erasure_id: int) -> None:
    session.execute(_END, {"id": erasure_id})

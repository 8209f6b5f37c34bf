"""Forgetting an address: at once where it can be looked up, step by step where all deliveries are gone through.

Deliveries have no index by address: sends would pay for it, and an erasure is rare.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ums.domain.erasure import ERASED, Erasure, digest

SPAN = 20_000
"""Deliveries that one step goes through."""

_UNBIND = text("""
    DELETE FROM bindings
    WHERE property = :property AND value = :address AND (:bind_id = '' OR bind_id = :bind_id) RETURNING user_id
""")
_USERID = text("SELECT userid FROM users WHERE id IN :ids ORDER BY userid").bindparams(
    bindparam("ids", expanding=True)
)
_TABLES = (
    "credits",
    "credit_movements",
    "follows",
    "windows",
    "window_holds",
    "identities",
    "login_sessions",
    "bind_results",
)
_FORGETTING = [
    text(f"DELETE FROM {table} WHERE channel_id = :channel_id AND address = :address")  # noqa: S608 - a constant
    for table in _TABLES
]
# Where an address goes along with another channel's, or stands under another name.
_FORGETTING_BESIDE = [
    text(f"DELETE FROM {table} WHERE {column_id} = :channel_id AND {column} = :address")  # noqa: S608 - constants
    for table, column_id, column in (
        ("bind_results", "companion_id", "companion"),
        ("bind_tickets", "companion_id", "companion"),
        ("bind_tickets", "channel_id", "known"),
    )
]
# It is listed from the first on again: whoever is known by then stays so.
_LIST_ANEW = text("""
    UPDATE backfills SET after = '', listed = 0 WHERE channel_id = :channel_id AND after = :address
""")
_EMPTY_EVENTS = text("""
    UPDATE provider_events SET address = '', details = '{}' WHERE channel_id = :channel_id AND address = :address
""")
_EMPTY_WAITING = text("""
    UPDATE receipts SET address = :erased
    WHERE delivery_id IS NULL AND channel_id = :channel_id AND address = :address
""")
_BEGIN = text("""
    INSERT INTO erasures (channel_id, address, cause, at, walked_to) VALUES (:channel_id, :address, :cause, :at, 0)
    ON CONFLICT (channel_id, address) DO UPDATE SET walked_to = 0, at = excluded.at, cause = excluded.cause
""")
_PENDING = text(
    "SELECT id, channel_id, address, cause, walked_to FROM erasures WHERE walked_to >= 0 ORDER BY id LIMIT 1000"
)
# Through; the row goes on under the address's digest, for what comes late.
_THROUGH = text("""
    INSERT INTO erasures (channel_id, address, cause, at, walked_to)
    SELECT channel_id, :digest, cause, at, -1 FROM erasures WHERE id = :id
    ON CONFLICT (channel_id, address) DO UPDATE SET at = excluded.at, cause = excluded.cause
""")
_AMONG = text("""
    SELECT address, at FROM erasures WHERE channel_id = :channel_id AND address IN :names
""").bindparams(bindparam("names", expanding=True))
_SINCE = text("SELECT channel_id, address FROM erasures WHERE at >= :since")
_GIVEN_AT = text("SELECT created_at FROM messages WHERE id = :message_id")
_QUEUED = text("""
    SELECT id, channel_id, address FROM deliveries
    WHERE message_id = :message_id AND status = 'queued' AND address <> ''
""")
_FORGET_OLD = text("DELETE FROM erasures WHERE walked_to < 0 AND at < :before")
_ENDS = text("SELECT COALESCE((SELECT MIN(id) FROM deliveries), 0), COALESCE((SELECT MAX(id) FROM deliveries), 0)")
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
    """Drop what is known of an address besides its deliveries, what events said of it, and receipts of none."""
    for statement in (*_FORGETTING, *_FORGETTING_BESIDE, _LIST_ANEW, _EMPTY_EVENTS):
        session.execute(statement, {"channel_id": channel_id, "address": address})
    session.execute(_EMPTY_WAITING, {"channel_id": channel_id, "address": address, "erased": ERASED})


def begin(session: Session, channel_id: int, address: str, cause: str, now: float) -> None:
    """Note that its deliveries are still to be gone through."""
    session.execute(_BEGIN, {"channel_id": channel_id, "address": address, "cause": cause, "at": now})


def pending(session: Session) -> list[Erasure]:
    """Those that are not through."""
    return [Erasure(*row) for row in session.execute(_PENDING)]


def ends(session: Session) -> tuple[int, int]:
    """The first delivery that is kept, and the last one; 0 where there is none."""
    first, last = session.execute(_ENDS).one()
    return first, last


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


def end(session: Session, erasure: Erasure) -> None:
    """It is through; only a digest of the address is kept on, for what comes late."""
    session.execute(_THROUGH, {"id": erasure.id, "digest": digest(erasure.address)})
    session.execute(_END, {"id": erasure.id})


def erased_among(session: Session, channel_id: int, addresses: Collection[str]) -> dict[str, float]:
    """Those of the addresses that have been erased lately, or are being erased, and when that was asked for."""
    if not addresses:
        return {}
    names = {name: address for address in addresses for name in (address, digest(address))}
    found: dict[str, float] = {}
    for name, at in session.execute(_AMONG, {"channel_id": channel_id, "names": list(names)}):
        found[names[name]] = max(at, found.get(names[name], at))
    return found


def given_at(session: Session, message_id: int) -> float:
    """When a message was given to us."""
    return float(session.execute(_GIVEN_AT, {"message_id": message_id}).scalar_one())


def queued_to_erased(session: Session, message_id: int, since: float) -> list[int]:
    """A message's queued deliveries whose address was erased at `since` or later."""
    erased = {(channel_id, name) for channel_id, name in session.execute(_SINCE, {"since": since})}
    if not erased:
        return []
    return [
        id_
        for id_, channel_id, address in session.execute(_QUEUED, {"message_id": message_id})
        if not erased.isdisjoint({(channel_id, address), (channel_id, digest(address))})
    ]


def forget_old(session: Session, before: float) -> None:
    """Forget the erasures that were asked for before a moment, and are through."""
    session.execute(_FORGET_OLD, {"before": before})

"""The history of users' addresses: a row for each change, with its cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, select, text
from sqlalchemy.orm import Session

from ums.domain.binding_history import BindingChange
from ums.domain.person import WITHDRAWING, Cause, Place
from ums.store.bulk import chunks, insert_alike
from ums.store.direct import rows_of, run
from ums.store.models import BindingChangeRow

__all__ = ["BindingChange", "KeptChange", "add", "erase", "erase_users", "forget", "is_withdrawn", "page"]

_LAST = text("""
    SELECT bound, cause FROM binding_changes
    WHERE property = :property AND bind_id = :bind_id AND address = :address ORDER BY id DESC LIMIT 1
""")
_ERASE = text("""
    UPDATE binding_changes SET address = :erased
    WHERE property = :property AND (:bind_id = '' OR bind_id = :bind_id) AND address = :address
""")
_ERASE_USERS = text("UPDATE binding_changes SET address = :erased WHERE userid IN :userids").bindparams(
    bindparam("userids", expanding=True)
)
# The oldest have the smallest ids.
_FORGET = text("""
    DELETE FROM binding_changes
    WHERE at < :before AND id IN (SELECT id FROM binding_changes ORDER BY id LIMIT :most) RETURNING id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChange:
    """A change as it is kept; `at` in unix seconds."""

    id: int
    at: float
    change: BindingChange


def add(session: Session, changes: Iterable[BindingChange], now: float) -> None:
    """Keep changes, in order."""
    names = ("userid", "property", "bind_id", "address", "bound", "cause", "by")
    rows = [
        (one.userid, one.property, one.bind_id, one.address, one.bound, one.cause.value, one.by) for one in changes
    ]
    if rows:
        insert_alike(session, cast("Table", BindingChangeRow.__table__), {"at": now}, names, rows)


def page(
    session: Session, userid: str, *, before: int | None, limit: int, seen_under: Sequence[str] | None = None
) -> list[KeptChange]:
    """At most `limit` changes of a user, newest first, from the one before `before`; with `seen_under` only those
    of what stands there.
    """
    query = select(BindingChangeRow).where(BindingChangeRow.userid == userid)
    if seen_under is not None:
        query = query.where(BindingChangeRow.bind_id.in_(list(seen_under)))
    if before is not None:
        query = query.where(BindingChangeRow.id < before)
    rows = session.scalars(query.order_by(BindingChangeRow.id.desc()).limit(limit))
    return [KeptChange(id=row.id, at=row.at, change=_change(row)) for row in rows]


def is_withdrawn(session: Session, place: Place) -> bool:
    """Whether the last that is known of an address is that somebody wanted it unbound."""
    where = {"property": place.property, "bind_id": place.bind_id, "address": place.address}
    found = rows_of(session, _LAST, where)
    return bool(found) and not found[0][0] and Cause(found[0][1]) in WITHDRAWING


def erase(session: Session, property_: str, bind_id: str, address: str, erased: str) -> None:
    """Put `erased` in the place of an address."""
    run(session, _ERASE, {"property": property_, "bind_id": bind_id, "address": address, "erased": erased})


def erase_users(session: Session, userids: Sequence[str], erased: str) -> None:
    """Put `erased` in the place of all addresses in these users' history."""
    for some in chunks(userids):
        session.execute(_ERASE_USERS, {"userids": list(some), "erased": erased})


def forget(session: Session, before: float, most: int) -> bool:
    """Drop changes that are older than `before`, `most` at a time; whether there were as many."""
    return len(session.execute(_FORGET, {"before": before, "most": most}).all()) == most


def _change(row: BindingChangeRow) -> BindingChange:
    return BindingChange(
        userid=row.userid,
        property=row.property,
        bind_id=row.bind_id,
        address=row.address,
        bound=row.bound,
        cause=Cause(row.cause),
        by=row.by,
    )

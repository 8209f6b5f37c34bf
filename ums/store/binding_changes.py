"""The history of users' addresses: a row for each change, with its cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session

from ums.domain.person import Cause
from ums.store.bulk import insert_alike, run
from ums.store.models import BindingChangeRow

_ERASE = text("""
    UPDATE binding_changes SET address = :erased
    WHERE property = :property AND (:bind_id = '' OR bind_id = :bind_id) AND address = :address
""")
_FORGET = text(
    "DELETE FROM binding_changes WHERE id IN (SELECT id FROM binding_changes WHERE at < :before LIMIT :most)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingChange:
    """A user got an address (`bound`) or lost it; `by` says by what, as a channel's code or who did it."""

    userid: str
    property: str
    bind_id: str
    address: str = field(repr=False)
    bound: bool
    cause: Cause
    by: str = ""


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


def page(session: Session, userid: str, *, before: int | None, limit: int) -> list[KeptChange]:
    """At most `limit` changes of a user, newest first, from the one before `before`."""
    query = select(BindingChangeRow).where(BindingChangeRow.userid == userid)
    if before is not None:
        query = query.where(BindingChangeRow.id < before)
    rows = session.scalars(query.order_by(BindingChangeRow.id.desc()).limit(limit))
    return [KeptChange(id=row.id, at=row.at, change=_change(row)) for row in rows]


def erase(session: Session, property_: str, bind_id: str, address: str, erased: str) -> None:
    """Put `erased` in the place of an address."""
    run(session, _ERASE, {"property": property_, "bind_id": bind_id, "address": address, "erased": erased})


def forget(session: Session, before: float, most: int) -> None:
    """Drop changes that are older than `before`, `most` at a time."""
    run(session, _FORGET, {"before": before, "most": most})


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

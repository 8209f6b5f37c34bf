"""Blacklists and whitelists with the userids on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, String, Table, delete, func, insert, select, update
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from ums.domain.user_list import ListKind
from ums.store.bulk import run_for_all
from ums.store.models import ListedRow, ListRow

PURGED = 5000
"""Userids taken away in one transaction."""

_BURIED = "buried"
"""The kind of a list that is gone, but for its userids."""

_listed = cast("Table", ListedRow.__table__)
_PUT = insert(_listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptList:
    """A list: `id` is the number that messages name it by, `key` its row; `count` userids are on it."""

    key: int
    kind: ListKind
    id: int
    name: str
    count: int
    created_at: float
    updated_at: float


def add(
    session: Session,
    kind: ListKind,
    name: str,
    now: float,
    *,
    list_id: int | None = None,
    created_at: float | None = None,
) -> KeptList:
    """Keep a new list without userids, under `list_id` where one is chosen."""
    number = _next_number(session, kind) if list_id is None else list_id
    created = now if created_at is None else created_at
    row = ListRow(kind=kind, number=number, name=name, size=0, created_at=created, updated_at=now)
    session.add(row)
    session.flush()
    return _value(row)


def rename(session: Session, key: int, name: str, now: float) -> None:
    session.execute(update(ListRow).where(ListRow.id == key).values(name=name, updated_at=now))


def bury(session: Session, key: int) -> None:
    """Make a list unknown at once, whatever number of userids is on it; `purge` takes those away."""
    gone = {"kind": _BURIED, "number": ListRow.id, "name": cast_to(ListRow.id, String)}
    session.execute(update(ListRow).where(ListRow.id == key).values(gone))


def purge(session: Session) -> bool:
    """Take away some userids of lists that are gone; whether any are left."""
    key = session.scalar(select(func.min(ListRow.id)).where(ListRow.kind == _BURIED))
    if key is None:
        return False
    first = select(_listed.c.userid).where(_listed.c.list_id == key).order_by(_listed.c.userid).limit(PURGED)
    last = session.scalar(select(func.max(first.subquery().c.userid)))
    if last is None:
        session.execute(delete(ListRow).where(ListRow.id == key))
    else:
        session.execute(delete(_listed).where(_listed.c.list_id == key, _listed.c.userid <= last))
    return True


def put(session: Session, key: int, userids: Sequence[str], now: float) -> int:
    """Set at most 1,000 userids on a list; answers how many are on it then."""
    # first, so that nobody else writes to the list meanwhile
    session.execute(update(ListRow).where(ListRow.id == key).values(updated_at=now))
    wanted = dict.fromkeys(userids)
    for userid in session.scalars(select(_listed.c.userid).where(*_among(key, userids))):
        del wanted[userid]
    run_for_all(session, _PUT, [{"list_id": key, "userid": userid} for userid in wanted])
    return _resize(session, key, len(wanted))


def take(session: Session, key: int, userids: Sequence[str], now: float) -> int:
    """Take at most 1,000 userids off a list; answers how many are on it then."""
    session.execute(update(ListRow).where(ListRow.id == key).values(updated_at=now))
    gone = session.scalars(delete(_listed).where(*_among(key, userids)).returning(_listed.c.userid)).all()
    return _resize(session, key, -len(gone))


def by_id(session: Session, kind: ListKind, list_id: int) -> KeptList | None:
    return _one(session, ListRow.kind == kind, ListRow.number == list_id)


def by_name(session: Session, kind: ListKind, name: str) -> KeptList | None:
    return _one(session, ListRow.kind == kind, ListRow.name == name)


def page(session: Session, kind: ListKind, *, after: int, limit: int) -> list[KeptList]:
    """At most `limit` lists of a kind by number, from the first after `after`."""
    query = select(ListRow).where(ListRow.kind == kind, ListRow.number > after)
    return [_value(row) for row in session.scalars(query.order_by(ListRow.number).limit(limit))]


def userids_page(session: Session, key: int, *, after: str, limit: int) -> list[str]:
    """At most `limit` userids of a list in their order, from the first after `after`."""
    query = select(_listed.c.userid).where(_listed.c.list_id == key, _listed.c.userid > after)
    return list(session.scalars(query.order_by(_listed.c.userid).limit(limit)))


def _among(key: int, userids: Sequence[str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _listed.c.list_id == key, _listed.c.userid.in_(list(userids))


def _resize(session: Session, key: int, by: int) -> int:
    grown = update(ListRow).where(ListRow.id == key).values(size=ListRow.size + by).returning(ListRow.size)
    return session.scalars(grown).one()


def _next_number(session: Session, kind: ListKind) -> int:
    return (session.scalar(select(func.max(ListRow.number)).where(ListRow.kind == kind)) or 0) + 1


def _one(session: Session, *conditions: ColumnElement[bool]) -> KeptList | None:
    row = session.scalars(select(ListRow).where(*conditions).execution_options(populate_existing=True)).first()
    return None if row is None else _value(row)


def _value(row: ListRow) -> KeptList:
    return KeptList(
        key=row.id,
        kind=ListKind(row.kind),
        id=row.number,
        name=row.name,
        count=row.size,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )

"""Tables whose rows come in the order of their numbers, gone through from the oldest row on.

No index by time is needed, which every delivery would pay for: how far such a table has been gone through is kept,
and the next rows are found by their number. What is passed over (it belongs to an open delivery) goes with its
delivery later. The newest row always stays: SQLite would give its number again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, func, select, text
from sqlalchemy.orm import Session

from ums.domain.retention import Kind
from ums.store.models import AttemptRow, CreditMovementRow, DeliveryRow, ReceiptRow

_TABLES = {
    Kind.ATTEMPTS: cast("Table", AttemptRow.__table__),
    Kind.RECEIPTS: cast("Table", ReceiptRow.__table__),
    Kind.CREDIT_MOVEMENTS: cast("Table", CreditMovementRow.__table__),
}
_MOMENTS = {Kind.ATTEMPTS: "ended_at", Kind.RECEIPTS: "received_at", Kind.CREDIT_MOVEMENTS: "at"}
_OF_DELIVERIES = frozenset({Kind.ATTEMPTS, Kind.RECEIPTS})
WALKED = tuple(_TABLES)

_deliveries = cast("Table", DeliveryRow.__table__)
_WALKED_TO = text("SELECT walked_to FROM walks WHERE name = :name")
_MOVE = text("""
    INSERT INTO walks (name, walked_to) VALUES (:name, :walked_to)
    ON CONFLICT (name) DO UPDATE SET walked_to = excluded.walked_to
""")
_DELETE = {
    kind: text(f"DELETE FROM {kind} WHERE id IN :ids").bindparams(  # noqa: S608 - names of ours
        bindparam("ids", expanding=True)
    )
    for kind in _TABLES
}
_AT = {
    kind: text(f"SELECT id, {moment} FROM {kind} WHERE id > :after ORDER BY id LIMIT 1")  # noqa: S608
    for kind, moment in _MOMENTS.items()
}
_LAST = {kind: text(f"SELECT COALESCE(MAX(id), 0) FROM {kind}") for kind in _TABLES}  # noqa: S608


class Passed(NamedTuple):
    """A row that was come by, when it ended (unix seconds), and whether it must stay: its delivery is open."""

    id: int
    ended_at: float
    stays: bool
    values: dict[str, Any]


def walked_to(session: Session, kind: Kind) -> int:
    """The last row that has been come by; 0 before the first."""
    return session.execute(_WALKED_TO, {"name": kind}).scalar() or 0


def following(session: Session, kind: Kind, after: int, limit: int) -> list[Passed]:
    """The rows after that one, in order, the newest of all left out."""
    table = _TABLES[kind]
    last = select(func.max(table.c.id)).scalar_subquery()
    query = select(table).where(table.c.id > after, table.c.id < last).order_by(table.c.id).limit(limit)
    if kind in _OF_DELIVERIES:
        query = query.add_columns(_deliveries.c.open.label("_stays")).outerjoin(
            _deliveries, _deliveries.c.id == table.c.delivery_id
        )
    return [_passed(dict(row), _MOMENTS[kind]) for row in session.execute(query).mappings()]


def _passed(values: dict[str, Any], moment: str) -> Passed:
    stays = bool(values.pop("_stays", False))
    return Passed(values["id"], values[moment], stays, values)


def drop(session: Session, kind: Kind, ids: Sequence[int]) -> None:
    """Take rows away."""
    if ids:
        session.execute(_DELETE[kind], {"ids": list(ids)})


def move(session: Session, kind: Kind, upto: int) -> None:
    """Note how far a table has been gone through."""
    session.execute(_MOVE, {"name": kind, "walked_to": upto})


def first(session: Session, kind: Kind, after: int) -> tuple[int, float] | None:
    """The number of the first row after that one, and when it ended."""
    row = session.execute(_AT[kind], {"after": after}).first()
    return None if row is None else (row[0], row[1])


def last(session: Session, kind: Kind) -> int:
    """The newest row's number."""
    return int(session.execute(_LAST[kind]).scalar_one())

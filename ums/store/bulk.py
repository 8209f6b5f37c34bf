"""One statement, run for thousands of rows; and thousands of values, looked up some at a time.

SQLAlchemy prepares each row's parameters in Python, which takes twice as long as SQLite takes to write
the row. Here the statement is compiled once, and the driver is handed plain tuples.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import TypeVar

from sqlalchemy import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import TextClause, UpdateBase

T = TypeVar("T")
Value = str | int | float | None
Row = Mapping[str, Value]

written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A value as JSON columns hold it."""

CHUNK = 1000
"""Values in one IN list: well under what any database takes in a statement."""


def run_for_all(session: Session, statement: UpdateBase, rows: Sequence[Row]) -> None:
    """Run `statement`, which is a constant and has two named parameters or more, once for each row.

    Every row holds a value for each parameter; values go to the driver as they are.
    """
    if not rows:
        return
    connection = session.connection()
    compiled = _compiled(statement, connection.dialect)
    if compiled.positiontup is None:
        connection.execute(statement, rows)
    else:
        in_order = itemgetter(*compiled.positiontup)
        connection.exec_driver_sql(compiled.string, [in_order(row) for row in rows])


def fetched(
    session: Session, statement: TextClause, values: Mapping[str, object], read: Callable[..., T]
) -> list[T]:
    """What `read` makes of each row that `statement`, a constant, gives; values go to the driver as they are.

    For statements that run with every request: the engine's own way takes several times as long as SQLite.
    """
    connection = session.connection()
    compiled = _compiled(statement, connection.dialect)
    if compiled.positiontup is None:
        return [read(*row) for row in connection.execute(statement, values)]
    given = tuple(values[name] for name in compiled.positiontup)
    cursor = connection.connection.cursor()
    try:
        cursor.execute(compiled.string, given)
        return [read(*row) for row in cursor.fetchall()]
    except connection.dialect.loaded_dbapi.Error:
        # said again through the engine, which tells the driver's troubles in its own words
        return [read(*row) for row in connection.exec_driver_sql(compiled.string, given)]
    finally:
        cursor.close()


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The values in order, at most `size` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def run_in_order(
    session: Session, statement: UpdateBase, names: Sequence[str], rows: Sequence[tuple[Value, ...]]
) -> None:
    """Run `statement`, a constant, once for each row, which holds values for the parameters `names` in order."""
    if not rows:
        return
    connection = session.connection()
    compiled = _compiled(statement, connection.dialect)
    if compiled.positiontup == list(names):
        connection.exec_driver_sql(compiled.string, rows)
    else:
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


@lru_cache(maxsize=64)
def _compiled(statement: UpdateBase | TextClause, dialect: Dialect) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"{type(compiled).__name__} compiles no SQL")
    return compiled

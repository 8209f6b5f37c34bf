"""One statement, run for thousands of rows; and thousands of values, looked up some at a time.

SQLAlchemy prepares each row's parameters in Python, which takes twice as long as SQLite takes to write
the row. Here the statement is compiled once, and the driver is handed plain tuples.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, count
from operator import itemgetter
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Dialect, Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import TextClause, UpdateBase

from ums.store.at_hand import DirectSession

T = TypeVar("T")
Value = str | int | float | None
Row = Mapping[str, Value]

SIZES = (512, 64, 8, 1)
"""Rows in one statement; a statement of each size is prepared once."""
CHUNK = 1000
"""Values in one IN list: well under what any database takes in a statement."""
_NAMED = re.compile(r":(\w+)")


def run_for_all(session: Session, statement: UpdateBase | TextClause, rows: Sequence[Row]) -> None:
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
    """What `read` makes of each row that `statement` gives; else as `rows_of`."""
    return [read(*row) for row in rows_of(session, statement, values)]


def run(session: Session, statement: TextClause, values: Mapping[str, object]) -> None:
    """Run `statement`, a constant that gives no rows; else as `rows_of`."""
    rows_of(session, statement, values)


def rows_of(session: Session, statement: TextClause, values: Mapping[str, object]) -> Sequence[Any]:
    """The rows that `statement`, a constant, gives; values go to the driver as they are.

    For statements that run with every request: the engine's own way takes several times as long as SQLite. In a
    session for looking it sees what is committed by now, and not what the session has added and never keeps.
    """
    driver = _driver(session)
    compiled = _compiled(statement, session.get_bind().dialect)
    if driver is None or compiled.positiontup is None:
        result = session.connection().execute(statement, values)
        return result.all() if result.returns_rows else ()
    given = tuple(values[name] for name in compiled.positiontup)
    try:
        return driver.execute(compiled.string, given).fetchall()
    except sqlite3.Error as error:
        raise _as_the_engine(error, compiled.string) from error


def _driver(session: Session) -> sqlite3.Connection | None:
    """SQLite's own connection, where there is one."""
    if isinstance(session, DirectSession):
        return session.direct()
    connection = session.connection().connection.dbapi_connection
    return connection if isinstance(connection, sqlite3.Connection) else None


def _as_the_engine(error: sqlite3.Error, statement: str) -> BaseException:
    """The driver's trouble as SQLAlchemy tells it, without the values: they are people's."""
    return DBAPIError.instance(statement, None, error, sqlite3.Error, hide_parameters=True)


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The values in order, at most `size` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def changed_by_all(session: Session, statement: str, same: Row, rows: Sequence[tuple[Value, ...]]) -> int:
    """Run `statement`, a constant, for `rows`, hundreds at a time; how many rows of the database it changed.

    In it `{rows}` stands for the values of a `VALUES`, and `:name` for what they have in common, of which it names
    everything.
    """
    return sum(done.rowcount for done in _for_all(session, statement, same, rows))


def returned_by_all(
    session: Session, statement: str, same: Row, rows: Sequence[tuple[Value, ...]]
) -> list[tuple[Any, ...]]:
    """What `statement` returns; else as `changed_by_all`."""
    return [tuple(row) for done in _for_all(session, statement, same, rows) for row in done.fetchall()]


class _Done(Protocol):
    @property
    def rowcount(self) -> int: ...
    def fetchall(self) -> Iterable[Any]: ...


def _for_all(session: Session, statement: str, same: Row, rows: Sequence[tuple[Value, ...]]) -> Iterator[_Done]:
    if not rows:
        return
    driver, width, names = _driver(session), len(rows[0]), tuple(same)
    for part in _portions(rows):
        values = [*same.values(), *chain.from_iterable(part)]
        if driver is None:
            listed = _listed(statement, names, width, len(part), ":p")
            named = {f"p{number}": value for number, value in enumerate(values, 1)}
            yield cast("_Done", session.connection().execute(text(listed), named))
            continue
        listed = _listed(statement, names, width, len(part), "?")
        try:
            yield driver.execute(listed, values)
        except sqlite3.Error as error:
            raise _as_the_engine(error, listed) from error


def _portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in portions of which each is as large as a statement that is prepared once."""
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


@lru_cache(maxsize=256)
def _listed(statement: str, names: tuple[str, ...], width: int, size: int, mark: str) -> str:
    """The statement for `size` rows, its parameters numbered: first what they have in common."""
    numbers = {name: f"{mark}{number}" for number, name in enumerate(names, 1)}
    following = count(len(names) + 1)
    row = [f"({', '.join(f'{mark}{next(following)}' for _ in range(width))})" for _ in range(size)]
    return _NAMED.sub(lambda found: numbers[found[1]], statement).replace("{rows}", ", ".join(row))


def insert_alike(
    session: Session, table: Table, same: Row, names: tuple[str, ...], rows: Sequence[tuple[Value, ...]]
) -> None:
    """Insert rows that have the values of `same` in common, and differ in the columns `names`, given in order.

    SQLite takes hundreds of them in one statement: a third of the time that one statement a row takes, and the
    interpreter is free meanwhile. PostgreSQL takes all of them in one.
    """
    driver = _driver(session)
    if driver is None:
        if rows:
            all_at_once = _insertion_of_columns(table, tuple(same), names, session.get_bind().dialect)
            columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
            session.connection().execute(all_at_once, {**same, **columns})
        return
    for part in _portions(rows):
        statement = _insertion(table.name, tuple(same), names, len(part))
        try:
            driver.execute(statement, [*same.values(), *chain.from_iterable(part)])
        except sqlite3.Error as error:
            raise _as_the_engine(error, statement) from error


@lru_cache(maxsize=64)
def _insertion(table: str, same: tuple[str, ...], names: tuple[str, ...], size: int) -> str:
    """The statement that inserts `size` rows: parameters for what they have in common, then those of each row."""
    marks = [f"?{number}" for number in range(1, len(same) + 1)] + ["?"] * len(names)
    row = f"({', '.join(marks)})"
    return f"INSERT INTO {table} ({', '.join([*same, *names])}) VALUES {', '.join([row] * size)}"  # noqa: S608


@lru_cache(maxsize=64)
def _insertion_of_columns(
    table: Table, same: tuple[str, ...], names: tuple[str, ...], dialect: Dialect
) -> TextClause:
    """The statement that inserts any number of rows, whose own values come as one array for each column."""
    types = {name: table.c[name].type.compile(dialect) for name in (*same, *names)}
    alike = [f"CAST(:{name} AS {types[name]})" for name in same]
    arrays = ", ".join(f"CAST(:{name} AS {types[name]}[])" for name in names)
    return text(
        f"INSERT INTO {table.name} ({', '.join([*same, *names])}) "  # noqa: S608 - names of ours
        f"SELECT {', '.join([*alike, *names])} FROM unnest({arrays}) AS own ({', '.join(names)})"
    )


@lru_cache(maxsize=64)
def _compiled(statement: UpdateBase | TextClause, dialect: Dialect) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"{type(compiled).__name__} compiles no SQL")
    return compiled

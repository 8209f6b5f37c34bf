"""One statement, run for thousands of rows; and thousands of values, looked up some at a time.

SQLAlchemy prepares each row's parameters in Python, which takes twice as long as SQLite takes to write
the row. Here the statement is compiled once, and the driver is handed plain tuples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Dialect, Table
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import TextClause, UpdateBase

from ums.store.direct import POSTGRESQL, Done, Expected, PostgresqlDriver, Value, dialect, driver_of

T = TypeVar("T")
Row = Mapping[str, Value]
Values = tuple[Value, ...]

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


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The values in order, at most `size` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


class ForAll(NamedTuple):
    """A constant statement for any number of rows: in it `{rows}` stands for a table of their values.

    Its columns are called `column1`, `column2` and so on, and are of these types; `:name` stands for what the rows
    have in common. SQLite takes hundreds of rows in one statement, PostgreSQL all of them.
    """

    text: str
    types: tuple[str, ...]


def changed_by_all(session: Session, statement: ForAll, same: Row, rows: Sequence[Values]) -> int:
    """Run `statement` for `rows`, `same` in common, of which it names everything; how many it changed."""
    return sum(done.rowcount for done in _for_all(session, statement, same, rows))


def run_all(session: Session, statement: ForAll, same: Row, rows: Sequence[Values]) -> None:
    """Run `statement` for `rows`, for what it does; else as `changed_by_all`."""
    for _ in _for_all(session, statement, same, rows):
        pass


def change_all(
    session: Session, statement: ForAll, same: Row, rows: Sequence[Values], otherwise: type[Exception]
) -> None:
    """Run `statement` for `rows`, all of which it must change: else `otherwise` is raised before the commit."""
    driver = driver_of(session)
    if isinstance(driver, PostgresqlDriver) and rows:
        words = _of_columns(statement, tuple(same))
        driver.change(words, {**same, **_columns(rows)}, Expected(len(rows), otherwise))
    elif changed_by_all(session, statement, same, rows) != len(rows):
        raise otherwise


def returned_by_all(
    session: Session, statement: ForAll, same: Row, rows: Sequence[Values]
) -> list[tuple[Any, ...]]:
    """What `statement` returns; else as `changed_by_all`."""
    return [row for done in _for_all(session, statement, same, rows) for row in done.fetchall()]


def _for_all(session: Session, statement: ForAll, same: Row, rows: Sequence[Values]) -> Iterator[Done]:
    if not rows:
        return
    driver, names = driver_of(session), tuple(same)
    if isinstance(driver, PostgresqlDriver):
        yield driver.execute(_of_columns(statement, names), {**same, **_columns(rows)})
        return
    for part in _portions(rows):
        yield driver.execute(_of_rows(statement, names, len(part)), [*same.values(), *chain.from_iterable(part)])


def _portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in portions of which each is as large as a statement that is prepared once."""
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


def _columns(rows: Sequence[Values]) -> dict[str, list[Value]]:
    return {f"column{number}": list(values) for number, values in enumerate(zip(*rows, strict=True), 1)}


@lru_cache(maxsize=256)
def _of_rows(statement: ForAll, names: tuple[str, ...], size: int) -> str:
    """The statement for `size` rows, its parameters numbered: first what they have in common."""
    numbers = {name: f"?{number}" for number, name in enumerate(names, 1)}
    row = f"({', '.join('?' * len(statement.types))})"
    listed = f"VALUES {', '.join([row] * size)}"
    return _NAMED.sub(lambda found: numbers[found[1]], statement.text).replace("{rows}", listed)


@lru_cache(maxsize=64)
def _of_columns(statement: ForAll, names: tuple[str, ...]) -> bytes:
    """The statement for any number of rows, whose values come as an array for each column."""
    named = _NAMED.sub(lambda found: f"%({found[1]})s" if found[1] in names else found[0], statement.text)
    columns = [f"column{number}" for number in range(1, len(statement.types) + 1)]
    return named.replace("{rows}", _unnested(dict(zip(columns, statement.types, strict=True)))).encode()


def _unnested(types: Mapping[str, str]) -> str:
    arrays = ", ".join(f"CAST(%({name})s AS {type_}[])" for name, type_ in types.items())
    return f"SELECT * FROM unnest({arrays}) AS own ({', '.join(types)})"  # noqa: S608 - names of ours


def insert_alike(session: Session, table: Table, same: Row, names: tuple[str, ...], rows: Sequence[Values]) -> None:
    """Insert rows that have the values of `same` in common, and differ in the columns `names`, given in order.

    SQLite takes hundreds of them in one statement: a third of the time that one statement a row takes, and the
    interpreter is free meanwhile. PostgreSQL takes all of them in one.
    """
    if not rows:
        return
    driver, alike = driver_of(session), tuple(same)
    if isinstance(driver, PostgresqlDriver):
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        driver.execute(_insertion_of_columns(table, alike, names), {**same, **columns})
        return
    for part in _portions(rows):
        driver.execute(
            _insertion_of_rows(table.name, alike, names, len(part)), [*same.values(), *chain.from_iterable(part)]
        )


@lru_cache(maxsize=64)
def _insertion_of_rows(table: str, same: tuple[str, ...], names: tuple[str, ...], size: int) -> str:
    """The statement that inserts `size` rows: parameters for what they have in common, then those of each row."""
    marks = [f"?{number}" for number in range(1, len(same) + 1)] + ["?"] * len(names)
    row = f"({', '.join(marks)})"
    return f"INSERT INTO {table} ({', '.join([*same, *names])}) VALUES {', '.join([row] * size)}"  # noqa: S608


@lru_cache(maxsize=64)
def _insertion_of_columns(table: Table, same: tuple[str, ...], names: tuple[str, ...]) -> bytes:
    """The statement that inserts any number of rows, whose own values come as an array for each column."""
    types = {name: table.c[name].type.compile(dialect(POSTGRESQL)) for name in (*same, *names)}
    alike = [f"CAST(%({name})s AS {types[name]})" for name in same]
    own = _unnested({name: types[name] for name in names})
    return (
        f"INSERT INTO {table.name} ({', '.join([*same, *names])}) "  # noqa: S608 - names of ours
        f"SELECT {', '.join([*alike, 'own.*'])} FROM ({own}) AS own"
    ).encode()


@lru_cache(maxsize=64)
def _compiled(statement: UpdateBase | TextClause, dialect: Dialect) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"{type(compiled).__name__} compiles no SQL")
    return compiled

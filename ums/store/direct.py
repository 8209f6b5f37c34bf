"""Constant statements, straight to the driver: the engine's own way takes several times as long as the database.

For what runs with every request and every turn. Values go to the driver as they are, and rows come as it gives
them. In a session for looking on SQLite a statement sees what is committed by now, and not what the session has
added and never keeps.
"""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import registry
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import TextClause

from ums.store import postgresql_faults
from ums.store.at_hand import DirectSession

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")
Value = str | int | float | None

SQLITE, POSTGRESQL = "sqlite.pysqlite", "postgresql.psycopg"


@cache
def dialect(name: str) -> Dialect:
    """How statements and types are written for a database, whichever engine asks; loaded when it is."""
    made: Dialect = registry.load(name)()
    return made


class Done(Protocol):
    """A statement that was run; of no use once the next one is."""

    @property
    def rowcount(self) -> int: ...
    def fetchall(self) -> Sequence[Any]: ...


class Driver(ABC):
    """A session's own connection, as its driver made it. Raises SQLAlchemy's errors, without people's values."""

    @abstractmethod
    def run(self, statement: TextClause, values: Mapping[str, object]) -> None:
        """Run a constant statement, for what it does."""

    @abstractmethod
    def rows(self, statement: TextClause, values: Mapping[str, object]) -> Sequence[Any]:
        """The rows that a constant statement gives."""


class SqliteDriver(Driver):
    """SQLite's connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: TextClause, values: Mapping[str, object]) -> None:
        words, names = _numbered(statement)
        self.execute(words, tuple(values[name] for name in names))

    def rows(self, statement: TextClause, values: Mapping[str, object]) -> Sequence[Any]:
        words, names = _numbered(statement)
        found = self.execute(words, tuple(values[name] for name in names))
        try:
            return found.fetchall()
        except sqlite3.Error as error:  # rows are looked for as they are asked for
            raise _as_the_engine(error, words) from error

    def execute(self, statement: str, values: Sequence[object]) -> Done:
        """Run a statement whose parameters are numbered."""
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise _as_the_engine(error, statement) from error


def _as_the_engine(error: sqlite3.Error, statement: str) -> BaseException:
    return DBAPIError.instance(statement, None, error, sqlite3.Error, hide_parameters=True)


class PostgresqlDriver(Driver):
    """A server's connection, with one cursor for one statement after the other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._own = connection.connection.dbapi_connection
        self._cursor = cast("psycopg.Cursor[Any]", connection.connection.cursor())
        self._faults = connection.dialect.loaded_dbapi.Error

    def is_of(self, connection: Connection) -> bool:
        """Whether it is this connection's."""
        return connection.connection.dbapi_connection is self._own

    def run(self, statement: TextClause, values: Mapping[str, object]) -> None:
        self.execute(_named(statement), values)

    def rows(self, statement: TextClause, values: Mapping[str, object]) -> Sequence[Any]:
        return self.execute(_named(statement), values).fetchall()

    def execute(self, statement: bytes, values: Mapping[str, object]) -> Done:
        """Run a statement whose parameters have names."""
        try:
            return self._cursor.execute(statement, values)
        except self._faults as error:
            raise postgresql_faults.of_driver(
                self._connection, statement.decode(), cast("psycopg.Error", error)
            ) from error


def driver_of(session: Session) -> SqliteDriver | PostgresqlDriver:
    """The driver's connection that a session works on."""
    if isinstance(session, DirectSession):
        return SqliteDriver(session.direct())
    connection = session.connection()
    kept: PostgresqlDriver | None = session.info.get(PostgresqlDriver)
    if kept is not None and kept.is_of(connection):
        return kept
    own = connection.connection.dbapi_connection
    if isinstance(own, sqlite3.Connection):
        return SqliteDriver(own)
    kept = session.info[PostgresqlDriver] = PostgresqlDriver(connection)
    return kept


def fetched(
    session: Session, statement: TextClause, values: Mapping[str, object], read: Callable[..., T]
) -> list[T]:
    """What `read` makes of each row that `statement`, a constant, gives."""
    return [read(*row) for row in driver_of(session).rows(statement, values)]


def rows_of(session: Session, statement: TextClause, values: Mapping[str, object]) -> Sequence[Any]:
    """The rows that `statement`, a constant, gives."""
    return driver_of(session).rows(statement, values)


def run(session: Session, statement: TextClause, values: Mapping[str, object]) -> None:
    """Run `statement`, a constant whose rows, if there are any, nobody wants."""
    driver_of(session).run(statement, values)


def document(stored: object) -> Any:
    """A JSON column's object or list: SQLite's driver gives a text, PostgreSQL's has read it."""
    return json.loads(stored) if isinstance(stored, str) else stored


@lru_cache(maxsize=512)
def _numbered(statement: TextClause) -> tuple[str, Sequence[str]]:
    """A statement as SQLite takes it, and its parameters in their order."""
    compiled = statement.compile(dialect=dialect(SQLITE))
    return str(compiled), cast("Any", compiled).positiontup


@lru_cache(maxsize=512)
def _named(statement: TextClause) -> bytes:
    """A statement as psycopg takes it."""
    return str(statement.compile(dialect=dialect(POSTGRESQL))).encode()

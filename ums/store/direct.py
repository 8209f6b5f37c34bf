"""Constant statements, straight to the driver: the engine's own way takes several times as long as the database.

For what runs with every request and every turn. Values go to the driver as they are, and rows come as it gives
them. In a session for looking on SQLite a statement sees what is committed by now, and not what the session has
added and never keeps.
"""

from __future__ import annotations

import json
import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, cast

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import registry
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import TextClause

from ums.store import postgresql_faults
from ums.store.at_hand import DirectSession

if TYPE_CHECKING:
    import psycopg

    from ums.store.pipelining import Answer, Pipeline

T = TypeVar("T")
Value = str | int | float | None

SQLITE, POSTGRESQL = "sqlite.pysqlite", "postgresql.psycopg"


@cache
def dialect(name: str) -> Dialect:
    """How statements and types are written for a database, whichever engine asks; loaded when it is."""
    made: Dialect = registry.load(name)()
    return made


class Expected(NamedTuple):
    """So many rows must be changed, or this is raised: on a pipeline later, before what went wrong after it."""

    rows: int
    otherwise: type[Exception]


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
    """A server's connection, with one cursor for one statement after the other, or with a pipeline."""

    def __init__(self, connection: Connection, pipeline: Pipeline | None = None) -> None:
        self._connection = connection
        self._own = connection.connection.dbapi_connection
        self._pipeline = pipeline
        self._waits = True
        self._faults = connection.dialect.loaded_dbapi.Error

    @cached_property
    def _cursor(self) -> psycopg.Cursor[Any]:
        return cast("psycopg.Cursor[Any]", self._connection.connection.cursor())

    def is_of(self, connection: Connection) -> bool:
        """Whether it is this connection's."""
        return connection.connection.dbapi_connection is self._own

    def run(self, statement: TextClause, values: Mapping[str, object]) -> None:
        self.execute(_named(statement), values)

    def rows(self, statement: TextClause, values: Mapping[str, object]) -> Sequence[Any]:
        if self._pipeline is not None and statement in self._pipeline.foreseen:
            foreseen, answer = self._pipeline.foreseen[statement]
            if foreseen == values:
                return answer.fetchall()
        return self.execute(_named(statement), values).fetchall()

    def execute(self, statement: bytes, values: Mapping[str, object]) -> Done:
        """Run a statement whose parameters have names."""
        if self._pipeline is None:
            return self._at_once(statement, values)
        answer = self._sent(self._pipeline, statement, values)
        if self._waits:
            self._pipeline.wait()
        return answer

    def change(self, statement: bytes, values: Mapping[str, object], expected: Expected) -> None:
        """Run a statement that must change so many rows; what is raised otherwise may be raised later."""
        if self._pipeline is not None:
            self._sent(self._pipeline, statement, values).expected = expected
            if self._waits:
                self._pipeline.wait()
        elif self._at_once(statement, values).rowcount != expected.rows:
            raise expected.otherwise

    def foresee(self, statement: TextClause, values: Mapping[str, object]) -> None:
        if self._pipeline is not None and not self._waits:
            answer = self._sent(self._pipeline, _named(statement), values)
            self._pipeline.foreseen[statement] = (values, answer)

    def _sent(self, pipeline: Pipeline, statement: bytes, values: Mapping[str, object]) -> Answer:
        words, names = _in_order(statement)
        return pipeline.send(words, [values[name] for name in names])

    def _at_once(self, statement: bytes, values: Mapping[str, object]) -> Done:
        try:
            return self._cursor.execute(statement, values)
        except self._faults as error:
            raise postgresql_faults.of_driver(
                self._connection, statement.decode(), cast("psycopg.Error", error)
            ) from error

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Wait for no statement of this block before its answer is looked at, or another way is taken."""
        before, self._waits = self._waits, False
        try:
            yield
        finally:
            self._waits = before


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


@contextmanager
def pipelined(session: Session) -> Iterator[PostgresqlDriver]:
    """Have a session that has done nothing yet send its statements along a pipeline, on a server's connection.

    Those of the engine wait for what was sent before. The commit goes along with what is still under way at the end
    of the block, where anything is; the session's own commit has nothing left to do then. What is under way where
    the block raises is given up.
    """
    from ums.store.pipelining import Pipeline

    connection = session.connection()
    pipeline = Pipeline(connection)
    driver = session.info[PostgresqlDriver] = PostgresqlDriver(connection, pipeline)
    try:
        yield driver
        session.flush()
        if pipeline.is_under_way:
            pipeline.commit()
    except BaseException:
        with suppress(DBAPIError):
            pipeline.wait()
        raise


@contextmanager
def gathered(session: Session) -> Iterator[None]:
    """Statements of this block that nobody looks at are waited for by whoever is looked at next, or by the commit.

    On SQLite, and where a session has no pipeline, each is waited for at once.
    """
    driver = driver_of(session)
    with driver.gathering() if isinstance(driver, PostgresqlDriver) else nullcontext():
        yield


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


def foresee(session: Session, statement: TextClause, values: Mapping[str, object]) -> None:
    """Ask now what is looked at later in this transaction, with these very values.

    On a pipeline it is answered along with what is sent meanwhile, as of now. It is asked anew where a statement of
    the engine's has changed a table it is asked of, and where there is no pipeline.
    """
    driver = driver_of(session)
    if isinstance(driver, PostgresqlDriver):
        driver.foresee(statement, values)


def document(stored: object) -> Any:
    """A JSON column's object or list: SQLite's driver gives a text, PostgreSQL's has read it."""
    return json.loads(stored) if isinstance(stored, str) else stored


@lru_cache(maxsize=512)
def _numbered(statement: TextClause) -> tuple[str, Sequence[str]]:
    """A statement as SQLite takes it, and its parameters in their order."""
    compiled = statement.compile(dialect=dialect(SQLITE))
    return str(compiled), cast("Any", compiled).positiontup


_NAME = re.compile(rb"%\((\w+)\)s|%%")


@lru_cache(maxsize=512)
def _in_order(statement: bytes) -> tuple[bytes, Sequence[str]]:
    """A statement that psycopg takes, as the server does, and its parameters in their order."""
    names: dict[bytes, int] = {}

    def numbered(found: re.Match[bytes]) -> bytes:
        return b"$%d" % names.setdefault(found[1], len(names) + 1) if found[1] else b"%"

    words = _NAME.sub(numbered, statement)
    return words, [name.decode() for name in names]


@lru_cache(maxsize=512)
def _named(statement: TextClause) -> bytes:
    """A statement as psycopg takes it."""
    return str(statement.compile(dialect=dialect(POSTGRESQL))).encode()

"""SQLite connections kept at hand, for what every request asks and writes.

Taking a connection from the pool, beginning and ending on it costs a Session twenty times as long as SQLite takes
to find a row, and the Session itself as long again. So each thread keeps a Session and a connection to look with,
and those who write together keep one of each for all.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast
from weakref import WeakSet

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection

Begin = Callable[[DBAPIConnection], None]
"""Waits for the turn to write, and begins, on a connection that has no patience of its own."""
_SYNC = getattr(os, "fdatasync", os.fsync)
NO_PATIENCE = "PRAGMA busy_timeout=0"
"""Has a connection say at once that another one writes, instead of asking again by itself."""


class DirectSession(Session):
    """A Session that gives way: constant statements may be run on `direct`, the driver's own connection.

    What is run there costs no more than the driver does, and the ORM wakes up only when it is asked something.
    """

    direct: Callable[[], sqlite3.Connection]

    def rest(self) -> None:
        """Forget what was done with it, to be used again; nothing to do where the ORM never woke up."""
        if self.in_transaction():
            self.close()


class Looking:
    """A Session for each thread that looks, and a connection on which every statement sees what is committed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = threading.local()
        self._all: WeakSet[PoolProxiedConnection] = WeakSet()

    @contextmanager
    def session(self) -> Iterator[DirectSession]:
        """A Session for looking; nothing it changes is kept."""
        session = self._free()
        try:
            yield session
        finally:
            session.rest()
            self._own.session = session

    def _free(self) -> DirectSession:
        """This thread's own, or a new one where that is in use, further up."""
        kept: DirectSession | None = getattr(self._own, "session", None)
        self._own.session = None
        if kept is None:
            kept = DirectSession(self._engine, expire_on_commit=False)
            kept.direct = self._connection
        return kept

    def _connection(self) -> sqlite3.Connection:
        kept: PoolProxiedConnection | None = getattr(self._own, "connection", None)
        if kept is None or not kept.is_valid:
            with as_the_engine_tells("connect"):
                kept = self._own.connection = self._engine.raw_connection()
            kept.detach()
            kept.cursor().execute("PRAGMA query_only=ON")
            self._all.add(kept)
        return cast("sqlite3.Connection", kept.dbapi_connection)

    def close(self) -> None:
        for kept in list(self._all):
            kept.close()


class Writing:
    """The one Session of those who write together: only one thread at a time may use it.

    A transaction is kept when its block ends, and survives a power cut once `sync` has returned. Between the two
    the turn to write is already another's: while SQLite itself waits for the disk, nobody writes.
    """

    def __init__(self, engine: Engine, begin: Begin) -> None:
        self._engine, self._begin = engine, begin
        self._kept: tuple[Connection, sqlite3.Connection, DirectSession] | None = None
        self._log: Path | None = None
        """The write-ahead log, where it is for us to have it on the disk."""

    @contextmanager
    def session(self) -> Iterator[DirectSession]:
        """A transaction: kept when the block ends, undone when it raises. Raises SQLAlchemy's errors."""
        connection, driver, session = self._kept or self._opened()
        try:
            self._begin(connection.connection)
            yield session
            if session.in_transaction():
                session.commit()
            _commit(driver)
            session.rest()
        except BaseException:
            self.close()
            raise

    def _opened(self) -> tuple[Connection, sqlite3.Connection, DirectSession]:
        connection = self._engine.connect()
        connection.detach()  # it is set up otherwise than those in the pool
        driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        driver.execute(NO_PATIENCE)
        self._log = _leaves_syncing(driver)
        session = DirectSession(connection, expire_on_commit=False)
        session.direct = lambda: driver
        self._kept = connection, driver, session
        return self._kept

    def sync(self) -> None:
        """Have on the disk what was kept before the call. Raises OperationalError where that can't be done."""
        if self._log is None:
            return
        try:
            # opened each time: a log that was deleted and made anew is another file
            descriptor = os.open(self._log, os.O_RDONLY)
            try:
                _SYNC(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise OperationalError("sync", None, error) from error

    def close(self) -> None:
        """Undo what was begun, and let go of the connection; the next transaction takes a new one."""
        kept, self._kept = self._kept, None
        if kept is not None:
            connection, driver, session = kept
            session.close()
            with suppress(sqlite3.Error):
                driver.rollback()
            connection.close()


def _leaves_syncing(driver: sqlite3.Connection) -> Path | None:
    """Have commits return before they are on the disk, and where they then stand: in the log, written in order.

    So a later commit that is synced has all before it on the disk as well. None where there is no such log.
    """
    (mode,) = driver.execute("PRAGMA journal_mode").fetchone()
    _, _, path = driver.execute("PRAGMA database_list").fetchone()
    if mode != "wal" or not path:
        return None
    driver.execute("PRAGMA synchronous=NORMAL")
    return Path(f"{path}-wal")


def _commit(driver: sqlite3.Connection) -> None:
    """Keep what nobody has committed yet: the ORM has, where it was asked something."""
    with as_the_engine_tells("COMMIT"):
        driver.commit()


@contextmanager
def as_the_engine_tells(what: str) -> Iterator[None]:
    """The driver's own troubles with `what`, as the engine tells them."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OperationalError(what, None, error) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseError(what, None, error) from error

"""Opening the database, and the two kinds of transaction.

SQLite's defaults lose writes: a transaction that reads first and writes later can't be serialised. So
every write transaction begins with `BEGIN IMMEDIATE`, journals are WAL, commits are `synchronous=FULL`; those
who write together sync the log themselves, when others have the turn already.
(`tests/store/test_db.py` counts what several processes write to one row at once.)
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from ums.domain.errors import Unavailable
from ums.domain.json import written
from ums.logs import get_logger
from ums.store.at_hand import NO_PATIENCE, Looking, Writing, as_the_engine_tells
from ums.store.faults import DATABASE_FAULTS
from ums.store.together import Together

T = TypeVar("T")

log = get_logger(__name__)

__all__ = ["Database", "Session", "engine_options", "open_database", "prepare"]

BUSY_SECONDS = 8.0
"""How long a writer waits for its turn before the caller is told to come back."""
BLOCKED_SECONDS = 1.0
"""How long it waits where another has just waited in vain, so that waiting writers don't keep readers out."""
PROMPT_SECONDS = 0.5
"""How long those wait who have another place for what they want written."""
PROMPT_BLOCKED_SECONDS = 0.005
"""How long they wait where another of them has just waited in vain: whoever pushes wants an answer at once."""
FIRST_RETRY_SECONDS, RETRY_SECONDS, RETRY_GROWTH = 0.00005, 0.001, 1.25
"""SQLite's own busy handler sleeps up to 100 ms; asking again this soon keeps a bulk send from starving the API.

The first times it is asked sooner: what another process writes for its callers takes less than a millisecond, and
while nobody asks, nobody writes.
"""

CHECKPOINT_PAGES = 4000
"""Pages of 4 KiB in the log before they are folded into the file: a bulk send writes most of them often."""

_MODE = "ums_begin"
_PATIENCE = f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}"


class Database:
    """One database, opened; `read` and `write` are the only ways in."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writers = sessionmaker(engine.execution_options(**{_MODE: "IMMEDIATE"}), expire_on_commit=False)
        self._looking = Looking(engine)
        self._writing = Writing(engine, _Door().begin_in_line)
        self._together = Together(self._written, self._writing.sync)
        self._prompt_writing = Writing(engine, _Door(is_prompt=True).begin_in_line)
        self._promptly = Together(self._prompt_writing.session, self._prompt_writing.sync)
        self.commits = 0
        """How often something was kept by `write` and `write_together`: each costs a write to the disk."""

    @property
    def path(self) -> str:
        """Where its file is."""
        return self.engine.url.database or ""

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking; nothing it changes is kept. Raises Unavailable as `write` does."""
        with _told(), self._looking.session() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: kept when the block ends, undone when it raises.

        Raises Unavailable when the database stays locked or refuses to write (disk full, read-only).
        """
        with _told(), self._writers.begin() as session:
            yield session
        self.commits += 1

    def write_together(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, written in one transaction with what other threads want written just now.

        For many small writes at once. Raises what `work` raises, and Unavailable as `write` does.
        """
        with _told():
            return self._together.run(work)

    @contextmanager
    def _written(self) -> Iterator[Session]:
        with self._writing.session() as session:
            yield session
        self.commits += 1

    def write_promptly(self, work: Callable[[Session], T]) -> T:
        """As `write_together`, for those who can't wait, and have another place for what they want written.

        They share transactions with each other alone. Raises what `work` raises, and Unavailable where the turn to
        write doesn't come within half a second; nobody but the caller tells the log.
        """
        with _told(quietly=True):
            return self._promptly.run(work)

    def make_sure(self) -> None:
        """Have on the disk what can be read by now. Raises Unavailable as `write` does."""
        self.write_together(lambda _: None)

    def close(self) -> None:
        self._looking.close()
        self._writing.close()
        self._prompt_writing.close()
        self.engine.dispose()


@contextmanager
def _told(*, quietly: bool = False) -> Iterator[None]:
    """The database's own troubles, as a caller is told of them; and the log, unless it is done quietly."""
    try:
        yield
    except DATABASE_FAULTS as error:
        words = getattr(error, "orig", None) or "all its connections are in use"
        if not quietly:
            log.error("the database doesn't answer", action="database_unavailable", cause=str(words))
        raise Unavailable(f"The database can't take this right now ({words}); try again.", retry_after=2) from error
    except DatabaseError as error:
        # its subclasses are faults of what was asked; the class itself stands for a file that can't be read
        if type(error) is not DatabaseError:
            raise
        log.error("the database is damaged", action="database_damaged", cause=str(error.orig))
        raise Unavailable(
            f"The database is damaged ({error.orig}); an operator must put back a copy of it.", retry_after=60
        ) from error


def open_database(url: str, *, checkpoints: bool = False) -> Database:
    """Open the database at `url`.

    `checkpoints` is for the one process that folds the write-ahead log back into the file: SQLite before
    3.51.3 has a rare fault when several connections do so at once (sqlite.org/wal.html, "WAL-reset bug").
    """
    engine = create_engine(url, **engine_options())
    prepare(engine, checkpoints=checkpoints)
    return Database(engine)


def engine_options() -> dict[str, object]:
    """What every engine is made with, Flask-SQLAlchemy's too."""
    return {
        # people's addresses and sealed secrets, which have no place in a traceback
        "hide_parameters": True,
        "json_serializer": written,
        "connect_args": {"isolation_level": None, "check_same_thread": False, "timeout": BUSY_SECONDS},
    }


def prepare(engine: Engine, *, checkpoints: bool = False) -> Engine:
    """Give every connection of `engine` the settings and the `BEGIN` described above."""
    _keep_private(engine.url.database)

    def on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES if checkpoints else 0}")
        cursor.close()

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", _Door().begin)
    return engine


def _keep_private(path: str | None) -> None:
    """A new database is its owner's alone, and so are the files that SQLite puts beside it."""
    if path is not None and not path.startswith("file:"):
        # where it can't be made, connecting says why
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


class _Door:
    """Where transactions begin, writers one at a time; all connections of one patience share one.

    It speaks to the driver itself: every transaction of every request comes through here.
    """

    def __init__(self, *, is_prompt: bool = False) -> None:
        self._is_prompt = is_prompt
        self._is_blocked = False

    def begin(self, connection: Connection) -> None:
        """Begin as the engine was told to; a transaction that was begun at the driver goes on."""
        driver = connection.connection
        if cast("sqlite3.Connection", driver.dbapi_connection).in_transaction:
            return
        if connection.get_execution_options().get(_MODE) == "IMMEDIATE":
            self.begin_writing(driver)
        else:
            with _asked(driver) as cursor:
                cursor.execute("BEGIN")

    def begin_writing(self, connection: DBAPIConnection) -> None:
        """Wait for the turn to write, and begin. Raises OperationalError where it doesn't come."""
        with _asked(connection) as cursor:
            try:
                cursor.execute(NO_PATIENCE)
                self._wait_in_line(cursor)
            finally:
                cursor.execute(_PATIENCE)

    def begin_in_line(self, connection: DBAPIConnection) -> None:
        """As `begin_writing`, on a connection that never has any patience of its own."""
        with _asked(connection) as cursor:
            self._wait_in_line(cursor)

    def _wait_in_line(self, cursor: DBAPICursor) -> None:
        give_up = time.monotonic() + self._patience()
        pause = FIRST_RETRY_SECONDS
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > give_up:
                    self._is_blocked = _is_busy(error)
                    raise
                time.sleep(pause)
                pause = min(pause * RETRY_GROWTH, RETRY_SECONDS)
            else:
                self._is_blocked = False
                return

    def _patience(self) -> float:
        """Seconds to wait for the turn; fewer where another has just waited in vain."""
        ordinary, blocked = BUSY_SECONDS, BLOCKED_SECONDS
        if self._is_prompt:
            ordinary, blocked = PROMPT_SECONDS, PROMPT_BLOCKED_SECONDS
        return min(blocked, ordinary) if self._is_blocked else ordinary


@contextmanager
def _asked(connection: DBAPIConnection) -> Iterator[DBAPICursor]:
    """A cursor of the driver's, whose troubles are told as the engine tells them."""
    cursor = connection.cursor()
    try:
        with as_the_engine_tells("BEGIN"):
            yield cursor
    finally:
        cursor.close()


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorname.startswith("SQLITE_BUSY")

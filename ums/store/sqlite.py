"""SQLite, and its two kinds of transaction.

SQLite's defaults lose writes: a transaction that reads first and writes later can't be serialised. So
every write transaction begins with `BEGIN IMMEDIATE`, journals are WAL, commits are `synchronous=FULL`; those
who write together sync the log themselves, when others have the turn already.
(`tests/store/test_db.py` counts what several processes write to one row at once.)
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from ums.domain.json import written
from ums.store.at_hand import NO_PATIENCE, Looking, Writing, as_the_engine_tells
from ums.store.database import Database
from ums.store.faults import told
from ums.store.pressing import Pressing
from ums.store.together import Together
from ums.store.watching import ChangeWatch

T = TypeVar("T")

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
GIVING_WAY_SECONDS = 0.0025
"""How seldom those ask who let others write first: whoever asks more often mostly gets the turn before them."""

CHECKPOINT_PAGES = 4000
"""Pages of 4 KiB in the log before they are folded into the file: a bulk send writes most of them often."""

_MODE = "ums_begin"
_PATIENCE = f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}"


class Sqlite(Database):
    """A database in a file of this machine."""

    def __init__(self, engine: Engine, *, checkpoints: bool = False, gives_way: bool = False) -> None:
        super().__init__(engine)
        self._pressing = Pressing(engine.url.database)
        presses = None if gives_way else self._pressing
        prepare(engine, _Door(presses=presses), checkpoints=checkpoints)
        self._writers = sessionmaker(engine.execution_options(**{_MODE: "IMMEDIATE"}), expire_on_commit=False)
        self._looking = Looking(engine)
        self._writing = Writing(engine, _Door(presses=presses).begin_in_line)
        self._beside = Writing(engine, _Door(presses=presses).begin_in_line)
        self._besides = threading.Lock()
        self._together = Together(self._written, self._writing.sync)
        self._prompt_writing = Writing(engine, _Door(is_prompt=True, presses=self._pressing).begin_in_line)
        self._promptly = Together(self._prompt_writing.session, self._prompt_writing.sync)

    @property
    def path(self) -> str:
        return self.engine.url.database or ""

    @contextmanager
    def read(self) -> Iterator[Session]:
        with told(), self._looking.session() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with told(), self._writers.begin() as session:
            yield session
        self.commits += 1

    @contextmanager
    def write_beside(self) -> Iterator[Session]:
        """As `write`: SQLite lets in one at a time. The disk is waited for when the turn is another's already."""
        with told(), self._besides:
            with self._beside.session() as session:
                yield session
            self._beside.sync()
        self.commits += 1

    def write_together(self, work: Callable[[Session], T]) -> T:
        with told():
            return self._together.run(work)

    @contextmanager
    def _written(self) -> Iterator[Session]:
        with self._writing.session() as session:
            yield session
        self.commits += 1

    def write_promptly(self, work: Callable[[Session], T]) -> T:
        with told(quietly=True):
            return self._promptly.run(work)

    def is_pressed(self) -> bool:
        return self._pressing.is_pressed()

    def make_sure(self) -> None:
        self.write_together(lambda _: None)

    def watch(self) -> ChangeWatch:
        """SQLite counts the commits of other connections (sqlite.org/pragma.html, "data_version")."""
        connection = self.engine.raw_connection()

        def version() -> object:
            cursor = connection.cursor()
            cursor.execute("PRAGMA data_version")
            found = cursor.fetchone()
            cursor.close()
            return found

        return ChangeWatch(version, connection.close)

    def close(self) -> None:
        self._looking.close()
        self._writing.close()
        self._beside.close()
        self._prompt_writing.close()
        self._pressing.close()
        self.engine.dispose()


def engine_options() -> dict[str, object]:
    """What an engine is made with."""
    return {
        # people's addresses and sealed secrets, which have no place in a traceback
        "hide_parameters": True,
        "json_serializer": written,
        "connect_args": {"isolation_level": None, "check_same_thread": False, "timeout": BUSY_SECONDS},
    }


def prepare(engine: Engine, door: _Door, *, checkpoints: bool) -> None:
    """Give every connection of `engine` the settings described above, and its `BEGIN` at `door`.

    `checkpoints` is for the one process that folds the write-ahead log back into the file: SQLite before
    3.51.3 has a rare fault when several connections do so at once (sqlite.org/wal.html, "WAL-reset bug").
    """
    _keep_private(engine.url.database)

    def on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES if checkpoints else 0}")
        cursor.close()

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", door.begin)


def _keep_private(path: str | None) -> None:
    """A new database is its owner's alone, and so are the files that SQLite puts beside it.

    One that is there is not opened: to close it again would give back all locks that this process has on it, and
    whoever closes it next elsewhere would take the log away from under us (sqlite.org/howtocorrupt.html, 2.2).
    """
    if path is not None and not path.startswith("file:"):
        # where it can't be made, connecting says why
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


class _Door:
    """Where transactions begin, writers one at a time; all connections of one patience share one.

    It speaks to the driver itself: every transaction of every request comes through here. Whoever `presses` is not
    to be kept waiting; others give way.
    """

    def __init__(self, *, is_prompt: bool = False, presses: Pressing | None) -> None:
        self._is_prompt = is_prompt
        self._presses = presses
        self._first_retry, self._retry = FIRST_RETRY_SECONDS, RETRY_SECONDS
        if presses is None:
            self._first_retry = self._retry = GIVING_WAY_SECONDS
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
        if self._presses is not None:
            self._presses.press()
        give_up = time.monotonic() + self._patience()
        pause = self._first_retry
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > give_up:
                    self._is_blocked = _is_busy(error)
                    raise
                time.sleep(pause)
                pause = min(pause * RETRY_GROWTH, self._retry)
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

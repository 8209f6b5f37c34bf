"""Databases for tests: files by default; on PostgreSQL where a test, or whoever runs the tests, wants that.

Each home has one of its own, whoever opens it. On PostgreSQL it is a copy of one that the migrations made, and is
used again, emptied, by later tests: that costs the server's disk a hundredth of what a new one does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text

from ums.store.db import Database, Session, open_database
from ums.store.models import Base
from ums.store.schema import SchemaState, state, upgrade

SQLITE, POSTGRESQL = KINDS = ("sqlite", "postgresql")
SERVER = "postgresql+psycopg://127.0.0.1:5432"
"""Whoever runs the tests, or PGUSER and PGPASSWORD."""
OWN = f"ums_test_{os.getpid()}_"
EMPTY, MIGRATED = "template1", f"{OWN}migrated"

_TABLES = text("SELECT relname FROM pg_stat_user_tables WHERE relname <> 'alembic_version'")
_COUNT_ANEW = text("""
    SELECT setval(CAST(sequencename AS regclass), 1, false) FROM pg_sequences WHERE last_value IS NOT NULL
""")
_BUSY = text("SELECT DISTINCT datname FROM pg_stat_activity WHERE datname IS NOT NULL")
_ABANDONED = text("SELECT datname FROM pg_database WHERE datname ~ '^ums_test_'")


class Overtaken:
    """A database at which, whoever wants to write alone, another comes first."""

    def __init__(self, database: Database, other: Callable[[], object]) -> None:
        self._database = database
        self._other: Callable[[], object] | None = other

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    @contextmanager
    def write(self) -> Iterator[Session]:
        other, self._other = self._other, None
        if other is not None:
            other()
        with self._database.write() as session:
            yield session


class Databases:
    """Where the tests of this process keep their rows."""

    def __init__(self) -> None:
        self.kind = SQLITE
        self._numbers = count(1)
        self._of_homes: dict[Path, str] = {}
        self._bare: set[str] = set()
        """Those that were made without tables."""
        self._free: list[str] = []
        self._is_begun = False

    def url(self, home: Path, *, empty: bool = False) -> str:
        """The `database_url` of an installation at `home`, with all tables or `empty`.

        Made where it is missing. On SQLite the setting's default, an empty text, and without tables.
        """
        if self.kind == SQLITE:
            return ""
        name = self._of_homes.get(home)
        if name is None:
            name = self._of_homes[home] = self._made(empty=empty)
        return f"{SERVER}/{name}"

    def clean_up(self) -> None:
        """Empty what nobody is connected to any more."""
        if not self._of_homes:
            return
        with _connected("postgres") as connection:
            busy = set(connection.scalars(_BUSY))
        for home, name in list(self._of_homes.items()):
            if name not in busy:
                del self._of_homes[home]
                if name in self._bare or not _is_emptied(name):
                    _drop(name)
                else:
                    self._free.append(name)

    def close(self) -> None:
        """Drop everything."""
        if self._is_begun:
            for name in (*self._of_homes.values(), *self._free, MIGRATED):
                _drop(name)

    def _made(self, *, empty: bool) -> str:
        if not self._is_begun:
            self._begin()
        if self._free and not empty:
            return self._free.pop()
        name = f"{OWN}{next(self._numbers)}"
        _create(name, EMPTY if empty else MIGRATED)
        if empty:
            self._bare.add(name)
        return name

    def _begin(self) -> None:
        """Make the one that the others are copies of, where test runs that were killed have left nothing behind."""
        with _connected("postgres") as connection:
            left = [
                name for name in connection.scalars(_ABANDONED) if not Path("/proc", name.split("_")[2]).exists()
            ]
        for name in left:
            _drop(name)
        _create(MIGRATED, EMPTY)
        database = open_database(f"{SERVER}/{MIGRATED}")
        upgrade(database.engine)
        database.close()
        self._is_begun = True


def _connected(name: str) -> Connection:
    return create_engine(f"{SERVER}/{name}", isolation_level="AUTOCOMMIT", poolclass=NullPool).connect()


def _create(name: str, template: str) -> None:
    _drop(name)
    with _connected("postgres") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")


def _drop(name: str) -> None:
    with _connected("postgres") as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _is_emptied(name: str) -> bool:
    """Take all rows away; False where a test has changed the tables themselves."""
    with _connected(name) as connection:
        if state(connection.engine) is not SchemaState.CURRENT:
            return False
        names = sorted(connection.scalars(_TABLES))
        if set(names) != set(Base.metadata.tables):
            return False
        deletions = "".join(f"DELETE FROM {table};" for table in names)  # noqa: S608 - names of ours
        connection.exec_driver_sql(f"BEGIN; SET LOCAL session_replication_role = replica; {deletions} COMMIT")
        connection.execute(_COUNT_ANEW)
    return True


databases = Databases()

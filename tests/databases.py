"""Databases for tests: files by default; on PostgreSQL where a test, or whoever runs the tests, wants that.

Each home has one of its own, whoever opens it. On PostgreSQL it is a copy of one that the migrations made.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from ums.store.db import open_database
from ums.store.schema import upgrade

SQLITE, POSTGRESQL = KINDS = ("sqlite", "postgresql")
SERVER = "postgresql+psycopg://127.0.0.1:5432"
"""Whoever runs the tests, or PGUSER and PGPASSWORD."""
OWN = f"ums_test_{os.getpid()}_"
EMPTY, MIGRATED = "template1", f"{OWN}migrated"


class Databases:
    """Where the tests of this process keep their rows."""

    def __init__(self) -> None:
        self.kind = SQLITE
        self._made: set[str] = set()
        self._server: Engine | None = None

    def url(self, home: Path, *, empty: bool = False) -> str:
        """The `database_url` of an installation at `home`, with all tables or `empty`.

        Made where it is missing. On SQLite the setting's default, an empty text, and without tables.
        """
        if self.kind == SQLITE:
            return ""
        name = f"{OWN}{hashlib.sha256(str(home).encode()).hexdigest()[:20]}"
        if name not in self._made:
            self._make(name, EMPTY if empty else MIGRATED)
        return f"{SERVER}/{name}"

    def clean_up(self) -> None:
        """Drop what nobody is connected to any more."""
        if self._made:
            with self._on_server() as connection:
                busy = set(connection.scalars(text("SELECT DISTINCT datname FROM pg_stat_activity")))
                for name in self._made - busy - {MIGRATED}:
                    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
                self._made &= busy | {MIGRATED}

    def close(self) -> None:
        """Drop everything."""
        if self._server is not None:
            with self._on_server() as connection:
                for name in self._made:
                    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            self._made.clear()
            self._server = None

    def _make(self, name: str, template: str) -> None:
        if template == MIGRATED and MIGRATED not in self._made:
            self._make(MIGRATED, EMPTY)
            database = open_database(f"{SERVER}/{MIGRATED}")
            upgrade(database.engine)
            database.close()
        with self._on_server() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.add(name)

    def _on_server(self) -> Connection:
        if self._server is None:
            self._server = create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT", poolclass=NullPool)
            self._drop_abandoned()
        return self._server.connect()

    def _drop_abandoned(self) -> None:
        """What is left of test runs that were killed."""
        with self._on_server() as connection:
            for name in connection.scalars(
                text("SELECT datname FROM pg_database WHERE datname ~ '^ums_test_'")
            ).all():
                if not Path(f"/proc/{name.split('_')[2]}").exists():
                    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


databases = Databases()

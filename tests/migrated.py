"""Databases with all tables: the migrations run once in a process, and what they made is copied."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from ums.store import schema
from ums.store.db import Database, open_database


def migrate(database: Database) -> None:
    """Give a database its tables where it is empty."""
    if database.engine.dialect.name == "sqlite":
        fill(database, _made())
    else:
        schema.upgrade(database.engine)


def fill(database: Database, source: sqlite3.Connection) -> None:
    """Make a database of SQLite, where it is empty, a copy of `source`."""
    with closing(sqlite3.connect(database.path)) as found:
        if found.execute("SELECT name FROM sqlite_master").fetchone() is None:
            source.backup(found)


def kept(database: Database) -> sqlite3.Connection:
    """All that a database of SQLite has now, in memory."""
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(database.path)) as found:
        found.backup(copy)
    return copy


@cache
def _made() -> sqlite3.Connection:
    """What the migrations make."""
    with tempfile.TemporaryDirectory() as home:
        database = open_database(f"sqlite:///{Path(home) / 'ums.db'}")
        schema.upgrade(database.engine)
        made = kept(database)
        database.close()
    return made

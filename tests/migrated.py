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
    """Give an empty database its tables."""
    if database.engine.dialect.name != "sqlite":
        schema.upgrade(database.engine)
        return
    with closing(sqlite3.connect(database.path)) as empty:
        _made().backup(empty)


@cache
def _made() -> sqlite3.Connection:
    """What the migrations make, in memory."""
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    with tempfile.TemporaryDirectory() as home:
        database = open_database(f"sqlite:///{Path(home) / 'ums.db'}")
        schema.upgrade(database.engine)
        with closing(sqlite3.connect(database.path)) as made:
            made.backup(kept)
        database.close()
    return kept

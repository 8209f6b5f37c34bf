"""A small database for what stands below the tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.databases import databases
from ums.settings import Settings
from ums.store.db import Database, open_database


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Database]:
    """A database with one table of numbers, each of which it takes once."""
    opened = open_database(Settings(home=tmp_path, database_url=databases.url(tmp_path, empty=True)).database)
    with opened.write() as session:
        session.execute(text("CREATE TABLE notes (n INTEGER UNIQUE, twice INTEGER UNIQUE)"))
    yield opened
    opened.close()

"""A small database for what stands below the tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.factories import create_database
from ums.store.db import Database


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Database]:
    """A database with one table of numbers, each of which it takes once."""
    opened = create_database(tmp_path, empty=True)
    with opened.write() as session:
        session.execute(text("CREATE TABLE notes (n INTEGER UNIQUE, twice INTEGER UNIQUE)"))
    yield opened
    opened.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with one table of one number, which is 0."""
    opened = create_database(tmp_path, empty=True)
    with opened.write() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    yield opened
    opened.close()

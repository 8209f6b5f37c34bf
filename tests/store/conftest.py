"""A small database for what stands below the tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from ums.store.db import Database, open_database


@pytest.fixture
def notes(tmp_path: Path) -> Database:
    """A database with one table of numbers, each of which it takes once."""
    opened = open_database(f"sqlite:///{tmp_path / 'ums.db'}")
    with opened.write() as session:
        session.execute(text("CREATE TABLE notes (n INTEGER UNIQUE, twice INTEGER UNIQUE)"))
    return opened

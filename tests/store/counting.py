"""The number in the one table of `database`."""

from __future__ import annotations

from sqlalchemy import text

from ums.store.db import Database


def count(database: Database) -> int:
    with database.read() as session:
        return int(session.execute(text("SELECT n FROM counter")).scalar_one())


def add_one(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE counter SET n = n + 1"))

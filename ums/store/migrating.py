"""Bringing the tables up to this version's revision, by Alembic, which nothing else needs."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from ums.store import postgresql
from ums.store.schema import MIGRATIONS


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables up to `revision`, in one transaction."""
    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Take the tables back to `revision` (`"base"`: none), in one transaction."""
    _run(engine, lambda config: command.downgrade(config, revision))


def _run(engine: Engine, step: Callable[[Config], None]) -> None:
    """SQLite can't rebuild a table that others point at while foreign keys are watched, so they rest."""
    with engine.connect().execution_options(ums_begin="IMMEDIATE") as connection:
        _watch_foreign_keys(connection, on=False)
        try:
            with connection.begin():
                _be_alone(connection)
                step(_config(connection))
        finally:
            _watch_foreign_keys(connection, on=True)


def _be_alone(connection: Connection) -> None:
    """Where several may write at once, nobody does while the tables change, nor brings them up a second time."""
    if connection.dialect.name == "postgresql":
        postgresql.be_alone(connection)


def _watch_foreign_keys(connection: Connection, *, on: bool) -> None:
    """The pragma has no effect inside a transaction, so it goes to the driver's connection itself."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
        cursor.close()


def _config(connection: Connection) -> Config:
    config = Config(MIGRATIONS / "alembic.ini")
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config

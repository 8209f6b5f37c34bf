"""The tables' revision: which one the database has, and bringing it up to this version's."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from ums.store import postgresql

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaState(StrEnum):
    """How a database stands to this version of the gateway."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    """It was made by an older version: `ums db upgrade` brings it up."""
    AHEAD = "ahead"
    """It was made by a newer version, or is no database of ours: this version must not touch it."""


def state(engine: Engine) -> SchemaState:
    """How the database stands to this version."""
    scripts = ScriptDirectory.from_config(_config())
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None:
            foreign = set(inspect(connection).get_table_names()) - {"alembic_version"}
            return SchemaState.AHEAD if foreign else SchemaState.EMPTY
    if revision == scripts.get_current_head():
        return SchemaState.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return SchemaState.BEHIND if revision in known else SchemaState.AHEAD


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


def _config(connection: Connection | None = None) -> Config:
    config = Config(MIGRATIONS / "alembic.ini")
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config

"""The tables' revision: which one the database has, and bringing it up to this version's."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"
KEPT_IN = "alembic_version"
"""The table in which Alembic keeps the revision."""
_REVISION = text("SELECT version_num FROM alembic_version")


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
    with engine.connect() as connection:
        found = inspect(connection)
        revision = _revision(connection) if found.has_table(KEPT_IN) else None
        if revision is None:
            foreign = set(found.get_table_names()) - {KEPT_IN}
            return SchemaState.AHEAD if foreign else SchemaState.EMPTY
    if revision == revisions()[-1]:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if revision in revisions() else SchemaState.AHEAD


@cache
def revisions() -> Sequence[str]:
    """This version's and all before it, oldest first: each migration's file begins with its own, a number."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables up to `revision`, in one transaction."""
    from ums.store import migrating  # only here, for what it costs to load: Alembic, and its templates

    migrating.upgrade(engine, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the tables back to `revision` (`"base"`: none), in one transaction."""
    from ums.store import migrating

    migrating.downgrade(engine, revision)


def _revision(connection: Connection) -> str | None:
    """None where Alembic's table is empty."""
    found: str | None = connection.execute(_REVISION).scalar()
    return found

"""The migrations make exactly the tables that the models describe, and can take them away again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from ums.store.db import open_database
from ums.store.models import Base
from ums.store.schema import downgrade, upgrade


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    database = open_database(f"sqlite:///{tmp_path / 'migrated.db'}")
    yield database.engine
    database.close()


def indexes(engine: Engine) -> set[str]:
    """Every index as SQL, with the condition of a partial one, which Alembic doesn't compare."""
    with engine.connect() as connection:
        found = connection.scalars(text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
        return {" ".join(sql.replace('"', "").split()) for sql in found}


def test_migrations_equal_models(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    modelled = open_database(f"sqlite:///{tmp_path / 'modelled.db'}")
    Base.metadata.create_all(modelled.engine)
    assert indexes(engine) == indexes(modelled.engine)
    modelled.close()


def test_migrations_go_up_and_down_and_up_again(engine: Engine) -> None:
    upgrade(engine)
    downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(engine)
    assert set(Base.metadata.tables) < set(inspect(engine).get_table_names())

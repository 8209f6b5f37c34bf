"""The migrations make exactly the tables that the models describe, and can take them away again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, column, inspect, table, text
from sqlalchemy.orm import Session

from tests.factories import create_database
from ums.domain.policy import Policy
from ums.store import messages, routes
from ums.store.models import Base, DeliveryRow, MessageRow
from ums.store.schema import MIGRATIONS, downgrade, revisions, upgrade

pytestmark = pytest.mark.both_databases


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    database = create_database(tmp_path / "migrated", empty=True)
    yield database.engine
    database.close()


INDEXES = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
}


def indexes(engine: Engine) -> set[str]:
    """Every index as SQL, with the condition of a partial one, which Alembic doesn't compare."""
    with engine.connect() as connection:
        found = connection.scalars(text(INDEXES[engine.dialect.name]))
        return {" ".join(sql.replace('"', "").split()) for sql in found}


def test_migrations_equal_models(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    modelled = create_database(tmp_path / "modelled", empty=True)
    Base.metadata.create_all(modelled.engine)
    assert indexes(engine) == indexes(modelled.engine)
    modelled.close()


def test_revisions_are_those_of_the_migrations_in_their_order() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert [script.revision for script in scripts.walk_revisions()] == list(reversed(revisions()))


def test_migrations_go_up_and_down_and_up_again(engine: Engine) -> None:
    upgrade(engine)
    downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(engine)
    assert set(Base.metadata.tables) < set(inspect(engine).get_table_names())


OLD_ROWS: dict[str, dict[str, object]] = {
    "applications": {
        "id": 1, "name": "shop", "channel_key": "key", "sealed_secret": b"", "state": "open", "created_at": 5.0,
    },
    "channels": {
        "id": 1, "code": "app1", "type": "app", "name": "app1", "settings": "{}", "sealed_settings": b"",
        "version": 1, "state": "ready", "reason": "", "probes": 0, "created_at": 5.0, "refresh_notes": "{}",
    },
    "messages": {
        "id": 1, "msgid": "m1", "application_id": 1, "status": "sending", "rule_id": 0, "contents": "{}",
        "rule": '[{"channels": ["app"], "on": []}]', "priority": 2, "recipients": 1, "callback": "{}",
        "created_at": 7.0, "expires_at": 9.0,
    },
    "deliveries": {
        "id": 1, "message_id": 1, "userid": "zhangsan", "channel_id": 1, "endpoint": "message", "address": "a",
        "priority": 2, "status": "queued", "open": True, "reason": "", "provider_message": "", "step": 0,
        "due": 7.0, "expires_at": 9.0, "attempt": 0, "tries": 0, "calls": 0, "updated_at": 7.0,
    },
}  # fmt: skip
"""One of each, as version 0001 kept them."""


def test_what_an_older_version_kept_is_kept(engine: Engine) -> None:
    upgrade(engine, "0001")
    with engine.begin() as connection:
        for name, row in OLD_ROWS.items():
            connection.execute(table(name, *map(column, row)).insert().values(row))
    upgrade(engine)
    with Session(engine) as session:
        message, delivery = session.get_one(MessageRow, 1), session.get_one(DeliveryRow, 1)
        assert (message.start_at, message.audience, message.test) == (7.0, {}, False)
        assert (delivery.status, delivery.cause, delivery.look_at) == ("queued", "", None)
        assert messages.head(session, 1).rule.channels == {"app"}
        assert routes.sender(session, 1).policy == Policy()
    downgrade(engine, "0001")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM deliveries")) == 1


RETIRED = """
    INSERT INTO bindings (id, user_id, property, bind_id, value, state, cause, updated_at) VALUES
        (1, 1, 'wechatoa', 'oa1', 'o-left', 'retired', 'not_following (43004)', 70.5),
        (2, 1, 'wechatmp', 'mp1', 'o-dead', 'retired', 'invalid_address (40003)', 70.5),
        (3, 1, 'phone', 'all', '138', 'active', '', 70.5)
"""


def test_who_was_put_out_of_use_for_not_following_only_does_not_follow(engine: Engine) -> None:
    upgrade(engine, "0012")
    channel = {**OLD_ROWS["channels"], "code": "oa1", "type": "wechatoa"}
    with engine.begin() as connection:
        connection.execute(table("channels", *map(column, channel)).insert().values(channel))
        connection.execute(text("INSERT INTO users (id, userid, created_at) VALUES (1, 'zhangsan', 5)"))
        connection.execute(text(RETIRED))
    upgrade(engine)
    with engine.connect() as connection:
        states = connection.execute(text("SELECT state, cause FROM bindings ORDER BY id")).all()
        follows = connection.execute(text("SELECT channel_id, address, following, told_by, at FROM follows")).all()
    assert states == [("active", ""), ("retired", "invalid_address (40003)"), ("active", "")]
    assert follows == [(1, "o-left", 0, "refusal", 70.0)]

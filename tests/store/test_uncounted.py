"""PostgreSQL finds rows by their keys also where it hasn't counted them yet, as after an import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.databases import POSTGRESQL
from tests.factories import create_database
from tests.store.planning import plan_of
from ums.domain.credit import CreditPlace, Fate
from ums.store import credit_holds
from ums.store.credit_holds import Held
from ums.store.db import Database

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.parametrize("database_kind", [POSTGRESQL], indirect=True),
]
CHANNEL = """
    INSERT INTO channels (id, code, type, name, settings, sealed_settings, version, state, reason, probes,
                          created_at, refresh_notes)
    VALUES (1, 'mp1', 'wechatmp', '', '{}', '', 1, 'ready', '', 0, 0, '{}')
"""
CREDITS = """
    INSERT INTO credits (channel_id, address, template_id, balance, reserved, updated_at)
    SELECT 1, 'o' || i, 'template', 3, 1, 0 FROM generate_series(1, 60000) AS i
"""
HELD = [Held(number, CreditPlace(1, f"o{number}", "template")) for number in range(1, 9)]


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Database]:
    database = create_database(tmp_path)
    with database.write() as session:
        session.execute(text("ALTER TABLE credits SET (autovacuum_enabled = false)"))
        session.execute(text(CHANNEL))
        session.execute(text(CREDITS))
    yield database
    database.close()


def test_credits_are_found_by_address(imported: Database) -> None:
    for work in (
        lambda s: credit_holds.reserve(s, HELD, 1.0),
        lambda s: credit_holds.book(s, dict.fromkeys(HELD, Fate.SPENT), 1.0),
        lambda s: credit_holds.book(s, dict.fromkeys(HELD, Fate.RELEASED), 1.0),
    ):
        plan = plan_of(imported, work)
        assert "credits" not in plan.walked, plan
        assert "primary key" in plan.indexes, plan
        assert "ix_credits_channel_id_template_id_balance" not in plan.indexes, plan

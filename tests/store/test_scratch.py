"""A database for one measurement."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from tests.databases import SERVER
from ums.domain.errors import Unavailable
from ums.store.db import open_database
from ums.store.schema import SchemaState, state
from ums.store.scratch import scratch_database

BESIDE = f"{SERVER}/postgres"


@pytest.mark.postgresql
def test_it_is_empty_and_gone_afterwards_though_somebody_uses_it() -> None:
    with scratch_database(BESIDE) as url:
        database = open_database(url)
        assert state(database.engine) is SchemaState.EMPTY
        held = database.engine.connect()
    with pytest.raises(Unavailable, match="does not exist"), open_database(url).read() as session:
        session.connection()
    held.invalidate()
    database.close()
    assert make_url(url).host == make_url(BESIDE).host


def test_a_server_that_does_not_answer_is_told_of() -> None:
    with (
        pytest.raises(Unavailable, match="can't take this right now"),
        scratch_database("postgresql+psycopg://127.0.0.1:1/none"),
    ):
        raise AssertionError

"""How many rows the statements read by which messages share a lane: a few for each, however many are queued."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import TextClause, text

from tests.factories import create_application, create_channel, create_gateway
from ums.services.gateway import Gateway
from ums.store import outbox, shares
from ums.store.db import Session
from ums.store.outbox import Lane

pytestmark = pytest.mark.both_databases

QUEUED = 60_000
LANE = Lane(1, "message", 3)
VALUES = {
    **LANE._asdict(),
    "now": 200.0,
    "after": 0,
    "most": 64,
    "message_id": 2,
    "limit": 200,
    "owner": "w1",
    "ids": "[1,2]",
    "test": "(test)",
    "rich": 2,
    "credit": "t1",
}
_MESSAGES = """
    INSERT INTO messages (id, msgid, application_id, status, rule_id, rule, contents, priority, recipients,
        callback, audience, start_at, expanded_to, test, purged, created_at, expires_at)
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 3)
    SELECT number, 'm' || number, 1, 'sending', 0, '[]', '{}', 3, 1, '{}', '{}', 0, 0, false, '[]', 0, 1e12
    FROM numbers
"""
_QUEUE = """
    INSERT INTO deliveries (message_id, userid, channel_id, endpoint, address, priority, status, open, reason,
        provider_message, step, cause, due, expires_at, attempt, tries, calls, updated_at)
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < :size)
    SELECT :message, 'u' || number, 1, 'message', 'o' || :message || '-' || number, 3, 'queued', true, '',
        '', 0, '', :due, 1e12, 0, 0, 0, 0 FROM numbers
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A lane with a large message, a small one, and one that waits for its next try."""
    made = create_gateway(home=tmp_path)
    application = create_application(made)
    create_channel(made, grants=[application.name])
    with made.database.write() as session:
        session.execute(text(_MESSAGES))
        for message, size, due in ((1, QUEUED, 100.0), (2, 3, 150.0), (3, QUEUED // 10, 300.0)):
            session.execute(text(_QUEUE), {"message": message, "size": size, "due": due})
    if made.database.engine.dialect.name == "postgresql":
        with made.database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE deliveries")
    yield made
    made.close()


def plan(session: Session, statement: TextClause) -> str:
    postgresql = session.get_bind().dialect.name == "postgresql"
    how = "EXPLAIN (ANALYZE)" if postgresql else "EXPLAIN QUERY PLAN"
    rows = session.execute(text(f"{how} {statement.text}"), VALUES)
    return "\n".join(str(row[0 if postgresql else 3]) for row in rows)


def walks(told: str) -> bool:
    """Whether a plan reads more of the queue than it needs, or puts it in order."""
    return any(word in told for word in ("Seq Scan on deliveries", "SCAN deliveries", "Sort", "TEMP B-TREE"))


def test_a_look_goes_from_message_to_message_by_its_index(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        told = plan(session, shares._LOOK)
    assert told.count("ix_deliveries_share") == 3
    assert not walks(told)


def test_a_claim_of_a_message_reads_its_first_due_entries_alone(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        told = plan(session, shares._CLAIMING.for_(session))
    assert "ix_deliveries_share" in told
    assert not walks(told)


def test_a_claim_in_a_lane_still_walks_along_what_is_due(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        told = plan(session, outbox._CLAIMING.for_(session))
    assert "ix_deliveries_claim" in told
    assert "ix_deliveries_share" not in told
    assert not walks(told)


def test_the_look_at_all_lanes_reads_an_entry_for_each(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        told = plan(session, outbox._DUE)
    assert "ix_deliveries_claim" in told
    assert not walks(told)


def test_a_look_tells_which_messages_have_something_due(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        first, second, third = ((1, 1, 2), (2, QUEUED + 1, QUEUED + 2), (3, QUEUED + 4, QUEUED + 5))
        assert shares.look(session, LANE, 200.0, after=0, most=64) == ([first, second], None)
        assert shares.look(session, LANE, 400.0, after=0, most=64) == ([first, second, third], None)
        assert shares.look(session, LANE, 200.0, after=0, most=2) == ([first, second], 2)
        assert shares.look(session, LANE, 200.0, after=1, most=1) == ([second], 2)
        assert shares.look(session, LANE, 200.0, after=3, most=64) == ([], None)
        assert shares.look(session, LANE._replace(priority=1), 400.0, after=0, most=64) == ([], None)
        shares.claim(session, "w1", LANE, 2, now=200.0, limit=2)
        assert shares.look(session, LANE, 200.0, after=1, most=1) == ([(2, QUEUED + 3, None)], 2)


def test_a_claim_of_a_message_takes_no_more_than_it_may(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        taken = shares.claim(session, "w1", LANE, 1, now=200.0, limit=2)
        assert [(one.message_id, one.userid) for one in taken] == [(1, "u1"), (1, "u2")]
        assert len(shares.claim(session, "w1", LANE, 2, now=200.0, limit=7)) == 3
        assert shares.claim(session, "w1", LANE, 3, now=200.0, limit=7) == []


def test_those_that_a_look_has_told_of_are_taken_in_one_statement(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        taken = shares.claim_these(session, "w1", [1, QUEUED + 1], now=200.0)
        assert sorted(one.id for one in taken) == [1, QUEUED + 1]
        assert shares.claim_these(session, "w2", [1], now=200.0) == []
        assert shares.claim_these(session, "w2", [2], now=1e13) == []


@pytest.mark.sqlite
def test_they_are_found_by_their_numbers(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        told = plan(session, shares._CLAIMING_THESE.for_(session))
    assert "SEARCH waiting USING INTEGER PRIMARY KEY" in told
    assert not walks(told)

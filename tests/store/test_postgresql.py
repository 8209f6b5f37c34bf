"""What PostgreSQL needs beside what every database promises."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count as count_from
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.databases import POSTGRESQL
from tests.factories import create_database
from tests.store.counting import add_one, count
from ums.domain.errors import Unavailable
from ums.store import locks, postgresql
from ums.store.db import Database, Session, open_database
from ums.store.direct import fetched, run

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.parametrize("database_kind", [POSTGRESQL], indirect=True, scope="function"),
]

PATIENCE = 20.0


@pytest.fixture
def impatient(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The same database, for those who wait for a moment only."""
    monkeypatch.setattr(postgresql, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(postgresql, "FROZEN_SECONDS", 0.1)
    opened = create_database(tmp_path, empty=True)
    yield opened
    opened.close()


def add(session: Session) -> None:
    session.execute(text("UPDATE counter SET n = n + 1"))


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    nowhere = open_database("postgresql+psycopg://127.0.0.1:9/ums")
    with pytest.raises(Unavailable) as refused:
        count(nowhere)
    assert (refused.value.status, refused.value.retry_after) == (503, 2)
    with pytest.raises(Unavailable):
        nowhere.write_together(add)


def test_who_writes_alone_keeps_all_others_out(database: Database, impatient: Database) -> None:
    with database.write():
        with pytest.raises(Unavailable):
            add_one(impatient)
        with pytest.raises(Unavailable), impatient.write_beside():
            pass
        assert count(impatient) == 0
    impatient.write_together(add)
    assert count(database) == 1


def test_who_writes_beside_others_keeps_out_only_who_wants_to_be_alone(
    database: Database, impatient: Database
) -> None:
    with database.write_beside() as session:
        session.execute(text("SELECT 1"))
        impatient.write_together(add)
        with pytest.raises(Unavailable):
            add_one(impatient)
    assert count(database) == 1


def test_who_has_another_place_waits_for_less_than_others_and_tells_nobody(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with database.write(), pytest.raises(Unavailable):
        database.write_promptly(add)
    assert caplog.text == ""
    database.write_promptly(add)
    assert count(database) == 1


def test_two_who_wait_for_each_other_both_come_through(database: Database) -> None:
    meet = threading.Barrier(2)

    def cross(first: str, second: str) -> None:
        tries = count_from(1)

        def work(session: Session) -> None:
            locks.hold(session, first)
            if next(tries) == 1:
                meet.wait(PATIENCE)
            locks.hold(session, second)
            add(session)

        database.write_together(work)

    others = [threading.Thread(target=cross, args=names) for names in (("a", "b"), ("b", "a"))]
    for other in others:
        other.start()
    for other in others:
        other.join(PATIENCE)
    assert count(database) == 2


def test_a_session_for_looking_writes_nothing(database: Database) -> None:
    with pytest.raises(Unavailable, match="read-only"), database.read() as session:
        add(session)
    assert count(database) == 0


def test_a_server_that_was_started_anew_is_connected_to_anew(database: Database, impatient: Database) -> None:
    add_one(database)
    with impatient.write() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    add_one(database)
    assert count(database) == 2


def test_a_connection_that_ends_during_a_statement_is_let_go_of(database: Database) -> None:
    ending = text("SELECT pg_terminate_backend(pg_backend_pid())")
    for way in (database.read, database.write, database.write_beside):
        with pytest.raises(Unavailable), way() as session:
            fetched(session, ending, {}, bool)
        add_one(database)
    assert count(database) == 3


def test_what_the_server_says_of_a_statement_quotes_no_row(database: Database) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE people (openid TEXT PRIMARY KEY)"))
        session.execute(text("INSERT INTO people VALUES ('oSecretOpenid')"))
    add_person = text("INSERT INTO people VALUES (:openid)")
    with pytest.raises(IntegrityError, match="people_pkey") as refused, database.write() as session:
        run(session, add_person, {"openid": "oSecretOpenid"})
    assert "oSecretOpenid" not in str(refused.value)


def test_a_transaction_in_which_nothing_happens_is_undone(database: Database, impatient: Database) -> None:
    with pytest.raises(Unavailable):
        fall_asleep(impatient, database)
    assert count(database) == 1


def fall_asleep(sleeper: Database, other: Database) -> None:
    with sleeper.write() as session:
        add(session)
        add_one(other)  # waits until the server has had enough of the sleeper
        add(session)


def test_a_text_with_a_nul_is_kept_with_a_mark_in_its_place(database: Database) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE words (word TEXT)"))
        session.execute(text("INSERT INTO words VALUES (:word)"), {"word": "a\0b"})
        assert session.execute(text("SELECT word FROM words")).scalar_one() == "a\ufffdb"


def test_a_watch_tells_what_others_have_committed(database: Database) -> None:
    watch = database.watch()
    watch.changed()
    add_one(database)
    assert watch.changed()
    assert watch.changed()  # once more: it might have looked a moment too soon

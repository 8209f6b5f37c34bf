"""Statements that are sent to a PostgreSQL together."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.databases import POSTGRESQL
from tests.store.counting import add_one, count
from ums.domain.errors import Unavailable
from ums.store import pipelining
from ums.store.bulk import ForAll, change_all, run_all
from ums.store.db import Database, Session
from ums.store.direct import fetched, foresee, gathered, run

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.parametrize("database_kind", [POSTGRESQL], indirect=True, scope="function"),
]

ADD = text("UPDATE counter SET n = n + :more")
LOOK = text("SELECT n, :word FROM counter")
CHANGE = ForAll("UPDATE counter SET n = n + :more WHERE n IN ({rows})", ("INTEGER",))
ONCE = ForAll("INSERT INTO once SELECT column1 FROM ({rows}) AS given", ("INTEGER",))

Work = Callable[[Session], object]


class Missed(Exception):
    """Raised where a row wasn't changed."""


@pytest.fixture
def database(database: Database) -> Database:
    with database.write() as session:
        session.execute(text("CREATE TABLE once (number INTEGER PRIMARY KEY)"))
    return database


def look(session: Session) -> int:
    ((n, _),) = fetched(session, LOOK, {"word": "%"}, lambda *row: row)
    return int(n)


def test_each_statement_sees_what_was_sent_before_whichever_way_it_takes(database: Database) -> None:
    with database.write_beside() as session, gathered(session):
        run(session, ADD, {"more": 1})
        assert look(session) == 1
        run(session, ADD, {"more": 2})
        assert session.execute(text("UPDATE counter SET n = n + 4 RETURNING n")).scalar_one() == 7
        run(session, ADD, {"more": 8})
    assert count(database) == 15


def gathering(database: Database, *works: Work) -> None:
    """One transaction in which nothing is waited for that isn't looked at."""
    with database.write_beside() as session, gathered(session):
        for work in works:
            work(session)


def waiting(database: Database, *works: Work) -> None:
    with database.write_beside() as session:
        for work in works:
            work(session)


def twice(session: Session) -> None:
    run(session, ADD, {"more": 1})
    run_all(session, ONCE, {}, [(1,), (1,)])
    run(session, ADD, {"more": 1})


def miss(session: Session) -> None:
    change_all(session, CHANGE, {"more": 1}, [(0,), (99,)], Missed)


def hit(session: Session) -> None:
    change_all(session, CHANGE, {"more": 1}, [(0,)], Missed)


@pytest.mark.parametrize(
    "listen",
    [lambda _: None, look, lambda session: session.execute(text("SELECT 1"))],
    ids=["end", "look", "engine"],
)
def test_what_is_refused_undoes_everything_wherever_it_is_heard_of(database: Database, listen: Work) -> None:
    with pytest.raises(IntegrityError, match="once_pkey"):
        gathering(database, twice, listen)
    add_one(database)
    assert count(database) == 1


@pytest.mark.parametrize("way", [gathering, waiting])
def test_a_row_that_was_missed_comes_before_what_went_wrong_for_that_reason(
    database: Database, way: Callable[..., None]
) -> None:
    with pytest.raises(Missed):
        way(database, miss, twice)
    way(database, hit)
    assert count(database) == 1


def test_what_was_foreseen_is_asked_anew_once_the_engine_has_changed_it(database: Database) -> None:
    with database.write_beside() as session, gathered(session):
        foresee(session, LOOK, {"word": "%"})
        run(session, ADD, {"more": 1})
        session.execute(text("INSERT INTO once VALUES (1)"))
        assert look(session) == 0
        session.execute(text("UPDATE counter SET n = n + 1"))
        assert look(session) == 2


def test_the_server_may_end_a_connection_amid_what_was_sent(database: Database) -> None:
    ending = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(Unavailable):
        gathering(database, hit, lambda session: run(session, ending, {}), hit)
    add_one(database)
    assert count(database) == 1


def test_a_connection_keeps_some_statements_prepared_and_no_more(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelining, "MOST_PREPARED", 4)
    statements = [text(f"{ADD.text} + {number}") for number in range(6)]
    for _ in range(2):
        for statement in statements:
            with database.write_beside() as session:
                run(session, statement, {"more": 1})
                ((kept,),) = session.execute(text("SELECT COUNT(*) FROM pg_prepared_statements")).all()
                assert kept <= 4
    assert count(database) == 2 * (6 + sum(range(6)))


def test_a_refusal_that_a_savepoint_undoes_leaves_the_rest(database: Database) -> None:
    with database.write_beside() as session:
        run(session, ADD, {"more": 1})
        with pytest.raises(IntegrityError), session.begin_nested():
            twice(session)
        run(session, ADD, {"more": 2})
    assert count(database) == 3

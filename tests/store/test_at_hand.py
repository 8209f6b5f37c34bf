"""The Sessions and connections that are kept from one use to the next."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import Column, MetaData, Table
from sqlalchemy.types import Integer

from ums.domain.errors import Unavailable
from ums.store.bulk import fetched, insert_alike
from ums.store.db import Database, Session, open_database

ALL = text("SELECT n FROM notes ORDER BY n")
ADD = text("INSERT INTO notes (n) VALUES (:n) RETURNING n")
NOTES = Table("notes", MetaData(), Column("n", Integer), Column("twice", Integer))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    opened = open_database(f"sqlite:///{tmp_path / 'ums.db'}")
    with opened.write() as session:
        session.execute(text("CREATE TABLE notes (n INTEGER UNIQUE, twice INTEGER UNIQUE)"))
    return opened


def noted(session: Session) -> list[int]:
    return fetched(session, ALL, {}, int)


def add(session: Session, number: int) -> int:
    return fetched(session, ADD, {"n": number}, int)[0]


def test_a_look_sees_what_was_written_just_before(database: Database) -> None:
    for number in range(3):
        database.write_together(partial(add, number=number))
        with database.read() as session:
            assert noted(session) == list(range(number + 1))


def test_a_session_within_another_is_one_of_its_own(database: Database) -> None:
    with database.read() as outer:
        outer.execute(ALL)
        with database.read() as inner:
            assert inner is not outer
            assert noted(inner) == []
        assert outer.in_transaction()
    assert not outer.in_transaction()


def test_a_session_for_looking_writes_nothing(database: Database) -> None:
    with pytest.raises(Unavailable, match="readonly"), database.read() as session:
        add(session, 1)
    with database.read() as session:
        session.execute(text("INSERT INTO notes (n) VALUES (2)"))
    with database.read() as session:
        assert noted(session) == []


def test_the_driver_and_the_orm_write_in_one_transaction(database: Database) -> None:
    def both(session: Session) -> None:
        add(session, 1)
        session.execute(text("INSERT INTO notes (n) VALUES (2)"))
        assert noted(session) == [1, 2]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write_together(both)
    database.write_together(lambda session: add(session, 3))
    with database.read() as session:
        assert noted(session) == [3]


def test_the_drivers_troubles_are_told_as_the_engine_tells_them(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        database.write_together(lambda session: [add(session, 4711), add(session, 4711)])
    assert "INSERT INTO notes" in str(caught.value)
    assert "4711" not in str(caught.value)
    with database.read() as session:
        assert noted(session) == []


def test_rows_of_which_one_is_refused_are_not_stored_in_part(database: Database) -> None:
    with pytest.raises(IntegrityError):
        database.write_together(
            lambda session: insert_alike(session, NOTES, {}, ("n", "twice"), [(n, n % 700) for n in range(800)])
        )
    with database.read() as session:
        assert noted(session) == []


def test_every_thread_looks_with_a_session_of_its_own(database: Database) -> None:
    seen: list[Session] = []

    def look() -> None:
        with database.read() as session:
            seen.append(session)

    with database.read() as mine:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen[0] is not mine


def test_rows_alike_are_stored_whatever_their_number(database: Database) -> None:
    for number in (0, 1, 7, 600, 1200):
        rows = [(1_000_000 * number + n,) for n in range(number)]
        database.write_together(partial(insert_alike, table=NOTES, same={"twice": None}, names=("n",), rows=rows))
        with database.read() as session:
            assert [n for n in noted(session) if n // 1_000_000 == number] == [n for (n,) in rows]


def test_rows_alike_have_their_common_values(database: Database) -> None:
    database.write_together(partial(insert_alike, table=NOTES, same={"twice": 7}, names=("n",), rows=[(3,)]))
    with database.write() as session:
        insert_alike(session, NOTES, {"n": 4}, ("twice",), [(8,)])
    with database.read() as session:
        assert session.execute(text("SELECT n, twice FROM notes ORDER BY n")).all() == [(3, 7), (4, 8)]

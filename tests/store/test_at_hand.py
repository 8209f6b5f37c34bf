"""The Sessions and connections that are kept from one use to the next."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import Column, MetaData, Table
from sqlalchemy.types import Integer

from ums.domain.errors import Unavailable
from ums.store.bulk import insert_alike
from ums.store.db import Database, Session
from ums.store.direct import fetched

pytestmark = pytest.mark.both_databases

ALL = text("SELECT n FROM notes ORDER BY n")
ADD = text("INSERT INTO notes (n) VALUES (:n) RETURNING n")
NOTES = Table("notes", MetaData(), Column("n", Integer), Column("twice", Integer))


def noted(session: Session) -> list[int]:
    return fetched(session, ALL, {}, int)


def add(session: Session, number: int) -> int:
    return fetched(session, ADD, {"n": number}, int)[0]


def test_a_look_sees_what_was_written_just_before(notes: Database) -> None:
    for number in range(3):
        notes.write_together(partial(add, number=number))
        with notes.read() as session:
            assert noted(session) == list(range(number + 1))


def test_a_session_within_another_is_one_of_its_own(notes: Database) -> None:
    with notes.read() as outer:
        outer.execute(ALL)
        with notes.read() as inner:
            assert inner is not outer
            assert noted(inner) == []
        assert outer.in_transaction()
    assert not outer.in_transaction()


@pytest.mark.sqlite
def test_a_session_for_looking_writes_nothing(notes: Database) -> None:
    with pytest.raises(Unavailable, match="readonly"), notes.read() as session:
        add(session, 1)
    with notes.read() as session:
        session.execute(text("INSERT INTO notes (n) VALUES (2)"))
    with notes.read() as session:
        assert noted(session) == []


def test_the_driver_and_the_orm_write_in_one_transaction(notes: Database) -> None:
    def both(session: Session) -> None:
        add(session, 1)
        session.execute(text("INSERT INTO notes (n) VALUES (2)"))
        assert noted(session) == [1, 2]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        notes.write_together(both)
    notes.write_together(lambda session: add(session, 3))
    with notes.read() as session:
        assert noted(session) == [3]


def test_the_drivers_troubles_are_told_as_the_engine_tells_them(notes: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        notes.write_together(lambda session: [add(session, 4711), add(session, 4711)])
    assert "INSERT INTO notes" in str(caught.value)
    assert "4711" not in str(caught.value)
    with notes.read() as session:
        assert noted(session) == []


@pytest.mark.sqlite
def test_troubles_with_a_later_row_are_told_so_too(notes: Database) -> None:
    overflow = text("SELECT abs(n) FROM (SELECT 1 AS n UNION ALL SELECT -9223372036854775807 - 1)")
    with pytest.raises(Unavailable, match="integer overflow"), notes.read() as session:
        fetched(session, overflow, {}, int)


def test_rows_of_which_one_is_refused_are_not_stored_in_part(notes: Database) -> None:
    with pytest.raises(IntegrityError):
        notes.write_together(
            lambda session: insert_alike(session, NOTES, {}, ("n", "twice"), [(n, n % 700) for n in range(800)])
        )
    with notes.read() as session:
        assert noted(session) == []


def test_every_thread_looks_with_a_session_of_its_own(notes: Database) -> None:
    seen: list[Session] = []

    def look() -> None:
        with notes.read() as session:
            seen.append(session)

    with notes.read() as mine:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen[0] is not mine


def test_rows_alike_are_stored_whatever_their_number(notes: Database) -> None:
    for number in (0, 1, 7, 600, 1200):
        rows = [(1_000_000 * number + n,) for n in range(number)]
        notes.write_together(partial(insert_alike, table=NOTES, same={"twice": None}, names=("n",), rows=rows))
        with notes.read() as session:
            assert [n for n in noted(session) if n // 1_000_000 == number] == [n for (n,) in rows]


def test_rows_alike_have_their_common_values(notes: Database) -> None:
    notes.write_together(partial(insert_alike, table=NOTES, same={"twice": 7}, names=("n",), rows=[(3,)]))
    with notes.write() as session:
        insert_alike(session, NOTES, {"n": 4}, ("twice",), [(8,)])
    with notes.read() as session:
        assert session.execute(text("SELECT n, twice FROM notes ORDER BY n")).all() == [(3, 7), (4, 8)]

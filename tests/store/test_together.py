from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text

from ums.domain.errors import Unavailable
from ums.store.db import Database, Session


def note(session: Session, number: int) -> int:
    session.execute(text("INSERT INTO notes (n) VALUES (:n)"), {"n": number})
    return number


def noted(database: Database) -> list[int]:
    with database.read() as session:
        return list(session.execute(text("SELECT n FROM notes ORDER BY n")).scalars())


def test_everybody_gets_his_own_answer(notes: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: notes.write_together(lambda session: note(session, n)), range(200)))
    assert answers == list(range(200)) == noted(notes)


def test_those_who_wait_share_one_commit(notes: Database) -> None:
    commits: list[object] = []
    event.listen(notes.engine, "commit", commits.append)
    begun, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> int:
        begun.set()
        go_on.wait(10)
        return note(session, 0)

    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(notes.write_together, slow)
        begun.wait(10)
        others = [pool.submit(notes.write_together, lambda s, n=n: note(s, n)) for n in range(1, 9)]
        while len(notes._together._line) < 8:
            threading.Event().wait(0.01)
        go_on.set()
        assert [first.result(), *(other.result() for other in others)] == list(range(9))
    assert len(commits) == 2


def test_one_that_fails_takes_nobody_with_it(notes: Database) -> None:
    def broken(session: Session) -> int:
        note(session, 100)
        raise ZeroDivisionError

    with ThreadPoolExecutor(8) as pool:
        works = [broken if n % 3 == 0 else (lambda s, n=n: note(s, n)) for n in range(30)]
        done = [pool.submit(notes.write_together, work) for work in works]
    for n, future in enumerate(done):
        assert type(future.exception()) is (ZeroDivisionError if n % 3 == 0 else type(None))
    assert noted(notes) == [n for n in range(30) if n % 3]


def test_a_database_that_refuses_refuses_everybody(notes: Database) -> None:
    with notes.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA query_only=ON")
    with pytest.raises(Unavailable):
        notes.write_together(lambda session: note(session, 1))
    assert noted(notes) == []

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text

from ums.domain.errors import Unavailable
from ums.store import at_hand
from ums.store.db import Database, Session
from ums.store.sqlite import Sqlite

pytestmark = pytest.mark.sqlite


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


class Held:
    """A work that lets the test go on, and waits for it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, session: Session) -> int:
        self.begun.set()
        assert self.go_on.wait(10)
        return note(session, self.number)


def in_line(database: Database, number: int) -> None:
    """Wait until so many stand in line."""
    assert isinstance(database, Sqlite)
    while len(database._together._line) < number:
        threading.Event().wait(0.01)


@pytest.mark.parametrize(("others", "commits"), [(8, 1), (150, 2)])
def test_those_who_come_before_the_commit_share_it(notes: Database, others: int, commits: int) -> None:
    made: list[object] = []
    event.listen(notes.engine, "commit", made.append)
    slow = Held(0)
    with ThreadPoolExecutor(others + 1) as pool:
        first = pool.submit(notes.write_together, slow)
        slow.begun.wait(10)
        came = [pool.submit(notes.write_together, lambda s, n=n: note(s, n)) for n in range(1, others + 1)]
        in_line(notes, others)
        slow.go_on.set()
        answers = [first.result(), *(other.result() for other in came)]
    assert answers == list(range(others + 1)) == noted(notes)
    assert len(made) == commits


def test_who_is_done_does_not_wait_for_those_who_come_too_late(notes: Database) -> None:
    first, late = Held(0), Held(2)
    came: list[Future[int]] = []

    def come(_: object) -> None:
        if not came:
            came.append(pool.submit(notes.write_together, late))
            in_line(notes, 1)

    event.listen(notes.engine, "commit", come)
    with ThreadPoolExecutor(3) as pool:
        one = pool.submit(notes.write_together, first)
        first.begun.wait(10)
        two = pool.submit(notes.write_together, lambda session: note(session, 1))
        in_line(notes, 1)
        first.go_on.set()
        assert (one.result(10), two.result(10)) == (0, 1)
        assert late.begun.wait(10)
        assert not came[0].done()
        late.go_on.set()
        assert came[0].result(10) == 2


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


def test_what_is_written_together_is_on_the_disk_before_anybody_is_told(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test can cut the power: the call that brings the log to the disk is looked at instead."""
    synced: list[tuple[int, list[int]]] = []

    def sync(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_ino, noted(notes)))

    monkeypatch.setattr(at_hand, "_SYNC", sync)
    assert notes.write_together(lambda session: note(session, 1)) == 1
    notes.make_sure()
    log = Path(f"{notes.path}-wal").stat().st_ino
    assert synced == [(log, [1]), (log, [1])]


def test_others_have_the_turn_while_the_disk_is_waited_for(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(_: int) -> None:
        with notes.write() as session:
            note(session, 2)

    monkeypatch.setattr(at_hand, "_SYNC", sync)
    notes.write_together(lambda session: note(session, 1))
    assert noted(notes) == [1, 2]


def test_a_disk_that_fails_is_told_to_all_who_wrote(notes: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def sync(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(at_hand, "_SYNC", sync)
    slow = Held(0)
    with ThreadPoolExecutor(3) as pool:
        writes = [pool.submit(notes.write_together, slow)]
        slow.begun.wait(10)
        writes += [pool.submit(notes.write_together, lambda s, n=n: note(s, n)) for n in (1, 2)]
        in_line(notes, 2)
        slow.go_on.set()
        for write in writes:
            with pytest.raises(Unavailable, match="Input/output error"):
                write.result(30)

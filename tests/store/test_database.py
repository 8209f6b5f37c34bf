"""What every database promises, whichever it is."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.store.counting import count
from ums.store.db import Database

pytestmark = pytest.mark.both_databases

PROCESSES = 4
ROUNDS = 100

WRITER = """
import sys
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from ums.store.db import open_database
database = open_database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.write() as session:
        found = session.execute(text("SELECT n FROM counter")).scalar_one()
        session.execute(text("UPDATE counter SET n = :n"), {"n": found + 1})
"""


def test_processes_that_read_and_write_one_row_lose_nothing(database: Database) -> None:
    url = str(database.engine.url)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, url, str(ROUNDS)]) for _ in range(PROCESSES)]
    assert [writer.wait(60) for writer in writers] == [0] * PROCESSES
    assert count(database) == PROCESSES * ROUNDS


def test_a_transaction_that_raises_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        break_off(database)
    assert count(database) == 0


def break_off(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE counter SET n = 7"))
        raise ZeroDivisionError


def test_a_writer_waits_for_another_one(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write() as session:
            session.execute(text("UPDATE counter SET n = n + 1"))
            begun.set()
            go_on.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    begun.wait(10)
    threading.Timer(0.1, go_on.set).start()
    with database.write() as session:
        session.execute(text("UPDATE counter SET n = n * 10"))
    holder.join()
    assert count(database) == 10


def test_a_fault_of_what_was_asked_is_no_trouble_of_the_database(database: Database) -> None:
    with database.write() as session:
        session.execute(text("CREATE UNIQUE INDEX one ON counter (n)"))
    with pytest.raises(IntegrityError) as refused, database.write() as session:
        session.execute(text("INSERT INTO counter VALUES (:n), (:n)"), {"n": 4711})
    assert "counter" in str(refused.value)
    assert "4711" not in f"{refused.value!s}{refused.value.orig!s}"

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.store.counting import add_one, count
from ums.domain.errors import Unavailable
from ums.store import sqlite
from ums.store.db import Database, open_database

LOOKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(*connection.execute("SELECT COUNT(*) FROM t"))
connection.close()
"""

pytestmark = pytest.mark.sqlite


def test_a_database_that_stays_locked_is_unavailable(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    with database.write() as session:
        session.execute(text("UPDATE counter SET n = 7"))
        with pytest.raises(Unavailable) as refused:
            add_one(database)
    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (503, 5030, 2)


def test_where_one_waited_in_vain_the_next_waits_shorter(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr(sqlite, "BLOCKED_SECONDS", 0.0)
    with database.write() as session:
        session.execute(text("UPDATE counter SET n = 7"))
        with pytest.raises(Unavailable):
            add_one(database)
        monkeypatch.setattr(sqlite, "BUSY_SECONDS", 3600.0)
        with pytest.raises(Unavailable):
            add_one(database)
    add_one(database)
    assert count(database) == 8


def test_who_has_another_place_waits_for_less_than_others_and_tells_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 3600.0)
    with database.write() as session:
        session.execute(text("UPDATE counter SET n = 7"))
        with pytest.raises(Unavailable):
            database.write_promptly(lambda other: other.execute(text("UPDATE counter SET n = 8")))
        monkeypatch.setattr(sqlite, "PROMPT_SECONDS", 3600.0)
        with pytest.raises(Unavailable):
            database.write_promptly(lambda other: other.execute(text("UPDATE counter SET n = 9")))
    assert caplog.text == ""
    database.write_promptly(lambda session: session.execute(text("UPDATE counter SET n = n + 1")))
    assert count(database) == 8


def test_a_damaged_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "ums.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(Unavailable, match="is damaged"):
        count(open_database(f"sqlite:///{tmp_path / 'ums.db'}"))


def test_the_files_are_their_owners_alone(database: Database, tmp_path: Path) -> None:
    add_one(database)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("ums.db", "ums.db-wal", "ums.db-shm", "ums.db-pressing"), 0o600)


def test_a_full_database_is_unavailable_and_keeps_what_it_has(database: Database) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE ballast (words TEXT)"))
    with pytest.raises(Unavailable):
        overfill(database)
    assert count(database) == 0


def overfill(database: Database) -> None:
    with database.write() as session:
        session.execute(text("PRAGMA max_page_count = 4"))
        session.execute(text("UPDATE counter SET n = 5"))
        for _ in range(50):
            session.execute(text("INSERT INTO ballast VALUES (:words)"), {"words": "x" * 4000})


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)], ids=str
)
def test_every_connection_has_the_settings_that_keep_data(database: Database, pragma: str, value: object) -> None:
    with database.read() as session:
        assert session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_opening_it_again_in_one_process_lets_nobody_else_take_its_log_away(tmp_path: Path) -> None:
    """To close a file, even one that was opened apart from SQLite, gives back all of a process's locks on it."""
    url = f"sqlite:///{tmp_path / 'ums.db'}"
    first = open_database(url)
    with first.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (number INTEGER)")
    second = open_database(url)
    found = []
    for number in range(2):
        with first.engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES (?)", (number,))
        command = [sys.executable, "-c", LOOKER, str(tmp_path / "ums.db")]
        found.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    assert found == ["(1,)", "(2,)"]
    second.close()
    first.close()

"""A day's broadcasts can't be overrun, however many processes make them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import create_application, create_gateway
from ums.store import broadcasts

pytestmark = pytest.mark.both_databases

PROCESSES, ROUNDS, MOST = 4, 40, 50

CALLER = """
import sys
from ums.store import broadcasts
from ums.store.db import open_database
database = open_database(sys.argv[1])
made = 0
for _ in range(int(sys.argv[3])):
    with database.write() as session:
        made += broadcasts.count(session, int(sys.argv[2]), "2027-01-15", int(sys.argv[4]))
print(made)
"""


def test_processes_that_count_at_once_stop_at_the_limit(tmp_path: Path) -> None:
    gateway = create_gateway(home=tmp_path)
    application = create_application(gateway)
    words = [gateway.settings.database, str(application.id), str(ROUNDS), str(MOST)]
    command = [sys.executable, "-c", CALLER, *words]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    made = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(made) == MOST
    with gateway.database.read() as session:
        assert broadcasts.made(session, application.id, "2027-01-15") == MOST
        assert broadcasts.made(session, application.id, "2027-01-16") == 0
    gateway.close()


def test_what_is_undone_is_not_counted_and_old_days_are_dropped(tmp_path: Path) -> None:
    gateway = create_gateway(home=tmp_path)
    application = create_application(gateway).id
    with gateway.database.write() as session:
        assert broadcasts.count(session, application, "2027-01-14", 1)
        assert broadcasts.count(session, application, "2027-01-15", 1)
        assert not broadcasts.count(session, application, "2027-01-15", 1)
    with gateway.database.write() as session:
        assert broadcasts.count(session, application, "2027-01-16", 1)
        session.rollback()
    with gateway.database.write() as session:
        broadcasts.forget(session, "2027-01-15")
    with gateway.database.read() as session:
        found = [broadcasts.made(session, application, f"2027-01-{day}") for day in (14, 15, 16)]
    assert found == [0, 1, 0]
    gateway.close()

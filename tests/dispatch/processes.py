"""Sending processes of their own, and a crowd for them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import update

from tests.dispatch.stage import Stage
from ums.domain.errors import Unavailable
from ums.store.db import Database
from ums.store.models import EndpointRow

LEASE = 1.5


@contextmanager
def worker(stage: Stage, lease: float = LEASE, in_flight: int = 64) -> Iterator[subprocess.Popen[bytes]]:
    settings = stage.gateway.settings
    arguments = (str(settings.home), str(lease), str(in_flight), settings.database_url)
    command = [sys.executable, "-m", "tests.dispatch.worker_process", *arguments]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def freeze(database: Database, process: subprocess.Popen[bytes]) -> None:
    """Have it sleep, but not with the one turn to write in its hands: SQLite would let nobody else write."""
    while True:
        process.send_signal(signal.SIGSTOP)
        try:
            return database.write_promptly(lambda _: None)
        except Unavailable:
            process.send_signal(signal.SIGCONT)


def people(stage: Stage, count: int) -> list[str]:
    return [stage.user(f"u{number}", app=f"fake-{number}") for number in range(count)]


def unlimited(stage: Stage) -> None:
    with stage.gateway.database.write() as session:
        session.execute(update(EndpointRow).values(rate=0.0))

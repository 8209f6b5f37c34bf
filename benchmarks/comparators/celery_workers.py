"""Real Celery workers on a real broker, and a task published for each recipient."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.stand_in import StandIn, openid
from ums.store.scratch import scratch_database

if TYPE_CHECKING:
    import psycopg

START_SECONDS = 60.0
STOP_SECONDS = 20.0
STALLED_SECONDS = 60.0
POLL_SECONDS = 0.02
ROOT = Path(__file__).parents[2]


class CeleryFailed(Exception):
    """The workers didn't start, or stopped working; the text says what their log says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """How the workers run: Celery's own default where nothing is given."""

    broker: str
    pool: str = "prefork"
    concurrency: int | None = None
    keeps_connection: bool = False


def celery_sends(stand_in: StandIn, calls: int, workers: Workers) -> float:
    """Seconds from the first published task until the last call is answered."""
    with _working(workers) as queue:
        began = time.monotonic()
        _publish(queue, "bench.send", calls, (stand_in.url, stand_in.token), workers)
        _await(lambda: stand_in.counted().sent, calls)
        return time.monotonic() + stand_in.latency - began


def celery_sends_and_notes(stand_in: StandIn, calls: int, workers: Workers, server: str) -> float:
    """Seconds from the first published task until the last is noted, in a database of its own on `server`."""
    with scratch_database(server) as url, _noting(url, calls) as notes, _working(workers) as queue:
        began = time.monotonic()
        given = (stand_in.url, stand_in.token)
        _publish(queue, "bench.send_and_note", calls, given, workers, database=_plain(url))
        _await(lambda: _noted(notes), calls)
        return time.monotonic() - began


@contextmanager
def _working(workers: Workers) -> Iterator[str]:
    """Workers that are ready, on a queue of their own, which is removed in the end. Raises CeleryFailed."""
    from benchmarks.comparators.celery_tasks import app

    app.conf.update(broker_url=workers.broker)
    queue = f"ums-bench-{secrets.token_hex(6)}"
    with tempfile.TemporaryDirectory(prefix="ums-celery-") as home:
        log = Path(home) / "workers.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", *_arguments(workers, queue)],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _await_ready(process, queue, log)
            yield queue
        finally:
            _end(process)
            _remove(queue)


def _arguments(workers: Workers, queue: str) -> Iterator[str]:
    yield from ("--app=benchmarks.comparators.celery_tasks", f"--broker={workers.broker}", f"--workdir={ROOT}")
    yield from ("worker", "--loglevel=warning", f"--queues={queue}", f"--hostname={queue}@bench")
    yield from ("--without-gossip", "--without-mingle", f"--pool={workers.pool}")
    if workers.concurrency is not None:
        yield f"--concurrency={workers.concurrency}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Gracefully, and at last with all its processes."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await_ready(process: subprocess.Popen[bytes], queue: str, log: Path) -> None:
    from benchmarks.comparators.celery_tasks import app

    give_up = time.monotonic() + START_SECONDS
    while not app.control.ping(destination=[f"{queue}@bench"], timeout=0.5):
        if process.poll() is not None or time.monotonic() > give_up:
            lines = log.read_text("utf-8", "replace").strip().splitlines()
            raise CeleryFailed(f"the workers did not start: {lines[-1] if lines else 'they said nothing'}")


def _remove(queue: str) -> None:
    from kombu import Exchange, Queue

    from benchmarks.comparators.celery_tasks import app

    with app.connection_for_write() as connection:
        channel = connection.channel()
        exchange = Exchange(queue, channel=channel)
        Queue(queue, exchange, channel=channel).delete()
        exchange.delete()


def _publish(queue: str, name: str, calls: int, given: tuple[str, str], workers: Workers, **named: str) -> None:
    from benchmarks.comparators.celery_tasks import app

    task = app.tasks[name]
    options = {**named, "keeps_connection": workers.keeps_connection}
    for number in range(calls):
        task.apply_async((*given, openid(number)), options, queue=queue)


def _await(done: Callable[[], int], wanted: int) -> None:
    """Raises CeleryFailed where nothing goes on."""
    reached, moved_at = 0, time.monotonic()
    while (now_done := done()) < wanted:
        now = time.monotonic()
        if now_done > reached:
            reached, moved_at = now_done, now
        if now - moved_at > STALLED_SECONDS:
            raise CeleryFailed(f"nothing was done for {STALLED_SECONDS:.0f} seconds, after {reached} of {wanted}")
        time.sleep(POLL_SECONDS)


def _plain(url: str) -> str:
    """As the driver alone reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


@contextmanager
def _noting(url: str, calls: int) -> Iterator[psycopg.Connection[tuple[int]]]:
    """A table with a row for each recipient, and a connection to look at it."""
    import psycopg

    from benchmarks.comparators.celery_tasks import TABLE

    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute(TABLE)
        with connection.cursor() as cursor, cursor.copy("COPY sends (openid) FROM STDIN") as copy:
            for number in range(calls):
                copy.write_row((openid(number),))
        yield connection


def _noted(connection: psycopg.Connection[tuple[int]]) -> int:
    row = connection.execute("SELECT count(*) FROM sends WHERE sent").fetchone()
    return int(row[0]) if row else 0

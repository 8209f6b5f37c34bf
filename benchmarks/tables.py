"""How large the tables get, and whether a turn of sending costs more in large ones.

`python -m benchmarks.tables [--deliveries N] [--database URL]` fills an empty database (a file in a scratch
directory, or PostgreSQL's URL) with N deliveries, each with an attempt, a receipt and a change of a credit, and
measures the bytes of each table and index, and what claiming and settling a delivery costs: processor time of this
process on SQLite, of the server's on PostgreSQL. Then the clock goes 91 days on, and old rows are taken away while
single messages are sent.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from sqlalchemy import text

from benchmarks.figures import tell
from benchmarks.filling import Crowd, fill
from ums.clock import SystemClock
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.delivery import DeliveryStatus
from ums.domain.message import DAY
from ums.domain.outcome import ACCEPTED
from ums.registry import Registry
from ums.services import retention, sending
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store import attempts, locks, outbox, schema
from ums.store.attempts import NewAttempt
from ums.store.db import Database
from ums.store.endpoints import EndpointState
from ums.store.outbox import Ending, Written

EACH = 1000
"""Deliveries of a message."""
TURNS, ROWS = 40, 256
"""Turns that are measured, and the deliveries that each claims and settles."""
LARGEST = 20
SECONDS = 15.0
"""How long single messages are sent without old rows being taken away, and with."""
ENDPOINT = EndpointState(
    channel_id=1, channel_version=1, name="subscription", rate=1e9, allowance=1e9, refilled_at=0.0
)
_SIZES = {
    "sqlite": "SELECT name, SUM(pgsize) FROM dbstat GROUP BY name",
    "postgresql": "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relkind IN ('r', 'i', 't')",
}

_BACKENDS = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
"""


class LaterClock:
    """The system's clock, 91 days on."""

    def now(self) -> float:
        return SystemClock().now() + 91 * DAY


def measure(database: Database, deliveries: int, *, bare: bool) -> dict[str, float]:
    """Fill the database, which has empty tables, and measure it."""
    now = SystemClock().now()
    began = time.monotonic()
    with database.write() as session:
        crowd = Crowd(messages=deliveries // EACH, each=EACH, now=now, waiting=2 * TURNS * ROWS)
        fill(session, crowd, bare=bare)
    filled = time.monotonic() - began
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)" if database.path else "VACUUM ANALYZE")
    return {
        "deliveries": deliveries,
        "filled_in_seconds": round(filled, 1),
        **{f"bytes_of_{name}": round(size / deliveries, 1) for name, size in sizes(database).items()},
        **turns(database, now),
    }


def sizes(database: Database) -> dict[str, int]:
    """The bytes of the largest tables and indexes, the largest first."""
    with database.engine.connect() as connection:
        found = {name: int(size) for name, size in connection.execute(text(_SIZES[connection.dialect.name]))}
    return dict(
        sorted(((name, size) for name, size in found.items() if size > 1_000_000), key=lambda item: -item[1])
    )


def turns(database: Database, now: float) -> dict[str, float]:
    """What a delivery costs, in microseconds: of the processor, and of waiting."""
    for _ in range(5):
        _turn(database, now)
    spent, log, began = processor_time(database), log_position(database), time.monotonic()
    for _ in range(TURNS):
        _turn(database, now)
    deliveries = TURNS * ROWS
    return {
        "log_bytes_per_delivery": round((log_position(database) - log) / deliveries, 1),
        "turn_cpu_us_per_delivery": round((processor_time(database) - spent) / deliveries * 1e6, 1),
        "turn_us_per_delivery": round((time.monotonic() - began) / deliveries * 1e6, 1),
        "load_then": os.getloadavg()[0],
    }


def _turn(database: Database, now: float) -> None:
    with database.write_beside() as session:
        locks.own_channels(session, [1])
        claimed = outbox.claim(session, "w", ENDPOINT, 2, now=now, limit=ROWS)
    assert len(claimed) == ROWS
    ending = Ending(DeliveryStatus.DELIVERED, open=False, provider_code=0, provider_message="ok")
    rows = [Written(one.id, one.attempt, f"{one.id}", None, now, ending) for one in claimed]
    made = [NewAttempt(one.id, one.attempt, now, now, ACCEPTED, "", 0, "ok") for one in claimed]
    with database.write_beside() as session:
        locks.own_channels(session, [1])
        outbox.settle(session, "w", rows, now)
        attempts.add(session, made)


def processor_time(database: Database) -> float:
    """Seconds of the processor that those have had who do the database's work."""
    if database.engine.dialect.name == "sqlite":
        return time.process_time()
    with database.read() as session:
        pids = session.scalars(text(_BACKENDS)).all()
    return sum(map(_of_process, pids))


def log_position(database: Database) -> int:
    """Bytes of the write-ahead log that were ever written; of SQLite's, what it has grown to."""
    if database.path:
        return Path(f"{database.path}-wal").stat().st_size
    with database.read() as session:
        return int(session.scalars(text("SELECT pg_current_wal_lsn() - CAST('0/0' AS pg_lsn)")).one())


def _of_process(pid: int) -> float:
    with suppress(FileNotFoundError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def purge(settings: Settings) -> dict[str, float]:
    """Send single messages, first alone, then while old rows are taken away."""
    gateway = Gateway.open(settings, Registry.load(), LaterClock())
    try:
        alone = _sends(gateway, lambda: time.sleep(SECONDS))
        undisturbed: list[tuple[float, int]] = []
        held = _HeldTimes(gateway.database)
        held.run(gateway, undisturbed)
        steps: list[tuple[float, int]] = []
        cpu = held.cpu / undisturbed[-1][1]
        beside = _sends(gateway, lambda: held.run(gateway, steps))
    finally:
        gateway.close()
    seconds = steps[-1][0] - steps[0][0]
    return {
        **_percentiles("sends_ms_alone", alone),
        **_percentiles("sends_ms_beside_purge", beside),
        "purged_rows_per_second": round((steps[-1][1] - steps[0][1]) / seconds),
        **_percentiles("purge_transactions_ms", held.times),
        "purge_cpu_us_per_row": round(cpu * 1e6, 1),
        "load": os.getloadavg()[0],
    }


class _HeldTimes:
    """How long the purge's transactions last, and the processor time of its thread and of the database."""

    def __init__(self, database: Database) -> None:
        self.times: list[float] = []
        self.cpu = 0.0
        self._database = database

    def run(self, gateway: Gateway, steps: list[tuple[float, int]]) -> None:
        measured = replace(gateway, database=cast("Database", _Timed(gateway.database, self.times)))
        spent, began = processor_time(self._database) * self._is_served, time.thread_time()
        retention.run(measured, seconds=SECONDS, told=lambda rows: steps.append((time.monotonic(), rows)))
        self.cpu = processor_time(self._database) * self._is_served - spent + time.thread_time() - began

    @property
    def _is_served(self) -> bool:
        return self._database.engine.dialect.name == "postgresql"


class _Timed:
    """A database whose transactions beside others are timed."""

    def __init__(self, database: Database, times: list[float]) -> None:
        self._database, self._times = database, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def write_beside(self) -> Any:
        with self._database.write_beside() as session:
            began = time.monotonic()
            yield session
        self._times.append(time.monotonic() - began)


def _sends(gateway: Gateway, meanwhile: Callable[[], None]) -> list[float]:
    """Seconds that each of the sends took that were made meanwhile, fifty a second."""
    command = SendMessage(application_id=1, audience=Audience(userids=("nobody",)), contents={"app": {}}, rule_id=0)
    over = threading.Event()
    took: list[float] = []

    def send() -> None:
        while not over.wait(0.02):
            began = time.monotonic()
            sending.send(gateway, command)
            took.append(time.monotonic() - began)

    thread = threading.Thread(target=send)
    thread.start()
    meanwhile()
    over.set()
    thread.join()
    return took


def _percentiles(name: str, seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    parts = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    places = {part: min(int(len(ordered) * share), len(ordered) - 1) for part, share in parts.items()}
    return {f"{name}_{part}": round(ordered[place] * 1000, 1) for part, place in places.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.tables", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database's URL; else SQLite")
    parser.add_argument("--bare", action="store_true", help="deliveries and attempts alone, and none taken away")
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ums-tables-") as home:
        settings = Settings(home=Path(home), database_url=given.database)
        database = Gateway.open(settings, Registry.load(), SystemClock()).database
        schema.upgrade(database.engine)
        found = measure(database, given.deliveries, bare=given.bare)
        if not given.bare:
            found |= purge(settings)
        database.close()
    tell(found, as_json=given.json)


if __name__ == "__main__":
    main()

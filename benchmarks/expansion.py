"""`python -m benchmarks.expansion [--users N]`: how fast a broadcast is expanded, and what sends notice of it.

The expander's own loop, on a scratch SQLite database with every commit safe, one mini program address a user.
Beside it, in another process, single sends go through the service, each timed: how long it waits for its turn
while the broadcast grows, against how long it takes when nothing else writes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from benchmarks.audiences import fill
from ums.clock import SystemClock
from ums.collecting import collect_seldom
from ums.dispatch.expander import Expander
from ums.domain.audience import Audience
from ums.domain.commands import Json, SendMessage
from ums.domain.message import MessageStatus
from ums.registry import Registry
from ums.services import applications, channels, messages, sending
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store import schema

CONTENT: dict[str, Json] = {
    "template_id": "sandbox_mp_appointment_00000000000000000002",
    "data": {"thing1": {"value": "Check-up"}, "date2": {"value": "2026-12-01"}, "number3": {"value": "7"}},
}
PAUSE = 0.01
"""Seconds between two of the sends beside the broadcast."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.expansion", description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), secret_key="a key for this measurement only")
        gateway = Gateway.open(settings, Registry.load(), SystemClock(), checkpoints=True)
        schema.upgrade(gateway.database.engine)
        application_id = _set_up(gateway, given.users)
        collect_seldom()
        measure(gateway, application_id, given.users)
        gateway.close()


def measure(gateway: Gateway, application_id: int, users: int) -> None:
    """Print the figures: alone first, then with sends beside it."""
    quiet = _latencies(gateway, application_id, seconds=2.0)
    alone = _broadcast(gateway, application_id)
    started, stop = multiprocessing.Event(), multiprocessing.Event()
    with multiprocessing.Pool(1, _begin, (gateway.settings, started, stop)) as pool:
        beside = pool.apply_async(_send_until_stopped, (application_id,))
        started.wait()
        together = _broadcast(gateway, application_id)
        stop.set()
        meanwhile = beside.get()
    print(f"{'':32}{'users/s':>10}{'send p50, ms':>14}{'p99, ms':>10}{'most, ms':>10}")
    print(f"{'no broadcast':32}{'':>10}{_told(quiet)}")
    print(f"{'broadcast alone':32}{users / alone[1]:>10.0f}   answered in {alone[0] * 1000:.1f} ms")
    print(f"{'broadcast with sends beside it':32}{users / together[1]:>10.0f}{_told(meanwhile)}")


def _told(latencies: list[float]) -> str:
    cuts = statistics.quantiles(latencies, n=100)
    return f"{cuts[49] * 1000:>14.1f}{cuts[98] * 1000:>10.1f}{max(latencies) * 1000:>10.1f}"


def _set_up(gateway: Gateway, users: int) -> int:
    applications.add(gateway, "bench")
    given = {"appid": "wx0123456789abcdef", "secret": "s" * 32}
    channels.add(gateway, "wechatmp123", "wechatmp", given, ["bench"])
    fill(gateway.database, users)
    return applications.by_name(gateway, "bench").id


def _broadcast(gateway: Gateway, application_id: int) -> tuple[float, float]:
    """Seconds until the call is answered, and from then until every delivery is queued."""
    expander = Expander(gateway)
    expander.start()
    start = time.perf_counter()
    command = SendMessage(
        application_id=application_id, audience=Audience(everyone=True), contents={"wechatmp": CONTENT}
    )
    msgid = sending.send(gateway, command).msgid
    answered = time.perf_counter()
    while messages.status(gateway, msgid) is MessageStatus.EXPANDING:
        time.sleep(0.05)
    seconds = time.perf_counter() - answered
    expander.stop()
    return answered - start, seconds


_beside: list[tuple[Gateway, Event, Event]] = []


def _begin(settings: Settings, started: Event, stop: Event) -> None:
    _beside.append((Gateway.open(settings, Registry.load(), SystemClock()), started, stop))


def _send_until_stopped(application_id: int) -> list[float]:
    gateway, started, stop = _beside[0]
    started.set()
    taken: list[float] = []
    while not stop.is_set():
        taken += _latencies(gateway, application_id, seconds=0.5)
    return taken


def _latencies(gateway: Gateway, application_id: int, *, seconds: float) -> list[float]:
    """How long single sends take, one after the other."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        audience = Audience(userids=("u1",))
        command = SendMessage(application_id=application_id, audience=audience, contents={"wechatmp": CONTENT})
        sending.send(gateway, command)
        taken.append(time.perf_counter() - start)
        time.sleep(PAUSE)
    return taken


if __name__ == "__main__":
    main()

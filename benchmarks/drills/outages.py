"""`database-down`, `disk-full`, `broker-down`: what the gateway stands on is away for a while."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.drills import tally
from benchmarks.drills.plan import CELERY, POSTGRESQL, CannotBeDone, Plan
from benchmarks.drills.probe import Probe
from benchmarks.drills.promises import judge_probe, judge_send
from benchmarks.drills.proxy import Proxy
from benchmarks.drills.site import Site, site
from benchmarks.drills.verdict import Verdict

BEFORE = 0.25
"""The share of the send after which it breaks."""
RESUMED_SECONDS = 45.0
"""After what was away is back, calls are made again within so long."""
LIMIT = 300.0
DISK_MB = 96
PIECE = 1024 * 1024
BROKER = "amqp://guest:guest@127.0.0.1:5672//"

Outage = Callable[[Site], AbstractContextManager[None]]


def database_down(plan: Plan) -> Verdict:
    verdict = Verdict(f"database-down ({plan.type}, {plan.engine}, {plan.database})")
    outage = _stopped if plan.database == POSTGRESQL else _locked
    with site(plan) as place:
        _hold(place, verdict, outage, refuses=True)
    if plan.database != POSTGRESQL:
        verdict.limits.append("a database that can't be read either: another process's lock leaves readers alone")
    return verdict


def disk_full(plan: Plan) -> Verdict:
    if plan.database == POSTGRESQL:
        raise CannotBeDone("The disk of a PostgreSQL server isn't ours; the drill is for SQLite.")
    verdict = Verdict(f"disk-full ({plan.type}, {plan.engine}, {plan.database})")
    with _small_disk() as home, site(plan, home=home) as place:
        _hold(place, verdict, _full, refuses=True)
    return verdict


def broker_down(plan: Plan) -> Verdict:
    if plan.engine != CELERY:
        raise CannotBeDone("The embedded engine has no broker; the drill is for --engine celery.")
    if not _knows_engines():
        raise CannotBeDone("This gateway has no engine but its own.")
    verdict = Verdict(f"broker-down ({plan.type}, {plan.engine}, {plan.database})")
    given = plan.more.get("broker_url", BROKER)
    port = urlsplit(given).port or 5672
    with Proxy(port) as proxy:
        led = given.replace(f":{port}", f":{proxy.port}")
        with site(replace(plan, more={**plan.more, "broker_url": led})) as place:

            @contextmanager
            def away(_: Site) -> Iterator[None]:
                proxy.cut()
                yield
                proxy.speak()

            _hold(place, verdict, away, refuses=False)
    return verdict


def _hold(place: Site, verdict: Verdict, outage: Outage, *, refuses: bool) -> None:
    """Send, break, mend, and see what came of it. `refuses`: whether the API can't take anything meanwhile."""
    plan = place.plan
    with Probe(place) as probe:
        msgid = place.broadcast()
        time.sleep(plan.seconds * BEFORE)
        with outage(place):
            began = time.time()
            time.sleep(plan.down)
        ended = time.time()
        place.await_done(msgid, plan.seconds + LIMIT)
        time.sleep(2.0)
    meanwhile = probe.between(began + 1.0, ended - 1.0)
    refused = [one for one in meanwhile if one.status == 503]
    if refuses:
        verdict.expect("meanwhile the API refuses", f"{len(refused)} of {len(meanwhile)}", holds=bool(refused))
    else:
        verdict.expect("meanwhile the API takes all", f"{len(refused)} refused", holds=not refused)
    _judge(place, verdict, probe, msgid, ended)
    verdict.figures |= {"down_seconds": round(ended - began), "seconds": round(time.time() - place.started_at)}


def _judge(place: Site, verdict: Verdict, probe: Probe, msgid: str, ended: float) -> None:
    stuck = place.stuck(msgid)
    verdict.expect("nothing is left sending", stuck, holds=stuck == 0)
    judge_send(place, verdict, msgid)
    found = place.calls()
    judge_probe(place, verdict, probe, found)
    resumed = tally.first_after(found, ended)
    verdict.expect(
        f"sends resume within {RESUMED_SECONDS:.0f} s",
        "never" if resumed is None else f"after {resumed:.1f} s",
        holds=resumed is not None and resumed <= RESUMED_SECONDS,
    )
    again = next(
        (one.asked_at - ended for one in probe.answers if one.asked_at > ended and one.status == 200), None
    )
    verdict.figures["api_takes_again_after_seconds"] = "never" if again is None else round(again, 1)


@contextmanager
def _stopped(place: Site) -> Iterator[None]:
    """The server crashed."""
    assert place.cluster is not None
    place.cluster.stop()
    yield
    place.cluster.start()


@contextmanager
def _locked(place: Site) -> Iterator[None]:
    """Another process has the lock for writing, and keeps it."""
    connection = sqlite3.connect(place.home / "ums.db", timeout=60, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@contextmanager
def _full(place: Site) -> Iterator[None]:
    """Not a byte is free where the home is, nor will be: what is freed meanwhile is filled as well."""
    filler = place.home / "filler"
    with filler.open("ab", buffering=0) as file:
        size = PIECE
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2
    yield
    filler.unlink()


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A file system in memory. Raises CannotBeDone where none may be mounted."""
    if os.geteuid() != 0:
        raise CannotBeDone("Only root may mount a small disk for the drill.")
    with tempfile.TemporaryDirectory(prefix="ums-drill-disk-", ignore_cleanup_errors=True) as directory:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", directory]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotBeDone(f"A small disk can't be mounted: {done.stderr.strip()}")
        try:
            yield Path(directory)
        finally:
            with suppress(subprocess.CalledProcessError):
                subprocess.run(["umount", "-l", directory], check=True)  # noqa: S607 - wherever it is


def _knows_engines() -> bool:
    from ums.settings import NAMES

    return "engine" in NAMES

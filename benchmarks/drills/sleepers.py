"""`paused`: a sending process sleeps for longer than its lease. `partition`: it is parted from its database."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

from benchmarks.drills import tally
from benchmarks.drills.gateway import Unit
from benchmarks.drills.plan import LOCAL, POSTGRESQL, CannotBeDone, Plan
from benchmarks.drills.promises import judge_send
from benchmarks.drills.proxy import Proxy
from benchmarks.drills.site import MAIN, Site, site
from benchmarks.drills.verdict import Verdict

BEFORE = 0.2
LIMIT = 300.0
OTHERS_SECONDS = 15.0
"""Who falls silent within a transaction holds the others up, until the server undoes it after ten seconds."""
LEASES = 2.5
"""For so many leases it sleeps."""


def paused(plan: Plan) -> Verdict:
    verdict = Verdict(f"paused ({plan.type}, {plan.engine}, {plan.database})")
    with site(plan) as place:
        msgid = place.broadcast()
        time.sleep(plan.seconds * BEFORE)
        sleeper = place.gateway.senders()[-1]
        os.kill(sleeper, signal.SIGSTOP)
        began = time.time()
        time.sleep(plan.lease * LEASES)
        with suppress(ProcessLookupError):
            os.kill(sleeper, signal.SIGCONT)
        ended = time.time()
        _judge(place, verdict, msgid, began, ended)
    return verdict


def partition(plan: Plan) -> Verdict:
    """A worker as on another machine: its own home, and a way to the database that falls silent."""
    if plan.database != POSTGRESQL:
        raise CannotBeDone("SQLite is a file of the same machine; the drill is for --database postgresql.")
    verdict = Verdict(f"partition ({plan.type}, {plan.engine}, {plan.database})")
    with site(plan) as place, Proxy(place.cluster.port if place.cluster else 0) as proxy:
        far = _far_worker(place, proxy.port)
        far.start()
        try:
            time.sleep(plan.lease / 2)
            msgid = place.broadcast()
            time.sleep(plan.seconds * BEFORE)
            proxy.fall_silent()
            began = time.time()
            time.sleep(plan.lease * LEASES)
            proxy.speak()
            _judge(place, verdict, msgid, began, time.time())
            alive = far.await_end(0) is None
            verdict.expect("the parted worker lives", alive, holds=alive)
        finally:
            far.stop()
    verdict.limits.append(
        "packets that vanish: the proxy keeps connections open, and passes on late what it was told"
    )
    return verdict


def _far_worker(place: Site, port: int) -> Unit:
    assert place.cluster is not None
    home = place.home / "far"
    home.mkdir()
    environ = {**place.environ, "UMS_HOME": str(home), "UMS_DATABASE_URL": place.cluster.url(port)}
    engines = () if place.plan.engine == LOCAL else ("--engine", place.plan.engine)
    return Unit(("worker", *engines, "--place", "1"), environ, place.home / "far.log", tells=False)


def _judge(place: Site, verdict: Verdict, msgid: str, began: float, ended: float) -> None:
    plan = place.plan
    place.await_done(msgid, plan.seconds + LIMIT)
    stuck = place.stuck(msgid)
    verdict.expect("nothing is left sending", stuck, holds=stuck == 0)
    found = judge_send(place, verdict, msgid)
    silence = tally.longest_silence(tally.of(found, MAIN), began, min(ended, found[-1].at))
    verdict.expect(
        f"the others go on within {OTHERS_SECONDS:.0f} s",
        f"at most {silence:.1f} s without a call",
        holds=silence < OTHERS_SECONDS,
    )
    doubtful = place.counts(msgid).get("unconfirmed", 0)
    verdict.expect("no more is in doubt than it had in flight", doubtful, holds=doubtful <= plan.in_flight)
    verdict.figures |= {"asleep_seconds": round(ended - began), "seconds": round(time.time() - place.started_at)}

"""`clock-jump`: the clock of all the gateway's processes jumps an hour ahead, and back."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.drills import tally
from benchmarks.drills.clock import MovedClock
from benchmarks.drills.plan import Plan
from benchmarks.drills.probe import Probe
from benchmarks.drills.promises import judge_probe, judge_send
from benchmarks.drills.site import Site, site
from benchmarks.drills.verdict import Verdict

HOUR = 3600
JUMPS = (HOUR, 0, -HOUR, 0)
"""How far it is ahead after each jump."""
RESUMED_SECONDS = 10.0
LIMIT = 300.0


def clock_jump(plan: Plan) -> Verdict:
    verdict = Verdict(f"clock-jump ({plan.type}, {plan.engine}, {plan.database})")
    with tempfile.TemporaryDirectory(prefix="ums-drill-clock-") as directory:
        clock = MovedClock(Path(directory))
        with site(plan, environ=clock.environ) as place:
            _hold(place, verdict, clock)
    verdict.limits += [
        "jumps of the sandbox's and of the database server's clock: only the gateway's processes see another time",
        "timers of the kernel that go by the time of day: the gateway uses none",
    ]
    return verdict


def _hold(place: Site, verdict: Verdict, clock: MovedClock) -> None:
    plan, moments = place.plan, list[float]()
    with Probe(place) as probe:
        msgid = place.broadcast()
        for ahead in JUMPS:
            time.sleep(plan.seconds / (len(JUMPS) + 1))
            clock.be_ahead(ahead)
            moments.append(time.time())
        is_done = place.await_done(msgid, plan.seconds + LIMIT)
        # what is accepted after the last jump has its time, too
        time.sleep(5.0)
    verdict.expect("it comes to its end", is_done, holds=is_done)
    found = judge_send(place, verdict, msgid)
    everything = place.calls()
    judge_probe(place, verdict, probe, everything)
    refused = sum(one.status != 200 for one in probe.answers)
    verdict.expect("the API takes all", f"{refused} of {len(probe.answers)} refused", holds=refused == 0)
    end = found[-1].at
    for ahead, moment, until in zip(JUMPS, moments, [*moments[1:], end], strict=True):
        silence = tally.longest_silence(everything, moment, max(until, moment))
        verdict.expect(
            f"sends go on with the clock {ahead / HOUR:+.0f} h",
            f"at most {silence:.1f} s without a call",
            holds=silence <= RESUMED_SECONDS,
        )
    doubtful = place.counts(msgid).get("unconfirmed", 0)
    verdict.expect("nothing is in doubt", doubtful, holds=doubtful == 0)
    verdict.figures["seconds"] = round(time.time() - place.started_at)

"""`crash`: kill -9 of some process of the gateway, again and again. `sigterm`: all of them are told to end."""

from __future__ import annotations

import random
import signal
import time

from benchmarks.drills.plan import Plan
from benchmarks.drills.promises import judge_send
from benchmarks.drills.site import Site, site
from benchmarks.drills.verdict import Verdict

SETTLED_SECONDS = 60.0
"""After the last restart, nothing may be left that seems to be on its way."""
FIRST_CALLS = 20
LIMIT = 900.0
"""Seconds for a send to end, beyond its pace: processes that die often are started anew ever later."""
GRACE = 10.0
SLACK = 5.0
STOPS = 5


def crash(plan: Plan) -> Verdict:
    verdict = Verdict(f"crash ({plan.type}, {plan.engine}, {plan.database})")
    dice = random.Random(plan.seed)  # noqa: S311 - chooses whom to kill
    with site(plan) as place:
        msgid = place.broadcast()
        place.await_calls(FIRST_CALLS, SETTLED_SECONDS)
        roles = _kill_often(place, plan, dice)
        last = time.monotonic()
        time.sleep(SETTLED_SECONDS)
        stuck = place.stuck(msgid)
        place.await_done(msgid, plan.seconds + LIMIT)
        verdict.expect("0 still sending 60 s after the last restart", stuck, holds=stuck == 0)
        judge_send(place, verdict, msgid)
        verdict.figures |= {
            "kills": plan.kills,
            "killed": ", ".join(f"{count} {role}" for role, count in sorted(roles.items())),
            "seconds": round(time.time() - place.started_at),
            "seconds_after_the_last_kill": round(time.monotonic() - last),
        }
    verdict.limits.append(
        "a power cut, after which the flight record tells nothing: kill -9 leaves the kernel alive"
    )
    return verdict


def _kill_often(place: Site, plan: Plan, dice: random.Random) -> dict[str, int]:
    """Kill some process, as often as planned within the time that the send takes; how many of which kind."""
    gateway, roles = place.gateway, dict[str, int]()
    for _ in range(plan.kills):
        time.sleep(dice.uniform(0.5, 1.5) * plan.seconds / (plan.kills + 1))
        pid = dice.choice(gateway.processes())
        role = "first" if pid == gateway.serve.pid else "sender" if pid in gateway.senders() else "other"
        roles[role] = roles.get(role, 0) + 1
        gateway.kill(pid)
    return roles


def sigterm(plan: Plan) -> Verdict:
    verdict = Verdict(f"sigterm ({plan.type}, {plan.engine}, {plan.database})")
    ends: list[tuple[int | None, float]] = []
    with site(plan) as place:
        msgid = place.broadcast()
        place.await_calls(FIRST_CALLS, SETTLED_SECONDS)
        for _ in range(STOPS):
            time.sleep(plan.seconds / (STOPS + 1))
            ends += _ended(place)
            place.gateway.start()
        place.await_done(msgid, plan.seconds + LIMIT)
        slowest = max(seconds for _, seconds in ends)
        verdict.expect(
            "each process ends with status 0", _statuses(ends), holds={status for status, _ in ends} == {0}
        )
        verdict.expect(
            f"within its grace time ({GRACE:.0f} s)", f"{slowest:.1f} s at most", holds=slowest < GRACE + SLACK
        )
        found = judge_send(place, verdict, msgid)
        again = len(found) - len({one.openid for one in found})
        verdict.expect("no call is repeated", again, holds=again == 0)
        unconfirmed = place.counts(msgid).get("unconfirmed", 0)
        verdict.expect("nothing is left in doubt", unconfirmed, holds=unconfirmed == 0)
        verdict.figures |= {"stops": STOPS, "seconds": round(time.time() - place.started_at)}
    return verdict


def _ended(place: Site) -> list[tuple[int | None, float]]:
    """Tell all of them to end, one after another; the status of each, and how long it took."""
    ends = []
    for unit in place.gateway.units:
        began = time.monotonic()
        unit.signal(signal.SIGTERM)
        ends.append((unit.await_end(GRACE + 2 * SLACK), time.monotonic() - began))
    return ends


def _statuses(ends: list[tuple[int | None, float]]) -> str:
    return ", ".join(str(status) for status, _ in ends)

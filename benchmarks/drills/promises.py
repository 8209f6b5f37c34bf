"""What is promised of every send, whatever breaks."""

from __future__ import annotations

from collections import Counter

from benchmarks.drills import tally
from benchmarks.drills.plan import MINI_PROGRAM
from benchmarks.drills.probe import Probe
from benchmarks.drills.site import MAIN, Site
from benchmarks.drills.tally import Called
from benchmarks.drills.verdict import Verdict

WINDOW = 600.0
"""Seconds for which an official account drops a repeat of a template message."""
FINAL = frozenset({"accepted", "delivered", "clicked", "unconfirmed"})
MOST_UNCONFIRMED = 0.05
API_SECONDS = 10.0
"""An answer takes no longer, whatever is broken."""


def judge_send(site: Site, verdict: Verdict, msgid: str) -> list[Called]:
    """Nothing lost, and nobody twice beyond what is declared; the calls of the message."""
    rows = site.deliveries(msgid)
    statuses = Counter(row["status"] for row in rows)
    found = tally.of(site.calls(), MAIN)
    called = tally.per_person(found)
    uncounted = [row for row in rows if row["status"] == "accepted" and not called[str(row["address"])]]
    wrong = len(rows) - sum(statuses[status] for status in FINAL)
    lost = site.plan.recipients - len(rows) + wrong + len(uncounted)
    verdict.expect("0 lost", f"{lost} ({_told(statuses)})", holds=lost == 0)
    if site.plan.type == MINI_PROGRAM:
        _judge_mini_program(site, verdict, msgid, called, statuses)
    else:
        _judge_official_account(site, verdict, found, statuses)
    verdict.figures |= {"recipients": site.plan.recipients, "calls": len(found), "people": len(called)}
    return found


def _judge_mini_program(
    site: Site, verdict: Verdict, msgid: str, called: Counter[str], statuses: Counter[str]
) -> None:
    twice = sum(count > 1 for count in called.values())
    verdict.expect("nobody is called twice", twice, holds=twice == 0)
    share = statuses["unconfirmed"] / site.plan.recipients
    verdict.expect(
        "at most 5 % unconfirmed", f"{statuses['unconfirmed']} ({share:.2%})", holds=share <= MOST_UNCONFIRMED
    )
    listed = site.deliveries(msgid, "unconfirmed")
    verdict.expect("all of them listed by the API", len(listed), holds=len(listed) == statuses["unconfirmed"])
    if listed:
        _resend(site, verdict, sorted({row["userid"] for row in listed}))


def _resend(site: Site, verdict: Verdict, userids: list[str]) -> None:
    """Whoever decides to risk a second message sends it to those who are listed, as another message."""
    again = site.send(userids, "AGAIN")
    site.await_done(again, 60 + len(userids) / site.plan.rate)
    counts = dict(site.counts(again))
    verdict.expect("and can be sent to again", _told(counts), holds=counts == {"accepted": len(userids)})


def _judge_official_account(site: Site, verdict: Verdict, found: list[Called], statuses: Counter[str]) -> None:
    got = tally.received(found)
    twice = sum(count > 1 for count in got.values())
    again, longest, others = tally.repeats(found)
    verdict.expect("nobody gets it twice", twice, holds=twice == 0)
    verdict.expect(
        "everybody gets it", f"{len(got)} people", holds=len(got) == site.plan.recipients - statuses["unconfirmed"]
    )
    verdict.expect(
        f"repeats only within {WINDOW:.0f} s, under the same id",
        f"{again} repeats, the latest after {longest:.1f} s, {others} under another id",
        holds=longest < WINDOW and not others,
    )
    verdict.expect("none unconfirmed", statuses["unconfirmed"], holds=not statuses["unconfirmed"])


def judge_probe(site: Site, verdict: Verdict, probe: Probe, found: list[Called]) -> None:
    """Every single send was taken or properly refused, in time; each that was taken reached its person once."""
    improper = Counter(one.status for one in probe.answers if not one.is_proper)
    verdict.expect(
        "single sends are taken, or refused with 503 and Retry-After",
        f"{len(probe.taken())} taken, {sum(one.status == 503 for one in probe.answers)} refused, "
        f"{improper.total()} otherwise {dict(improper) or ''}".strip(),
        holds=not improper,
    )
    slowest = max(one.seconds for one in probe.answers)
    verdict.expect(f"each within {API_SECONDS:.0f} s", f"{slowest:.1f} s at most", holds=slowest <= API_SECONDS)
    calls = Counter(one.mark for one in found)
    missing = [mark for mark in probe.taken() if not calls[mark]]
    doubled = [mark for mark, count in calls.items() if count > 1 and mark.startswith("PROBE")]
    if site.plan.type != MINI_PROGRAM:
        doubled = [mark for mark in doubled if max(tally.received(tally.of(found, mark)).values(), default=0) > 1]
    verdict.expect("each that was taken is sent", f"{len(missing)} are not", holds=not missing)
    verdict.expect("and none of them twice", f"{len(doubled)} are", holds=not doubled)


def _told(counts: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "none"

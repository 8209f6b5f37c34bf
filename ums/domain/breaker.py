"""When a channel whose calls keep failing is called no more, but for one call at a time that tries it.

::

    closed ──── most of its last calls failed ───▶ open ──── its wait is over ───▶ half open: one call
       ▲                                            ▲                                 │          │
       │                                            └────────── it failed ────────────┘          │
       └──────────────────────────────── it was answered ────────────────────────────────────────┘

What counts as failed is the provider's, or the way's to it: no connection, no answer, one that can't be read, or
*busy*. A refusal is an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ums.domain.outcome import Accepted, SendError, Transient, Uncertain

FEWEST = 20.0
"""So many failed calls open a breaker, at least."""
SHARE = 0.8
"""And so large a share of the last ones."""
HALF_LIFE = 60.0
"""Seconds in which what was counted fades to a half: a channel that is called less often than 14 times a minute is
left alone, since that is as seldom as it would be tried."""
REMEMBERED = 100.0
"""Calls that are remembered at most, so that a channel which has worked well for hours is not called for hours."""
CALM = 1.0
"""Fewer failed calls than that are forgotten."""

PROBE_WAITS = (2.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds before each try of an open breaker; the last is repeated. A provider that is back is found out within the
last and the time that a call may take."""
PROBE_SECONDS = 30.0
"""A try that nothing was heard of for so long is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What is remembered of a channel whose calls have failed of late. Times are unix seconds.

    `calls` and `failed` stand as at `noted_at`, and `reason` is the last failure's. While it is open, `probes`
    tries have failed, the next is due at `probe_at`, and `probe_id` is the delivery that is tried (None: none is).
    """

    calls: float = 0.0
    failed: float = 0.0
    noted_at: float = 0.0
    reason: str = ""
    opened_at: float | None = None
    probes: int = 0
    probe_at: float | None = None
    probe_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Calls that ended, how many of them failed, and why the last did."""

    calls: int
    failed: int
    reason: str = ""


def failed(outcome: Accepted | Exception, *, called: bool) -> bool | None:
    """Whether a call failed by the provider's fault, or on the way to it; None where that can't be told.

    Where no token was to be had there was no call, but a failure all the same. A provider that names the seconds to
    wait has understood what it was asked.
    """
    if isinstance(outcome, Uncertain | Transient) and getattr(outcome, "after", None) is None:
        return True
    return False if called and isinstance(outcome, Accepted | SendError) else None


def noted(before: Breaker | None, tally: Tally, now: float) -> Breaker | None:
    """A closed breaker after some more calls; None where there is nothing to be remembered."""
    before = before or Breaker(noted_at=now)
    kept = 0.5 ** (max(0.0, now - before.noted_at) / HALF_LIFE)
    calls, failures = before.calls * kept + tally.calls, before.failed * kept + tally.failed
    if failures < CALM:
        return None
    opens = failures >= FEWEST and failures >= SHARE * calls
    scale = min(1.0, REMEMBERED / calls)
    return Breaker(
        calls=calls * scale,
        failed=failures * scale,
        noted_at=now,
        reason=tally.reason or before.reason,
        opened_at=now if opens else None,
        probe_at=now + PROBE_WAITS[0] if opens else None,
    )


def trying(before: Breaker, delivery_id: int | None, now: float) -> Breaker:
    """An open breaker while one call tries the channel; nobody else does meanwhile."""
    return replace(before, probe_id=delivery_id, probe_at=now + PROBE_SECONDS)


def tried(before: Breaker, has_failed: bool | None, reason: str, now: float) -> Breaker | None:
    """An open breaker after a try: closed, and forgotten, where it was answered; None tells nothing."""
    if has_failed is None:
        return replace(before, probe_id=None, probe_at=now)
    if not has_failed:
        return None
    probes = before.probes + 1
    wait = PROBE_WAITS[min(probes, len(PROBE_WAITS) - 1)]
    return replace(before, reason=reason, probes=probes, probe_id=None, probe_at=now + wait)

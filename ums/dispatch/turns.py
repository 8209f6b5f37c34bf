"""When a sending process has its next turn at the database, and how much the turn takes on.

A turn holds the one lock for writing, and the API's callers wait meanwhile: it is kept short, and others come first
after it. Each result is written within `WITHIN` of its arrival, however slow the pace is.
"""

from __future__ import annotations

from typing import NamedTuple

WITHIN = 0.1
"""Seconds from a call's answer to its commit, at most, while turns take no longer than a third of that.

(Where more than `MOST` are answered in one moment, each further `MOST` of them takes another turn.)
"""
MOST = 256
"""Rows that one turn writes, results first: some seven milliseconds of processor under the lock.

What is left is for claims: so results never pile up behind them.
"""
PLENTY = MOST // 2
"""So many results are worth a turn at once: they leave as many to be claimed."""
BULK = 256
"""With more calls in flight it is bulk."""
FEW = 16
"""With so few calls in flight, a turn follows as soon as one is answered."""

IDLE_PAUSE = 0.03
"""Seconds between looks into an empty queue."""
COURTESY = 0.0015
"""Seconds in which others get the lock: whoever waits for it asks every millisecond."""
BUSY_PERIOD = 0.004
"""Seconds from one turn's beginning to the next one's: a slot that waits for its next claim makes no call."""
BULK_PAUSE = 0.03
"""Seconds between turns in bulk, unless enough is answered before: few commits for a thousand deliveries."""


def room(free: int, results: int) -> int:
    """How many deliveries a turn may claim that settles so many results: no more than slots are free."""
    return max(min(free, MOST - results), 0)


class Standing(NamedTuple):
    """How things stand after a turn: calls in flight, results not written yet, whether it took all it could take,
    and the seconds it took."""

    in_flight: int
    waiting: int
    was_full: bool
    took: float


def pause(now: Standing) -> float:
    """Seconds until the next turn, unless `is_plenty` before.

    What is answered while a turn begins waits for its end, for the pause, and for the next turn's end.
    """
    if now.was_full or now.waiting >= MOST:
        return COURTESY
    if not now.in_flight:
        return 0.0 if now.waiting else IDLE_PAUSE
    if now.waiting and now.in_flight < FEW:
        return 0.0
    if now.in_flight > BULK:
        return max(COURTESY, min(BULK_PAUSE, WITHIN - 2 * now.took))
    return max(COURTESY, BUSY_PERIOD - now.took) if now.waiting else BUSY_PERIOD


def is_plenty(in_flight: int, waiting: int, slots: int) -> bool:
    """Whether so much is answered that the next turn may begin at once."""
    return in_flight < FEW or waiting >= min(PLENTY, max(slots * 3 // 4, 1))

"""When a sending process has its next turn at the database, and how much the turn takes on.

A turn holds the one lock for writing, and the API's callers wait meanwhile. While they do, turns are small; while
nobody else writes they are large, for a commit costs the same however many rows it keeps. Each result is written
within `WITHIN` of its arrival, however slow the pace is.
"""

from __future__ import annotations

from typing import NamedTuple

WITHIN = 0.1
"""Seconds from a call's answer to its commit, at most, while turns take no longer than a third of that.

(Where more are answered in one moment than a turn takes on, each further such number takes another turn.)
"""


class Size(NamedTuple):
    """How much a turn takes on: rows written, results first; what is left is for claims.

    So results never pile up behind claims. In bulk the next turn comes after `pause` seconds, or as soon as
    `plenty` are answered, which leave as many to be claimed.
    """

    most: int
    pause: float

    @property
    def plenty(self) -> int:
        return self.most // 2


SMALL = Size(most=128, pause=0.03)
"""Beside others who write: some five milliseconds of processor under the lock."""
LARGE = Size(most=1024, pause=0.06)
"""While nobody else does: few commits for a thousand deliveries."""
BULK = 256
"""With more calls in flight it is bulk."""
FEW = 16
"""With so few calls in flight, a turn follows as soon as one is answered."""

PRESSED_PERIOD = 0.02
"""Seconds from one turn's beginning to the next one's while others write: each turn holds them up."""

IDLE_PAUSE = 0.03
"""Seconds between looks into an empty queue."""
COURTESY = 0.0015
"""Seconds in which others get the lock: whoever waits for it asks every millisecond."""
BUSY_PERIOD = 0.004
"""Seconds from one turn's beginning to the next one's: a slot that waits for its next claim makes no call."""


def size(*, is_pressed: bool) -> Size:
    """How much the next turn takes on; `is_pressed`: others write who can't wait."""
    return SMALL if is_pressed else LARGE


class Standing(NamedTuple):
    """How things stand after a turn: its size, calls in flight, results not written yet, whether it took all it
    could take, and the seconds it took."""

    size: Size
    in_flight: int
    waiting: int
    was_full: bool
    took: float


def room(size: Size, free: int, results: int) -> int:
    """How many deliveries a turn may claim that settles so many results: no more than slots are free."""
    return max(min(free, size.most - results), 0)


def pause(now: Standing) -> float:
    """Seconds until the next turn, unless `is_plenty` before.

    What is answered while a turn begins waits for its end, for the pause, and for the next turn's end.
    """
    if now.was_full or now.waiting >= now.size.most:
        return COURTESY
    if now.in_flight > BULK:
        return max(COURTESY, min(now.size.pause, WITHIN - 2 * now.took))
    if not now.in_flight and not now.waiting:
        return IDLE_PAUSE
    if now.size is SMALL:
        return max(COURTESY, PRESSED_PERIOD - now.took)
    if now.waiting and now.in_flight < FEW:
        return 0.0
    return max(COURTESY, BUSY_PERIOD - now.took) if now.waiting else BUSY_PERIOD


def is_plenty(size: Size, in_flight: int, waiting: int, slots: int) -> bool:
    """Whether so much is answered that the next turn may begin at once."""
    is_at_once = in_flight < FEW and size is not SMALL
    return is_at_once or waiting >= min(size.plenty, max(slots * 3 // 4, 1))

"""How many requests a caller may make in a minute, shared by processes that don't talk to each other.

Minutes are windows that begin when the clock's do. What has been taken of a window is kept in one place;
a process takes some permits at a time and spends them by itself. What it has taken and not spent when the
window ends lapses, so the limit is never exceeded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

WINDOW = 60
"""Seconds."""
PART_OF_REST = 8
"""A process takes at most an eighth of what is left: the end of a window is shared out one by one."""
PART_OF_LIMIT = 20
"""And at most a twentieth of the limit, so that no more lapses where it isn't asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a caller stands after a request: whether it may be made, and what is left until the window ends.

    `reset` is in seconds, at least 1. Where several processes serve the caller, `remaining` is what this one
    knows of: it may be less.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: int


def window_of(now: float) -> float:
    """When the window that `now` lies in began, in unix seconds.

    >>> window_of(1_800_000_059.9)
    1800000000.0
    """
    return now // WINDOW * WINDOW


def seconds_left(began: float, now: float) -> int:
    """Whole seconds until the window ends, at least 1.

    >>> seconds_left(1_800_000_000.0, 1_800_000_000.5), seconds_left(1_800_000_000.0, 1_800_000_059.9)
    (60, 1)
    """
    return max(1, math.ceil(began + WINDOW - now))


def permits_to_take(limit: int, taken: int, spent: int) -> int:
    """How many permits a process takes at once; 0 where none are left.

    `taken` is what all processes have taken of this window, `spent` what this one has used of it: who asks
    often takes more, who asked once takes one.

    >>> permits_to_take(600, 0, 0), permits_to_take(600, 100, 500), permits_to_take(600, 500, 500)
    (1, 30, 12)
    """
    left = limit - taken
    return max(1, min(spent, left // PART_OF_REST, limit // PART_OF_LIMIT)) if left > 0 else 0

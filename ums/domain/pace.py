"""Pace: a bucket that fills at an endpoint's rate and is drawn from by every call.

The bucket holds one second's worth, so that a quiet minute is not made up for in one burst.
"""

from __future__ import annotations

import math


def capacity(rate: float) -> float:
    """The most a bucket holds: one second's calls, and never less than one."""
    return max(1.0, rate)


def refilled(allowance: float, rate: float, elapsed: float) -> float:
    """What a bucket holds `elapsed` seconds later. A clock that went back gives nothing and takes nothing."""
    return min(capacity(rate), allowance + rate * max(0.0, elapsed))


def calls_allowed(allowance: float, rate: float, room: int) -> int:
    """How many calls may be drawn now, `room` at most; rate 0 means without limit."""
    return room if rate == 0 else min(room, math.floor(allowance))


HANDFUL = 0.05
"""Seconds' worth of calls that are drawn together, so that a slow pace doesn't cost a commit for each call."""


def is_worth_drawing(allowance: float, rate: float) -> bool:
    """Whether a bucket holds enough to go and draw from it: a handful, and never less than one call."""
    return rate == 0 or allowance >= max(1.0, rate * HANDFUL)

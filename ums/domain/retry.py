"""When to try again: growing waits, spread so that a thousand deliveries don't come back at once."""

from __future__ import annotations

WAITS: tuple[float, ...] = (1, 5, 30, 120, 600)
"""Seconds before the second, third, … try."""

STEADY_WAIT: float = 1800
"""Seconds between tries after that, until the time to live is over."""

SPREAD = 0.2
"""Each wait is stretched or shortened by up to this share."""


def wait_before_next(tries: int, jitter: float) -> float:
    """Seconds to wait after `tries` counted tries; `jitter` is a random number in [0, 1)."""
    planned = WAITS[tries - 1] if 0 < tries <= len(WAITS) else STEADY_WAIT
    return planned * (1 - SPREAD + 2 * SPREAD * jitter)

"""Awaiting what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 60.0


def eventually(holds: Callable[[], bool]) -> None:
    """Returns as soon as `holds` does; fails the test where it never does."""
    give_up = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < give_up, f"still not so after {SECONDS:.0f} seconds"
        time.sleep(0.02)

"""How often one address of the internet may come in a minute: counted in memory, so that guessing costs nothing."""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter

from ums.clock import Clock
from ums.domain.errors import RateExceeded
from ums.domain.rate import seconds_left, window_of

MOST = 600
"""Requests of one address in a minute: many people share one."""
MOST_REFUSED = 30
"""Of these, such as come with what we haven't signed."""
MOST_ADDRESSES = 50_000
"""How many are counted; beyond that the counts begin anew."""
_V6_PREFIX = 64
"""Bits: what one customer of a network has."""


class Turnstile:
    """One for each process, safe between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._began = 0.0
        self._came: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def enter(self, address: str) -> None:
        """Raises RateExceeded for who comes too often."""
        self._count(self._came, address, MOST)

    def refuse(self, address: str) -> None:
        """Somebody came with what is no good. Raises RateExceeded for who does so too often."""
        self._count(self._refused, address, MOST_REFUSED)

    def _count(self, counts: Counter[str], address: str, most: int) -> None:
        now = self._clock.now()
        with self._lock:
            began = window_of(now)
            if began != self._began or len(counts) >= MOST_ADDRESSES:
                self._began = began
                self._came.clear()
                self._refused.clear()
            counts[whose(address)] += 1
            is_allowed = counts[whose(address)] <= most
        if not is_allowed:
            wait = seconds_left(began, now)
            raise RateExceeded(f"Too many requests from your network; wait {wait} s.", retry_after=wait)


def whose(address: str) -> str:
    """The network that an address stands for.

    >>> whose("2001:db8::1") == whose("2001:db8::2"), whose("192.0.2.1")
    (True, '192.0.2.1')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(ipaddress.ip_network((found, _V6_PREFIX), strict=False))

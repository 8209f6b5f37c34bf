"""How often somebody may come in a minute: counted in memory, so that guessing costs nothing.

Many people share one address of the internet, a whole office on the day that it is bound, so what they do rightly
isn't counted by where they come from.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter

from ums.clock import Clock
from ums.domain.errors import RateExceeded
from ums.domain.rate import seconds_left, window_of

MOST_REFUSED = 30
"""Requests from one network in a minute with what we haven't signed, or what is over."""
MOST_OPENED = 60
"""Times that one link may be opened in a minute."""
MOST_COUNTED = 50_000
"""How many are told apart; beyond that the counts begin anew."""
_V6_PREFIX = 64
"""Bits: what one customer of a network has."""


class Turnstile:
    """One for each process, safe between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._began = 0.0
        self._counts: Counter[str] = Counter()

    def open(self, link: str) -> None:
        """A link of ours is opened. Raises RateExceeded where that happens too often."""
        self._count(link, MOST_OPENED)

    def refuse(self, address: str) -> None:
        """Somebody came with what is no good. Raises RateExceeded for who does so too often."""
        self._count(network_of(address), MOST_REFUSED)

    def _count(self, key: str, most: int) -> None:
        now = self._clock.now()
        with self._lock:
            began = window_of(now)
            if began != self._began or len(self._counts) >= MOST_COUNTED:
                self._began = began
                self._counts.clear()
            self._counts[key] += 1
            is_allowed = self._counts[key] <= most
        if not is_allowed:
            wait = seconds_left(began, now)
            raise RateExceeded(f"Too many requests; wait {wait} s.", retry_after=wait)


def network_of(address: str) -> str:
    """The network that an address stands for.

    >>> network_of("2001:db8::1") == network_of("2001:db8::2"), network_of("192.0.2.1")
    (True, '192.0.2.1')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(ipaddress.ip_network((found, _V6_PREFIX), strict=False))

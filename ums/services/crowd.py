"""How often those may come who show no credentials: counted in memory, in each process for itself.

It costs no database: whoever tries texts out must not be able to fill one.
"""

from __future__ import annotations

import threading
from ipaddress import IPv6Address, ip_address

from ums.clock import Clock
from ums.domain.rate import Standing, seconds_left, window_of

MOST_COUNTED = 100_000
"""Keys that are told apart within a minute; those beyond share one count."""
OTHERS = ""
IPV6_PREFIX = 64
"""Bits of an IPv6 address that are one household's."""


class Crowd:
    """Requests a minute, by the place they come from or by whatever else. Safe between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._began = 0.0
        self._counts: dict[str, int] = {}

    def spend(self, address: str, limit: int) -> Standing:
        """Count a request from an IP address, which may make `limit` (1 or more) a minute."""
        return self.count(place_of(address), limit)

    def count(self, key: str, limit: int) -> Standing:
        """Count a request under `key`, which may stand for `limit` (1 or more) a minute."""
        now = self._clock.now()
        with self._lock:
            if (began := window_of(now)) != self._began:
                self._began, self._counts = began, {}
            if len(self._counts) >= MOST_COUNTED and key not in self._counts:
                key = OTHERS
            count = self._counts[key] = self._counts.get(key, 0) + 1
        return Standing(
            allowed=count <= limit, limit=limit, remaining=max(0, limit - count), reset=seconds_left(began, now)
        )


def place_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or the network of an IPv6 address.

    >>> place_of("2001:db8::1") == place_of("2001:db8::ffff")
    True
    """
    try:
        found = ip_address(address)
    except ValueError:
        return OTHERS
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(int(found) >> (128 - IPV6_PREFIX))
    return str(found)

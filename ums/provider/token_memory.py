"""The access tokens one process has in memory, and the one of each key that the provider refused last."""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass, field, replace

from ums.clock import Clock

GIVEN_AGAIN = 30.0
"""Seconds in which a token that the provider gave a second time, after refusing it, isn't renewed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """A token, when to renew it and when it ends (unix seconds); refusals before `firm_until` are ignored."""

    value: str = field(repr=False)
    renew_at: float
    expires_at: float
    firm_until: float = 0.0


class TokenMemory:
    """Shared by all threads. Looking takes no lock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, HeldToken] = {}
        self._refused: dict[str, str] = {}

    def look(self, key: str) -> HeldToken | None:
        """The token of `key`, if it hasn't ended."""
        held = self._held.get(key)
        return held if held is not None and self._clock.now() < held.expires_at else None

    def is_due(self, held: HeldToken) -> bool:
        """Whether it should be renewed by now; it may still be used."""
        return self._clock.now() >= held.renew_at

    def hold(self, key: str, held: HeldToken) -> HeldToken:
        """Remember a token that was kept by some process, unless it was refused here. Returns it."""
        with self._lock:
            if not self._was_refused(key, held.value):
                self._held[key] = held
        return held

    def hold_fetched(self, key: str, held: HeldToken) -> HeldToken:
        """Remember a token fresh from the provider, refused before or not. Returns it."""
        with self._lock:
            if self._was_refused(key, held.value):
                held = replace(held, firm_until=self._clock.now() + GIVEN_AGAIN)
                del self._refused[key]
            self._held[key] = held
        return held

    def drop(self, key: str, held: HeldToken) -> None:
        """Forget a token that is no longer the one kept for all; nobody says that it was refused."""
        with self._lock:
            if self._held.get(key) is held:
                del self._held[key]

    def refuse(self, key: str, value: str) -> bool:
        """The provider refused `value`. True for the first to say so of the token now in use."""
        with self._lock:
            held = self._held.get(key)
            if self._was_refused(key, value) or (held is not None and not _same(held.value, value)):
                return False
            if held is not None and self._clock.now() < held.firm_until:
                return False
            self._refused[key] = value
            self._held.pop(key, None)
            return True

    def is_refused(self, key: str, value: str) -> bool:
        with self._lock:
            return self._was_refused(key, value)

    def _was_refused(self, key: str, value: str) -> bool:
        return _same(self._refused.get(key, ""), value)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())

"""One thread fetches, the others wait for what it brings."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Protocol

from ums.provider.token_memory import HeldToken
from ums.sdk.call import Exchange
from ums.sdk.tokens import RenewalLimits, Token


class Fetch(Protocol):
    """Makes the exchange that fetches a token. Equal ones use the same credentials."""

    def __call__(self) -> Exchange[Token]:
        """Fetches the current token."""

    def renewed(self) -> Exchange[Token]:
        """Fetches another one than the current token, as often as `limits` allows."""

    @property
    def limits(self) -> RenewalLimits:
        """How often `renewed` may be run."""


class Flight:
    """One fetch under way."""

    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch
        self._landing: Future[HeldToken] = Future()

    def land(self, held: HeldToken) -> None:
        self._landing.set_result(held)

    def crash(self, error: BaseException) -> None:
        self._landing.set_exception(error)

    def wait(self, fetch: Fetch) -> HeldToken | None:
        """What it brought; None if it failed with other credentials than `fetch` has.

        Raises what it failed with.
        """
        error = self._landing.exception()
        if error is None:
            return self._landing.result()
        if self.fetch == fetch:
            raise error
        return None


class Flights:
    """The fetches under way in this process, at most one for each key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Flight] = {}

    def board(self, key: str, fetch: Fetch) -> tuple[Flight, bool]:
        """The flight for `key`, and whether the caller must fly it."""
        with self._lock:
            flight = self._under_way.get(key)
            if flight is not None:
                return flight, False
            flight = self._under_way[key] = Flight(fetch)
            return flight, True

    def clear(self, key: str) -> None:
        """It is over; call this before it lands, so that who looks afterwards starts a new one."""
        with self._lock:
            del self._under_way[key]

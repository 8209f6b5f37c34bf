"""Requests a minute: this process's share of each caller's permits, and where it takes more."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from ums.clock import Clock
from ums.domain.rate import WINDOW, Standing, permits_to_take, seconds_left, window_of
from ums.store import rates as store
from ums.store.db import Database, Session
from ums.store.rates import Window


@dataclass(slots=True)
class _Purse:
    """What this process holds of one caller's permits for the window that began at `began`.

    `taken` is what all processes had taken when this one last asked.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    limit: int = 0
    began: float = 0.0
    taken: int = 0
    held: int = 0
    spent: int = 0

    def begin(self, limit: int, began: float) -> None:
        """Another window, or another limit: what was held lapses."""
        self.limit, self.began, self.taken, self.held, self.spent = limit, began, 0, 0, 0


class Rates:
    """Counts requests against their callers' limits; one for each process, safe between threads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._purses: dict[str, _Purse] = {}

    def spend(self, key: str, limit: int) -> Standing:
        """Make one request of the caller `key`, who may make `limit` (1 or more) a minute.

        Most calls touch nothing but memory. Raises Unavailable where permits must be fetched and the
        database can't be written.
        """
        purse = self._purses.get(key) or self._purses.setdefault(key, _Purse())
        with purse.lock:
            now = self._clock.now()
            began = window_of(now)
            # at the turn of the minute another process may have begun the next window a moment ago
            if limit != purse.limit or purse.began not in {began, began + WINDOW}:
                purse.begin(limit, began)
            if purse.held == 0 and purse.taken < limit:
                self._fetch(purse, key)
            allowed = purse.held > 0
            if allowed:
                purse.held -= 1
                purse.spent += 1
            return Standing(
                allowed=allowed,
                limit=limit,
                remaining=max(0, limit - purse.taken) + purse.held,
                reset=seconds_left(purse.began, now),
            )

    def _fetch(self, purse: _Purse, key: str) -> None:
        limit, began, spent = purse.limit, purse.began, purse.spent

        def work(session: Session) -> tuple[Window, int]:
            window = store.enter(session, key, began)
            permits = permits_to_take(limit, window.taken, spent)
            if permits:
                store.take(session, key, permits)
            return window, permits

        window, purse.held = self._database.write_together(work)
        purse.began, purse.taken = window.began, window.taken + purse.held

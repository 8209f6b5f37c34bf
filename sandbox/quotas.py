"""How often each call was made today and this minute, what remains, and how often that was set back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.errors import Refused

SHANGHAI = 8 * 3600
"""Seconds east of Greenwich: the daily counters turn at midnight in Shanghai."""
CLEARS = 10
"""Clears an account may make in a month, of one path or of all."""


@dataclass(slots=True)
class Tally:
    """The calls of one path in one day and one minute, both numbered since the epoch."""

    day: int = 0
    today: int = 0
    minute: int = 0
    this_minute: int = 0


@dataclass(slots=True)
class Usage:
    """One account's tallies by path, and how often they were cleared in the month that was cleared in last."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    month: str = ""
    clears: int = 0

    def count(self, path: str, now: float, daily: Mapping[str, int], minutely: Mapping[str, int]) -> None:
        """Counts one call. Raises ``Refused`` with 45009 or 45011, uncounted, where the quota is used up."""
        tally = self.turned(path, now)
        if tally.today >= daily.get(path, tally.today + 1):
            raise Refused(45009)
        if tally.this_minute >= minutely.get(path, tally.this_minute + 1):
            raise Refused(45011)
        tally.today += 1
        tally.this_minute += 1

    def turned(self, path: str, now: float) -> Tally:
        """The tally of a path, begun anew where the day or the minute has turned."""
        tally = self.tallies.get(path)
        if tally is None:
            tally = self.tallies[path] = Tally()
        day, minute = int(now + SHANGHAI) // 86400, int(now) // 60
        if tally.day != day:
            tally.day, tally.today = day, 0
        if tally.minute != minute:
            tally.minute, tally.this_minute = minute, 0
        return tally

    def clear(self, paths: Iterable[str], now: float) -> None:
        """Sets today's count of these paths back. Raises ``Refused`` with 48006 when the month's are made."""
        month = f"{datetime.fromtimestamp(now + SHANGHAI, UTC):%Y-%m}"
        if month != self.month:
            self.month, self.clears = month, 0
        if self.clears >= CLEARS:
            raise Refused(48006)
        self.clears += 1
        for path in paths:
            self.turned(path, now).today = 0

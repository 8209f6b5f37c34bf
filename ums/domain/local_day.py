"""Days as a time zone counts them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class LocalDay(NamedTuple):
    """A day by its date (`"2027-01-15"`), and the moment in unix seconds at which the next one begins."""

    date: str
    ends_at: float


def local_day(now: float, timezone: str) -> LocalDay:
    """The day that `now` (unix seconds) falls on there.

    >>> local_day(1_800_000_000.0, "Asia/Shanghai")
    LocalDay(date='2027-01-15', ends_at=1800028800.0)
    """
    zone = ZoneInfo(timezone)
    today = datetime.fromtimestamp(now, zone).date()
    midnight = datetime.combine(today + timedelta(days=1), time(), zone)
    return LocalDay(today.isoformat(), midnight.timestamp())

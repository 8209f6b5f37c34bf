"""Days as a time zone counts them, and as a provider's quotas do."""

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


def quota_day(now: float, timezone: str, reset_hour: int) -> LocalDay:
    """The day of quotas that `now` falls on: it begins at `reset_hour` there, and has the date that it begins on.

    >>> quota_day(1_800_000_000.0, "Asia/Shanghai", 20)
    LocalDay(date='2027-01-14', ends_at=1800014400.0)
    """
    local = datetime.fromtimestamp(now, ZoneInfo(timezone))
    begins = local.replace(hour=reset_hour, minute=0, second=0, microsecond=0)
    if begins > local:
        begins -= timedelta(days=1)
    return LocalDay(begins.date().isoformat(), (begins + timedelta(days=1)).timestamp())

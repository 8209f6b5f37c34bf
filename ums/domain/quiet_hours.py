"""Quiet hours: whether an application's messages rest at a moment, and until when.

Quiet hours are told by the clock on the wall. Where that is put forward over their start or end, they start or
end as it jumps; where it shows that time twice, they start the first time and end the second.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ums.domain.policy import QuietHours

ONE_DAY = timedelta(days=1)
LONGEST_CHAIN = 7
"""How many quiet spans may touch one another: they do where a zone skips a whole day, and never for long."""


def quiet_until(quiet: QuietHours | None, now: float) -> float | None:
    """When the quiet hours that `now` lies in are over; None where it lies in none. Both in unix seconds.

    >>> night = QuietHours(start=22 * 60, end=8 * 60, timezone="UTC")
    >>> quiet_until(night, 23 * 3600.0) == (24 + 8) * 3600.0
    True
    >>> quiet_until(night, 12 * 3600.0) is None
    True
    """
    if quiet is None:
        return None
    until: float | None = None
    for _ in range(LONGEST_CHAIN):
        end = _end_of_span(quiet, now if until is None else until)
        if end is None:
            break
        until = end
    return until


def _end_of_span(quiet: QuietHours, now: float) -> float | None:
    """The end of the span that `now` lies in: yesterday's, which may reach into today, or today's."""
    zone = ZoneInfo(quiet.timezone)
    today = datetime.fromtimestamp(now, zone).date()
    for day in (today - ONE_DAY, today):
        start = _moment(day, quiet.start, zone, fold=0)
        end = _moment(day if quiet.start <= quiet.end else day + ONE_DAY, quiet.end, zone, fold=1)
        if start <= now < end:
            return end
    return None


def _moment(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> float:
    """When the wall shows this time: of two such moments the one `fold` names, of none the jump over it."""
    wall = datetime.combine(day, time(minutes // 60, minutes % 60, fold=fold), zone)
    if _wall(wall.timestamp(), zone) == wall.replace(tzinfo=None, fold=0):
        return wall.timestamp()
    # in a gap, fold 1 reads the wall by the offset after the jump and so comes before it
    return _jump(wall.replace(fold=1).timestamp(), wall.replace(fold=0).timestamp(), zone)


def _jump(before: float, after: float, zone: ZoneInfo) -> float:
    """The second between the two at which the clock is put forward."""
    early, late = int(before), int(after)
    offset = _offset(early, zone)
    while late - early > 1:
        middle = (early + late) // 2
        if _offset(middle, zone) == offset:
            early = middle
        else:
            late = middle
    return float(late)


def _wall(moment: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(moment, zone).replace(tzinfo=None, fold=0)


def _offset(moment: float, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()

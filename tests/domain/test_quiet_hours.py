"""Quiet hours by the clock on the wall, on ordinary days and on those that are 23 or 25 hours long."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.domain.local_day import local_day
from ums.domain.policy import QuietHours, minutes_of
from ums.domain.quiet_hours import quiet_until

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Africa/Casablanca",
    "Pacific/Apia",
)
YEAR_2008, YEAR_2035 = 1_199_145_600, 2_051_222_400
MINUTES = st.integers(0, 24 * 60 - 1)


def quiet(span: str, zone: str) -> QuietHours:
    start, _, end = span.partition("-")
    return QuietHours(start=minutes_of(start), end=minutes_of(end), timezone=zone)


def at(text: str) -> float:
    """A moment with its offset, such as `"2027-03-14 01:30 -0500"`."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M %z").timestamp()


@pytest.mark.parametrize(
    ("span", "zone", "now", "until"),
    [
        # within one day
        ("12:00-14:00", "Asia/Shanghai", "2027-01-15 11:59 +0800", None),
        ("12:00-14:00", "Asia/Shanghai", "2027-01-15 12:00 +0800", "2027-01-15 14:00 +0800"),
        ("12:00-14:00", "Asia/Shanghai", "2027-01-15 13:59 +0800", "2027-01-15 14:00 +0800"),
        ("12:00-14:00", "Asia/Shanghai", "2027-01-15 14:00 +0800", None),
        # over midnight, seen from both sides of it
        ("22:00-08:00", "Asia/Shanghai", "2027-01-15 21:59 +0800", None),
        ("22:00-08:00", "Asia/Shanghai", "2027-01-15 22:00 +0800", "2027-01-16 08:00 +0800"),
        ("22:00-08:00", "Asia/Shanghai", "2027-01-16 07:59 +0800", "2027-01-16 08:00 +0800"),
        ("22:00-08:00", "Asia/Shanghai", "2027-01-16 08:00 +0800", None),
        ("18:00-00:00", "Asia/Shanghai", "2027-01-15 23:00 +0800", "2027-01-16 00:00 +0800"),
        ("00:00-06:00", "Asia/Shanghai", "2027-01-15 23:59 +0800", None),
        # the same moment in another zone
        ("22:00-08:00", "America/New_York", "2027-01-15 22:00 +0800", None),
        # the night that loses an hour: 02:00 becomes 03:00 on 14 March 2027
        ("22:00-08:00", "America/New_York", "2027-03-14 01:00 -0500", "2027-03-14 08:00 -0400"),
        ("22:00-02:30", "America/New_York", "2027-03-14 01:59 -0500", "2027-03-14 03:00 -0400"),
        ("22:00-02:30", "America/New_York", "2027-03-14 03:00 -0400", None),
        ("02:30-05:00", "America/New_York", "2027-03-14 01:59 -0500", None),
        ("02:30-05:00", "America/New_York", "2027-03-14 03:00 -0400", "2027-03-14 05:00 -0400"),
        ("02:15-02:45", "America/New_York", "2027-03-14 03:00 -0400", None),
        ("02:15-02:45", "America/New_York", "2027-03-15 02:30 -0400", "2027-03-15 02:45 -0400"),
        # the night that has 01:00 to 02:00 twice: 7 November 2027
        ("22:00-08:00", "America/New_York", "2027-11-06 23:00 -0400", "2027-11-07 08:00 -0500"),
        ("22:00-01:30", "America/New_York", "2027-11-07 01:29 -0400", "2027-11-07 01:30 -0500"),
        ("22:00-01:30", "America/New_York", "2027-11-07 01:45 -0400", "2027-11-07 01:30 -0500"),
        ("22:00-01:30", "America/New_York", "2027-11-07 01:30 -0500", None),
        ("01:30-05:00", "America/New_York", "2027-11-07 01:30 -0400", "2027-11-07 05:00 -0500"),
        ("01:30-05:00", "America/New_York", "2027-11-07 01:15 -0500", "2027-11-07 05:00 -0500"),
        # half an hour, and at midnight
        ("22:00-02:15", "Australia/Lord_Howe", "2027-10-03 01:59 +1030", "2027-10-03 02:30 +1100"),
        ("22:00-00:30", "America/Havana", "2027-03-13 23:00 -0500", "2027-03-14 01:00 -0400"),
        # Samoa had no 30 December 2011: one night touches the next
        ("22:00-08:00", "Pacific/Apia", "2011-12-29 23:00 -1000", "2011-12-31 08:00 +1400"),
    ],
)
def test_they_end_when_the_wall_says_so(span: str, zone: str, now: str, until: str | None) -> None:
    assert quiet_until(quiet(span, zone), at(now)) == (None if until is None else at(until))


def test_without_quiet_hours_no_moment_is_quiet() -> None:
    assert quiet_until(None, 1_800_000_000.0) is None


@given(
    zone=st.sampled_from(ZONES), start=MINUTES, end=MINUTES, now=st.floats(YEAR_2008, YEAR_2035, allow_nan=False)
)
def test_what_is_held_until_their_end_can_be_sent_then(zone: str, start: int, end: int, now: float) -> None:
    hours = QuietHours(start=start, end=end, timezone=zone)
    until = quiet_until(hours, now)
    if until is not None:
        assert now < until < now + 3 * 86_400
        assert quiet_until(hours, until) is None


@given(start=MINUTES, end=MINUTES, now=st.integers(YEAR_2008, YEAR_2035), east=st.integers(-12, 14))
def test_where_no_clock_is_ever_changed_they_are_minutes_of_the_day(
    start: int, end: int, now: int, east: int
) -> None:
    zone = "UTC" if east == 0 else f"Etc/GMT{-east:+d}"
    hours = QuietHours(start=start, end=end, timezone=zone)
    minute = (now // 60 + east * 60) % 1440
    is_quiet = start <= minute < end if start <= end else minute >= start or minute < end
    until = quiet_until(hours, now)
    assert (until is not None) == is_quiet
    if until is not None:
        assert until - now <= 86_400
        shown = datetime.fromtimestamp(until, ZoneInfo(zone))
        assert (shown.hour * 60 + shown.minute, shown.second) == (end, 0)


@pytest.mark.parametrize(
    ("now", "zone", "date", "ends_at"),
    [
        ("2027-01-15 23:59 +0800", "Asia/Shanghai", "2027-01-15", "2027-01-16 00:00 +0800"),
        ("2027-01-16 00:00 +0800", "Asia/Shanghai", "2027-01-16", "2027-01-17 00:00 +0800"),
        ("2027-03-14 00:00 -0500", "America/New_York", "2027-03-14", "2027-03-15 00:00 -0400"),
        # midnight itself is skipped, or comes twice
        ("2027-03-13 23:00 -0500", "America/Havana", "2027-03-13", "2027-03-14 01:00 -0400"),
        ("2027-11-06 23:00 -0400", "America/Havana", "2027-11-06", "2027-11-07 00:00 -0400"),
    ],
)
def test_a_day_ends_at_its_own_midnight(now: str, zone: str, date: str, ends_at: str) -> None:
    assert local_day(at(now), zone) == (date, at(ends_at))


@given(now=st.floats(YEAR_2008, YEAR_2035, allow_nan=False), zone=st.sampled_from(ZONES))
def test_the_next_day_begins_where_this_one_ends(now: float, zone: str) -> None:
    day = local_day(now, zone)
    assert now < day.ends_at <= now + 86_400 + 3_600
    assert datetime.fromtimestamp(day.ends_at, UTC).astimezone(ZoneInfo(zone)).date().isoformat() > day.date

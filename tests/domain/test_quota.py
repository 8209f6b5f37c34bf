"""How an endpoint stands, by our count and the provider's."""

from __future__ import annotations

import pytest

from ums.domain.local_day import quota_day
from ums.domain.quota import Asked, EndpointQuota, Quota, standing

DAY = "2027-01-15"
NOON = 1_800_000_000.0


def asked(used: int, *, limit: int = 1000, counted: int = 0, day: str = DAY) -> Asked:
    quota = Quota(daily_limit=limit, used=used, remain=max(0, limit - used))
    return Asked(quota=quota, at=NOON, day=day, counted=counted)


def stands(counted: int, answer: Asked | None = None, own_limit: int | None = None) -> EndpointQuota:
    return standing("message", counted=counted, day=DAY, asked=answer, own_limit=own_limit)


@pytest.mark.parametrize(
    ("counted", "answer", "own_limit", "limit", "remaining"),
    [
        (7, None, None, None, None),
        (7, None, 10, 10, 3),
        (12, None, 10, 10, 0),
        (7, asked(7, counted=7), None, 1000, 993),
        (7, asked(500, counted=7), None, 1000, 500),
        (9, asked(500, counted=7), None, 1000, 498),
        (7, asked(500, counted=7), 300, 300, 293),
        (7, asked(990, counted=7), 300, 300, 10),
        (7, asked(999, counted=990, day="2027-01-14"), None, 1000, 993),
    ],
)
def test_what_is_left_is_the_lower_of_both_counts(
    counted: int, answer: Asked | None, own_limit: int | None, limit: int | None, remaining: int | None
) -> None:
    found = stands(counted, answer, own_limit)
    assert (found.limit, found.remaining) == (limit, remaining)


@pytest.mark.parametrize(
    ("counted", "used", "others", "said"),
    [
        (70, 70, 0, ""),
        (7000, 7050, 0, ""),
        (70, 100, 30, "had counted 70 calls, the provider 100: another system, or another channel of this account"),
        (
            70,
            20,
            -50,
            "The provider had counted 20 calls, the gateway 70: the provider's count was cleared elsewhere",
        ),
    ],
)
def test_who_else_called_is_told_in_plain_words(counted: int, used: int, others: int, said: str) -> None:
    found = stands(counted, asked(used, limit=100_000, counted=counted))
    assert found.others == others
    assert said in found.told
    assert bool(said) == bool(found.told)


def test_an_answer_of_yesterday_says_nothing_of_today_but_the_limit() -> None:
    found = stands(3, asked(900, counted=1, day="2027-01-14"))
    assert (found.used, found.others, found.asked_at, found.limit) == (None, 0, None, 1000)


@pytest.mark.parametrize(("waiting", "runs_out"), [(3, False), (4, True)])
def test_it_runs_out_where_more_waits_than_is_left(waiting: int, runs_out: bool) -> None:
    found = stands(7, own_limit=10).waited(waiting)
    assert found.runs_out is runs_out
    assert ("4 deliveries wait and 3 calls are left" in found.told) is runs_out
    assert not stands(7).waited(10**9).runs_out


@pytest.mark.parametrize(
    ("now", "hour", "date", "ends_in"),
    [
        (NOON, 0, "2027-01-15", 28_800.0),
        (NOON, 16, "2027-01-15", 86_400.0),
        (NOON, 17, "2027-01-14", 3_600.0),
        (NOON - 1, 16, "2027-01-14", 1.0),
    ],
)
def test_a_day_of_quotas_begins_at_its_hour(now: float, hour: int, date: str, ends_in: float) -> None:
    """Noon is four in the afternoon in Shanghai."""
    day = quota_day(now, "Asia/Shanghai", hour)
    assert (day.date, day.ends_at - now) == (date, ends_in)

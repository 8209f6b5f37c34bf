"""When a channel is called no more, and when it is called again."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ums.domain import breaker
from ums.domain.breaker import Breaker, Tally
from ums.domain.outcome import (
    Accepted,
    BadAddress,
    BadChannel,
    BadContent,
    HeldBack,
    Resumption,
    Throttled,
    Transient,
    Uncertain,
)

REFUSED = Tally(calls=1, failed=1, reason="connection_refused")
GOOD = Tally(calls=1, failed=0)


def after(*tallies: tuple[Tally, float], before: Breaker | None = None) -> Breaker | None:
    """What is remembered after calls that ended so many seconds after one another."""
    now = 0.0
    for tally, seconds in tallies:
        now += seconds
        before = breaker.noted(before, tally, now)
    return before


def is_open(found: Breaker | None) -> bool:
    return found is not None and found.opened_at is not None


@pytest.mark.parametrize(
    ("outcome", "called", "failed"),
    [
        (Uncertain("answer_timeout"), True, True),
        (Transient("connection_refused"), True, True),
        (Transient("busy", provider_code=-1), True, True),
        (Transient("connection_refused"), False, True),  # no token to be had
        (Transient("too_often", after=5.0), True, False),
        (Transient("frequency_cap", after=1.0), False, None),
        (Accepted(), True, False),
        (BadAddress("dead_address"), True, False),
        (BadContent("bad_content"), True, False),
        (BadChannel("bad_secret"), True, False),
        (Throttled("quota", until=Resumption.NEXT_DAY), True, False),
        (BadAddress("no_credit"), False, None),
        (HeldBack("frequency_cap"), False, None),
        (ValueError("a defect"), True, None),
    ],
)
def test_only_the_providers_faults_count_and_any_answer_of_its_is_one(
    outcome: Accepted | Exception, called: bool, failed: bool | None
) -> None:
    assert breaker.failed(outcome, called=called) is failed


def test_twenty_failures_in_a_row_open_it_and_nineteen_do_not() -> None:
    assert not is_open(after(*[(REFUSED, 0.0)] * 19))
    opened = after(*[(REFUSED, 0.0)] * 20)
    assert is_open(opened)
    assert opened is not None
    assert opened.reason == "connection_refused"


def test_a_whole_batch_that_failed_opens_it_at_once() -> None:
    assert is_open(after((Tally(calls=20, failed=20, reason="busy"), 0.0)))
    assert not is_open(after((Tally(calls=256, failed=200, reason="busy"), 0.0)))


def test_one_failure_among_many_calls_is_forgotten_at_the_next() -> None:
    first = after((Tally(calls=256, failed=1, reason="busy"), 0.0))
    assert first is not None
    assert after((GOOD, 1.0), before=first) is None


def test_a_channel_that_worked_for_hours_is_given_up_as_soon_as_another() -> None:
    """What was counted of a large broadcast with a failure now and then weighs no more than a hundred calls."""
    busy = after(*[(Tally(calls=256, failed=3, reason="busy"), 0.03)] * 1000)
    assert busy is not None
    assert not is_open(busy)
    found = after((Tally(calls=256, failed=256, reason="connection_refused"), 0.03), before=busy)
    assert is_open(after((Tally(calls=256, failed=256, reason="connection_refused"), 0.03), before=found))


def test_who_fails_half_the_time_is_called_on() -> None:
    assert not is_open(after(*[(REFUSED, 0.1), (GOOD, 0.1)] * 500))


def test_who_is_called_as_seldom_as_it_would_be_tried_is_called_on() -> None:
    assert not is_open(after(*[(REFUSED, 5.0)] * 500))
    assert is_open(after(*[(REFUSED, 3.0)] * 50))


def test_a_clock_that_goes_back_changes_nothing() -> None:
    assert is_open(after(*[(REFUSED, 0.0)] * 10, (REFUSED, -3600.0), *[(REFUSED, 0.0)] * 9))


@pytest.fixture
def opened() -> Breaker:
    found = after(*[(REFUSED, 0.0)] * 20)
    assert found is not None
    return found


def test_it_is_tried_less_and_less_often_but_within_the_minute_of_its_recovery(opened: Breaker) -> None:
    now, tries = 0.0, []
    found = opened
    while now < 300:
        assert found.probe_at is not None
        now = found.probe_at
        tries.append(now)
        under_way = breaker.trying(found, 7, now)
        assert under_way.probe_at is not None
        assert under_way.probe_at > now  # nobody else tries meanwhile
        after_it = breaker.tried(under_way, True, "connection_refused", now)
        assert after_it is not None
        found = after_it
    assert len([at for at in tries if at < 60]) <= 20
    assert max(late - early for early, late in pairwise(tries)) <= 30


def test_an_answer_closes_it(opened: Breaker) -> None:
    assert breaker.tried(breaker.trying(opened, 7, 2.0), False, "", 2.1) is None


def test_a_try_that_tells_nothing_is_followed_by_another_at_once(opened: Breaker) -> None:
    found = breaker.tried(breaker.trying(opened, 7, 2.0), None, "", 2.1)
    assert found is not None
    assert (found.probe_at, found.probe_id, found.probes, found.reason) == (2.1, None, 0, "connection_refused")

"""Requests a minute: never more than the limit, in one process or many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest
from sqlalchemy import event

from tests.fakes import NOON, FrozenClock
from tests.forked import Forked
from tests.services.rate_process import main
from ums.services.gateway import Gateway
from ums.services.rates import Rates
from ums.store.models import RateRow

pytestmark = pytest.mark.both_databases

KEY = "0123456789abcdef01234567"


def let_through(rates: Rates, limit: int, requests: int, key: str = KEY) -> int:
    return sum(rates.spend(key, limit).allowed for _ in range(requests))


@pytest.mark.parametrize("limit", [1, 2, 10, 63, 600, 6000])
def test_one_process_lets_exactly_the_limit_through(gateway: Gateway, limit: int) -> None:
    assert let_through(gateway.rates, limit, limit + 50) == limit


def test_it_tells_what_is_left_and_when_the_minute_ends(gateway: Gateway, clock: FrozenClock) -> None:
    clock.advance(14.5)
    first, second, third = (gateway.rates.spend(KEY, 2) for _ in range(3))
    assert (first.allowed, first.limit, first.remaining, first.reset) == (True, 2, 1, 46)
    assert (second.allowed, second.remaining) == (True, 0)
    assert (third.allowed, third.remaining, third.reset) == (False, 0, 46)


def test_the_next_minute_begins_anew(gateway: Gateway, clock: FrozenClock) -> None:
    assert let_through(gateway.rates, 5, 9) == 5
    clock.advance(59.9)
    assert let_through(gateway.rates, 5, 9) == 0
    clock.advance(0.1)
    assert let_through(gateway.rates, 5, 9) == 5


def test_each_caller_has_a_limit_of_his_own(gateway: Gateway) -> None:
    assert let_through(gateway.rates, 5, 9) == 5
    assert let_through(gateway.rates, 3, 9, key="another") == 3


def test_a_changed_limit_counts_with_the_next_request(gateway: Gateway) -> None:
    assert let_through(gateway.rates, 10, 8) == 8
    assert let_through(gateway.rates, 5, 3) == 0
    # what had been fetched and not used has lapsed
    assert let_through(gateway.rates, 40, 99) >= 30


def test_a_clock_that_is_put_back_opens_a_window_of_its_own(gateway: Gateway, clock: FrozenClock) -> None:
    clock.advance(3600)
    assert let_through(gateway.rates, 5, 9) == 5
    clock.advance(-3600)
    assert let_through(gateway.rates, 5, 9) == 5


def test_who_is_late_at_the_turn_of_the_minute_goes_on_in_the_next(gateway: Gateway, clock: FrozenClock) -> None:
    late = Rates(gateway.database, FrozenClock(clock.now() - 0.1))
    assert let_through(gateway.rates, 5, 3) == 3
    assert let_through(late, 5, 9) + let_through(gateway.rates, 5, 9) == 2


def test_most_requests_touch_no_database(gateway: Gateway) -> None:
    commits: list[object] = []
    event.listen(gateway.database.engine, "commit", commits.append)
    assert let_through(gateway.rates, 100_000, 20_000) == 20_000
    assert len(commits) < 30
    commits.clear()
    assert let_through(gateway.rates, 3, 1000, key="another") == 3
    assert len(commits) <= 4


def test_threads_share_what_their_process_has_fetched(gateway: Gateway) -> None:
    together = threading.Barrier(8)

    def many() -> int:
        together.wait()
        return let_through(gateway.rates, 600, 200)

    with ThreadPoolExecutor(8) as pool:
        assert sum(done.result() for done in [pool.submit(many) for _ in range(8)]) == 600


class Start(Protocol):
    def __call__(self) -> Forked: ...


@pytest.fixture
def start(gateway: Gateway) -> Iterator[Start]:
    processes: list[Forked] = []

    def one() -> Forked:
        processes.append(Forked(main, gateway.database.engine.url.render_as_string(), NOON, 4))
        processes[-1].wait_until_ready()
        return processes[-1]

    yield one
    for process in processes:
        process.kill()


def test_two_processes_together_never_exceed_the_limit_and_use_it_up(start: Start, gateway: Gateway) -> None:
    pair = [start(), start()]
    for limit in (1, 2, 7, 10, 600, 3000):
        for process in pair:
            process.tell(f"limit{limit}", limit, 2 * limit)
        assert sum(process.answer() for process in pair) == limit
        with gateway.database.read() as session:
            assert session.get_one(RateRow, f"limit{limit}").taken == limit


def test_what_an_idle_process_holds_costs_a_caller_little(start: Start) -> None:
    """The first is never asked again, so what it had fetched lapses."""
    pair = [start(), start()]
    allowed = 0
    for process, requests in zip(pair, (200, 900), strict=True):
        process.tell(KEY, 600, requests)
        allowed += process.answer()
    assert 570 <= allowed <= 600

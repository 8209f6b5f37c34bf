"""Tokens between processes: one call to the provider, whoever asks, and whoever dies asking."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Protocol

import pytest

from tests.forked import Forked
from tests.provider.token_process import KEY, main
from tests.provider.token_server import Credentials, TokenServer
from ums.clock import SystemClock
from ums.provider.requests_driver import RequestsDriver
from ums.provider.tokens import LEASE, TokenStore
from ums.store.db import Database
from ums.store.sealing import Sealer

ROUNDS = 10
THREADS = 50
SHORT_LEASE = 0.5
CROWD, CROWD_THREADS = 16, 4
FEW = 3


class Start(Protocol):
    def __call__(self, number: int, threads: int, lease: float = LEASE) -> list[Forked]: ...


@pytest.fixture
def start(database: Database, provider: TokenServer) -> Iterator[Start]:
    processes: list[Forked] = []

    def some(number: int, threads: int, lease: float = LEASE) -> list[Forked]:
        url = database.engine.url.render_as_string()
        begun = [Forked(main, url, provider.url, threads, lease) for _ in range(number)]
        processes.extend(begun)
        for process in begun:
            process.wait_until_ready()
        return begun

    yield some
    for process in processes:
        process.kill()


def test_a_cold_token_is_fetched_once_for_two_processes_of_fifty_threads(
    start: Start, provider: TokenServer
) -> None:
    pair = start(2, THREADS)
    for turn in range(ROUNDS):
        for process in pair:
            process.tell("get", f"key{turn}")
        assert [process.answer() for process in pair] == [[provider.token(f"key{turn}")]] * 2
    assert provider.calls == {f"key{turn}": 1 for turn in range(ROUNDS)}


def test_a_refused_token_is_renewed_once_for_two_processes_of_fifty_threads(
    start: Start, provider: TokenServer
) -> None:
    pair = start(2, THREADS)
    for process in pair:
        process.tell("get", "oa")
        process.answer()
    for turn in range(ROUNDS):
        old = provider.token("oa")
        provider.drop("oa")
        for process in pair:
            process.tell("refuse", "oa", old)
        assert [process.answer() for process in pair] == [[provider.token("oa")]] * 2
        assert provider.calls["oa"] == turn + 2


def test_a_stampede_of_sixteen_processes_makes_one_call_and_one_more_when_its_token_is_refused(
    start: Start, provider: TokenServer
) -> None:
    crowd = start(CROWD, CROWD_THREADS)
    provider.gate.clear()
    for process in crowd:
        process.tell("get", "oa")
    assert provider.asked.wait(30)
    # nobody can have the token yet: whoever is to ask has asked by now
    time.sleep(0.5)
    provider.gate.set()
    assert [process.answer() for process in crowd] == [[provider.token("oa")]] * CROWD
    assert provider.calls == {"oa": 1}
    old = provider.token("oa")
    provider.drop("oa")
    for process in crowd:
        process.tell("refuse", "oa", old)
    assert [process.answer() for process in crowd] == [[provider.token("oa")]] * CROWD
    assert provider.calls == {"oa": 2}


def test_several_processes_force_another_token_once_where_the_refused_one_is_given_again(
    start: Start, provider: TokenServer
) -> None:
    crowd = start(FEW, THREADS)
    for process in crowd:
        process.tell("get", "oa")
    old = provider.token("oa")
    assert [process.answer() for process in crowd] == [[old]] * FEW
    for process in crowd:
        process.tell("refuse", "oa", old)
    assert [process.answer() for process in crowd] == [["token-of-oa-1"]] * FEW
    assert provider.calls["oa"] == 3, "the first, the one that gave the refused token again, and the forced one"
    assert provider.forced["oa"] == 1


@pytest.mark.parametrize("key", ["oa", "mp", "wk"])
def test_a_process_killed_while_it_renews_holds_nobody_up_for_longer_than_its_lease(
    start: Start, provider: TokenServer, database: Database, key: str
) -> None:
    driver = RequestsDriver()
    survivor = TokenStore(database, Sealer(KEY), SystemClock(), driver, lease=SHORT_LEASE)
    provider.gate.clear()
    (holder,) = start(1, 1, SHORT_LEASE)
    holder.tell("get", key)
    assert provider.asked.wait(30)
    holder.kill()
    provider.gate.set()
    assert survivor.get(key, Credentials(url=provider.url, key=key)) == provider.token(key)
    assert provider.calls[key] == 2
    driver.close()

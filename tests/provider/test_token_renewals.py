"""Tokens asked for by force: where a refused one is given again, and where an operator demands another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes import FrozenClock
from tests.provider.token_server import Credentials, TokenServer
from ums.provider.tokens import TokenStore, TooSoon
from ums.sdk.errors import BadChannel

CROWD = 50
DAY = 86_400.0


def refused_and_asked(store: TokenStore, fetch: Credentials, value: str) -> str:
    store.expire("oa", value)
    return store.get("oa", fetch)


def too_soon(store: TokenStore, fetch: Credentials) -> float:
    with pytest.raises(TooSoon) as caught:
        store.renew("oa", fetch)
    return caught.value.next_at


def test_a_refused_token_that_is_given_again_is_replaced_by_force(
    store: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    old = store.get("oa", fetch)
    assert refused_and_asked(store, fetch, old) == "token-of-oa-1"
    assert (provider.calls["oa"], provider.forced["oa"]) == (3, 1)


def test_one_that_another_has_taken_the_place_of_needs_no_force(
    store: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    old = store.get("oa", fetch)
    provider.drop("oa")
    assert refused_and_asked(store, fetch, old) == "token-of-oa-1"
    assert provider.forced["oa"] == 0


def test_a_thousand_refusals_in_two_processes_force_once(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    old = store.get("oa", fetch)
    assert neighbour.get("oa", fetch) == old
    together = threading.Barrier(CROWD)

    def twenty(number: int) -> set[str]:
        together.wait()
        asked = store if number % 2 else neighbour
        return {refused_and_asked(asked, fetch, old) for _ in range(1000 // CROWD)}

    with ThreadPoolExecutor(CROWD) as pool:
        found = set().union(*pool.map(twenty, range(CROWD)))
    assert found == {"token-of-oa-1"}
    assert (provider.calls["oa"], provider.forced["oa"]) == (3, 1)


def test_within_thirty_seconds_nothing_is_forced_again_by_any_process(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    second = refused_and_asked(store, fetch, store.get("oa", fetch))
    for asked in (store, neighbour):
        assert refused_and_asked(asked, fetch, second) == second
    assert provider.forced["oa"] == 1
    clock.advance(30)
    assert refused_and_asked(neighbour, fetch, second) == "token-of-oa-2"
    assert provider.forced["oa"] == 2


def test_no_more_than_twenty_are_forced_in_a_day(
    store: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    began = clock.now()
    value = store.get("oa", fetch)
    for _ in range(25):
        value = refused_and_asked(store, fetch, value)
        clock.advance(60)
    assert provider.forced["oa"] == 20
    assert too_soon(store, fetch) == began + DAY
    clock.advance(began + DAY - clock.now())
    assert store.renew("oa", fetch).left == 0
    assert provider.forced["oa"] == 21


def test_an_operator_s_renewal_counts_like_any_other_and_is_found_by_all(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    old = neighbour.get("oa", fetch)
    renewed = store.renew("oa", fetch)
    assert (renewed.held.value, renewed.left) == ("token-of-oa-1", 19)
    assert neighbour.get("oa", fetch) == old, "until it is refused"
    assert refused_and_asked(neighbour, fetch, old) == store.get("oa", fetch) == "token-of-oa-1"
    assert too_soon(neighbour, fetch) == clock.now() + 30
    assert (provider.calls["oa"], provider.forced["oa"]) == (2, 1)


def test_who_gives_the_token_to_others_looks_at_what_all_share_by_now(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    old = neighbour.get("oa", fetch)
    store.renew("oa", fetch)
    assert neighbour.shared("oa", fetch).value == "token-of-oa-1"
    provider.drop("oa")
    store.expire("oa", "token-of-oa-1")
    assert neighbour.shared("oa", fetch).value == "token-of-oa-2"
    assert old == "token-of-oa-0"
    assert provider.forced["oa"] == 1


def test_a_renewal_that_is_refused_is_told_and_leaves_the_old_token(
    store: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    old = store.get("oa", fetch)
    provider.error = 40164
    with pytest.raises(BadChannel):
        store.renew("oa", fetch)
    provider.error = 0
    assert store.get("oa", fetch) == old


def test_a_renewal_by_force_that_fails_leaves_what_was_given(
    store: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    old = store.get("oa", fetch)
    provider.force_error = 45009
    assert refused_and_asked(store, fetch, old) == old
    assert provider.calls["oa"] == 3

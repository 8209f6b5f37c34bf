"""Tokens in one process: when one is fetched, kept, renewed, dropped, and what a failure does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select, text, update

from tests.fakes import FrozenClock
from tests.provider.token_server import Credentials, TokenServer, send
from ums.provider.platform_desk import supplied
from ums.provider.requests_driver import RequestsDriver
from ums.provider.tokens import FAILURE_KEPT, LEASE, RENEW_AGAIN, RENEW_BEFORE, TokenStore
from ums.sdk.errors import BadChannel, SendError, Transient
from ums.store.db import Database
from ums.store.models import TokenRow
from ums.store.sealing import Sealer

T = TypeVar("T")

LIFETIME = 7200.0
DUE = LIFETIME - RENEW_BEFORE
CROWD = 50


def at_once(work: Callable[[], T]) -> list[T]:
    """What `work` returns in a crowd of threads that start together."""
    together = threading.Barrier(CROWD)

    def one(_: int) -> T:
        together.wait()
        return work()

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(one, range(CROWD)))


def failed(store: TokenStore, fetch: Credentials) -> SendError:
    with pytest.raises(SendError) as caught:
        store.get("oa", fetch)
    return caught.value


def test_a_token_is_fetched_once_and_remembered(
    store: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    assert {store.get("oa", fetch) for _ in range(3)} == {"token-of-oa-0"}
    assert provider.calls["oa"] == 1


def test_what_one_process_fetched_another_finds(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    assert store.get("oa", fetch) == neighbour.get("oa", fetch)
    assert provider.calls["oa"] == 1


def test_a_token_lies_sealed(store: TokenStore, fetch: Credentials, tmp_path: Path) -> None:
    value = store.get("oa", fetch).encode()
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert len(files) >= 2
    assert not any(value in content for content in files)


def test_a_token_sealed_with_another_key_is_fetched_again(
    store: TokenStore, provider: TokenServer, fetch: Credentials, database: Database, clock: FrozenClock
) -> None:
    store.get("oa", fetch)
    moved = TokenStore(database, Sealer("another key"), clock, RequestsDriver())
    assert moved.get("oa", fetch) == "token-of-oa-0"
    assert provider.calls["oa"] == 2


def test_a_token_is_renewed_before_it_ends(
    store: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    store.get("oa", fetch)
    clock.advance(DUE - 1)
    assert store.get("oa", fetch) == "token-of-oa-0"
    assert provider.calls["oa"] == 1
    provider.drop("oa")
    clock.advance(1)
    assert store.get("oa", fetch) == "token-of-oa-1"
    assert provider.calls["oa"] == 2


def test_a_short_lived_token_is_renewed_after_half_its_life(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    provider.lifetime = 60.0
    store.get("oa", fetch)
    clock.advance(29)
    assert neighbour.get("oa", fetch) == store.get("oa", fetch)
    assert provider.calls["oa"] == 1
    clock.advance(1)
    store.get("oa", fetch)
    assert provider.calls["oa"] == 2


def test_while_one_renews_the_others_go_on_with_the_old_token(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    store.get("oa", fetch)
    clock.advance(DUE)
    provider.drop("oa")
    provider.gate.clear()
    with ThreadPoolExecutor(1) as renewing:
        provider.asked.clear()
        renewed = renewing.submit(store.get, "oa", fetch)
        assert provider.asked.wait(30)
        assert set(at_once(lambda: store.get("oa", fetch))) == {"token-of-oa-0"}
        assert set(at_once(lambda: neighbour.get("oa", fetch))) == {"token-of-oa-0"}
        provider.gate.set()
        assert renewed.result() == "token-of-oa-1"
    assert provider.calls["oa"] == 2


def test_a_token_another_process_renewed_is_found_without_asking_the_provider(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    neighbour.get("oa", fetch)
    clock.advance(DUE)
    provider.drop("oa")
    assert store.get("oa", fetch) == "token-of-oa-1"
    assert neighbour.get("oa", fetch) == "token-of-oa-1"
    assert provider.calls["oa"] == 2


def test_a_renewal_that_fails_leaves_the_old_token_in_use_and_is_tried_again(
    store: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    store.get("oa", fetch)
    clock.advance(DUE)
    provider.error = -1
    assert {store.get("oa", fetch) for _ in range(3)} == {"token-of-oa-0"}
    assert provider.calls["oa"] == 2
    clock.advance(RENEW_AGAIN)
    assert store.get("oa", fetch) == "token-of-oa-0"
    assert provider.calls["oa"] == 3


def test_a_renewal_that_an_operator_must_mend_is_not_tried_before_the_old_token_ends(
    store: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    store.get("oa", fetch)
    clock.advance(DUE)
    provider.error = 40164
    assert store.get("oa", fetch) == "token-of-oa-0"
    clock.advance(RENEW_BEFORE - 1)
    assert store.get("oa", fetch) == "token-of-oa-0"
    assert provider.calls["oa"] == 2
    clock.advance(1)
    assert isinstance(failed(store, fetch), BadChannel)
    assert provider.calls["oa"] == 3


def test_only_the_very_token_that_was_refused_is_dropped(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    old = store.get("oa", fetch)
    provider.drop("oa")
    store.expire("oa", old)
    new = store.get("oa", fetch)
    store.expire("oa", old)
    neighbour.expire("oa", old)
    assert [store.get("oa", fetch), neighbour.get("oa", fetch), new] == ["token-of-oa-1"] * 3
    assert provider.calls["oa"] == 2


def test_only_the_first_who_reports_a_refusal_has_to_see_to_it(store: TokenStore, fetch: Credentials) -> None:
    old = store.get("oa", fetch)
    assert [store.memory.refuse("oa", old) for _ in range(3)] == [True, False, False]


def test_a_thousand_refusals_renew_once(store: TokenStore, provider: TokenServer, fetch: Credentials) -> None:
    old = store.get("oa", fetch)
    provider.drop("oa")

    def twenty_sends() -> set[str]:
        values = set()
        for _ in range(1000 // CROWD):
            store.expire("oa", old)
            values.add(store.get("oa", fetch))
        return values

    assert set().union(*at_once(twenty_sends)) == {"token-of-oa-1"}
    assert provider.calls["oa"] == 2


def test_a_token_the_provider_gives_again_after_refusing_it_is_not_renewed_over_and_over(
    store: TokenStore, provider: TokenServer, fetch: Credentials, clock: FrozenClock
) -> None:
    provider.stubborn = True
    value = store.get("oa", fetch)
    for _ in range(5):
        store.expire("oa", value)
        assert store.get("oa", fetch) == value
    assert (provider.calls["oa"], provider.forced["oa"]) == (3, 1)
    clock.advance(30)
    store.expire("oa", value)
    store.get("oa", fetch)
    assert (provider.calls["oa"], provider.forced["oa"]) == (5, 2)


def test_a_wrong_secret_costs_one_call_for_all_who_ask(
    store: TokenStore, provider: TokenServer, clock: FrozenClock
) -> None:
    wrong = Credentials(url=provider.url, key="oa", secret="wrong")
    errors = at_once(lambda: failed(store, wrong))
    assert {(type(error), error.reason, error.provider_code) for error in errors} == {
        (BadChannel, "bad_secret", 40125)
    }
    failed(store, wrong)
    assert provider.calls["oa"] == 1
    clock.advance(FAILURE_KEPT)
    failed(store, wrong)
    assert provider.calls["oa"] == 2


def test_a_corrected_secret_is_tried_at_once(store: TokenStore, provider: TokenServer, fetch: Credentials) -> None:
    failed(store, Credentials(url=provider.url, key="oa", secret="wrong"))
    assert store.get("oa", fetch) == "token-of-oa-0"


def test_who_waits_for_a_fetch_with_a_wrong_secret_tries_its_own(
    store: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    provider.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        wrong = pool.submit(store.get, "oa", Credentials(url=provider.url, key="oa", secret="wrong"))
        assert provider.asked.wait(30)
        right = pool.submit(store.get, "oa", fetch)
        provider.gate.set()
        assert right.result() == "token-of-oa-0"
        assert isinstance(wrong.exception(), BadChannel)


def test_credentials_that_are_tried_with_success_end_an_earlier_failure_everywhere(
    store: TokenStore, neighbour: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    provider.error = 40164
    failed(store, fetch)
    failed(neighbour, fetch)
    provider.error = 0
    store.fetch("oa", fetch)
    assert neighbour.get("oa", fetch) == store.get("oa", fetch) == "token-of-oa-0"
    assert provider.calls["oa"] == 3


def test_a_lease_from_before_the_clock_was_set_back_is_over(
    store: TokenStore, neighbour: TokenStore, fetch: Credentials, database: Database, clock: FrozenClock
) -> None:
    store.get("oa", fetch)
    with database.write() as session:
        session.execute(
            update(TokenRow).values(sealed_value=None, lease_owner="gone", lease_until=clock.now() + 2 * LEASE + 1)
        )
    assert neighbour.get("oa", fetch) == "token-of-oa-0"


def test_a_renewal_leaves_no_lease_behind(store: TokenStore, fetch: Credentials, database: Database) -> None:
    wrong = Credentials(url=fetch.url, key="oa", secret="wrong")
    for credentials in (wrong, fetch):
        if credentials is wrong:
            failed(store, wrong)
        else:
            store.get("oa", fetch)
        with database.read() as session:
            assert session.execute(select(TokenRow.lease_owner, TokenRow.lease_until)).one() == (None, 0.0)


def test_a_database_that_takes_nothing_is_a_fault_that_passes(
    store: TokenStore, provider: TokenServer, fetch: Credentials, database: Database
) -> None:
    with database.read() as session:
        session.execute(text("PRAGMA query_only = 1"))
    error = failed(store, fetch)
    assert (type(error), error.reason) == (Transient, "database_busy")
    assert provider.calls["oa"] == 0


@pytest.mark.parametrize("named", ["access_token", "component_access_token"])
def test_a_send_whose_token_is_refused_is_repeated_once_with_a_new_one(
    store: TokenStore, provider: TokenServer, fetch: Credentials, named: str
) -> None:
    driver = RequestsDriver()
    source = store.source("oa", fetch)
    assert driver.run(send(provider.url, "oa", named), token=source) == 0
    provider.drop("oa")
    assert driver.run(send(provider.url, "oa", named), token=source) == 0
    assert provider.sends == {"token-of-oa-0": 2, "token-of-oa-1": 1}
    assert provider.calls["oa"] == 2
    driver.close()


def test_an_exchange_is_handed_on_with_its_tokens_in_it(
    store: TokenStore, provider: TokenServer, fetch: Credentials
) -> None:
    driver = RequestsDriver()
    exchange = supplied(send(provider.url, "oa", "component_access_token"), store.source("oa", fetch))
    assert driver.run(exchange) == 0
    assert provider.sends == {"token-of-oa-0": 1}
    driver.close()


def test_an_exchange_that_wants_a_token_nobody_has_is_a_defect(provider: TokenServer) -> None:
    driver = RequestsDriver()
    with pytest.raises(TypeError, match="access token"):
        driver.run(send(provider.url, "oa"))
    driver.close()

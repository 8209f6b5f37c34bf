"""Tokens on an event loop: one fetch for all who wait, nobody waits while an old token is good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.fakes import FrozenClock
from tests.provider.fault_server import GOOD, FaultServer
from tests.provider.token_server import Credentials, TokenServer, send
from ums.provider.loop_driver import LoopDriver
from ums.provider.loop_token import LoopToken, LoopTokens
from ums.provider.tokens import RENEW_BEFORE, TokenStore
from ums.sdk.call import Call, Exchange, Reply
from ums.sdk.errors import BadChannel, SendError, Uncertain

BURST = 500
THOUSAND = 1000


@pytest.fixture
def tokens(store: TokenStore) -> Iterator[LoopTokens]:
    made = LoopTokens(store)
    yield made
    made.close()


@pytest.fixture
def token(tokens: LoopTokens, provider: TokenServer) -> LoopToken:
    return tokens.source("oa", Credentials(url=provider.url, key="oa"))


@asynccontextmanager
async def loop_driver() -> AsyncIterator[LoopDriver]:
    async with LoopDriver(in_flight=64) as driver:
        yield driver


async def error_of(work: Awaitable[object]) -> SendError:
    with pytest.raises(SendError) as caught:
        await work
    return caught.value


async def until(is_so: Callable[[], bool]) -> None:
    """Give the loop turns until `is_so`; the test's own time limit ends a wait in vain."""
    while not is_so():
        await asyncio.sleep(0.001)


def test_all_who_wait_share_one_fetch(token: LoopToken, provider: TokenServer) -> None:
    async def burst() -> list[str]:
        assert token.at_hand() is None
        values = await asyncio.gather(*(token.get() for _ in range(BURST)))
        assert token.at_hand() == "token-of-oa-0"
        return values

    assert asyncio.run(burst()) == ["token-of-oa-0"] * BURST
    assert provider.calls["oa"] == 1


def test_a_wrong_secret_costs_one_call_for_a_burst_of_sends(tokens: LoopTokens, provider: TokenServer) -> None:
    token = tokens.source("oa", Credentials(url=provider.url, key="oa", secret="wrong"))

    async def burst() -> list[SendError]:
        async with loop_driver() as driver:
            sends = (error_of(driver.run(send(provider.url, "oa"), token=token)) for _ in range(BURST))
            return [*await asyncio.gather(*sends), await error_of(token.get())]

    errors = asyncio.run(burst())
    assert {(type(error), error.reason) for error in errors} == {(BadChannel, "bad_secret")}
    assert provider.calls["oa"] == 1
    assert not provider.sends


def test_nobody_waits_while_a_token_that_is_due_is_renewed(
    token: LoopToken, provider: TokenServer, clock: FrozenClock
) -> None:
    async def load() -> None:
        await token.get()
        clock.advance(provider.lifetime - RENEW_BEFORE)
        provider.drop("oa")
        provider.gate.clear()
        assert {token.at_hand() for _ in range(BURST)} == {"token-of-oa-0"}
        provider.gate.set()
        await until(lambda: token.at_hand() == "token-of-oa-1")

    asyncio.run(load())
    assert provider.calls["oa"] == 2


def test_a_renewal_in_the_background_that_fails_disturbs_nobody(
    token: LoopToken, provider: TokenServer, clock: FrozenClock
) -> None:
    async def load() -> None:
        await token.get()
        clock.advance(provider.lifetime - RENEW_BEFORE)
        provider.error = -1
        assert token.at_hand() == "token-of-oa-0"
        await until(lambda: provider.calls["oa"] == 2)
        assert token.at_hand() == "token-of-oa-0"

    asyncio.run(load())


def test_a_thousand_sends_refused_at_once_renew_once(token: LoopToken, provider: TokenServer) -> None:
    async def refused(old: str) -> str:
        await token.expire(old)
        return token.at_hand() or await token.get()

    async def burst() -> list[str]:
        old = await token.get()
        provider.drop("oa")
        return await asyncio.gather(*(refused(old) for _ in range(THOUSAND)))

    assert asyncio.run(burst()) == ["token-of-oa-1"] * THOUSAND
    assert provider.calls["oa"] == 2


def test_each_send_whose_token_is_refused_is_repeated_once(token: LoopToken, provider: TokenServer) -> None:
    async def burst() -> list[int]:
        async with loop_driver() as driver:
            await driver.run(send(provider.url, "oa"), token=token)
            provider.drop("oa")
            sends = (driver.run(send(provider.url, "oa"), token=token) for _ in range(BURST))
            return await asyncio.gather(*sends)

    assert asyncio.run(burst()) == [0] * BURST
    assert provider.calls["oa"] == 2
    assert provider.sends["token-of-oa-1"] == BURST


def test_one_who_gives_up_takes_the_token_from_nobody(token: LoopToken, provider: TokenServer) -> None:
    async def load() -> str:
        provider.gate.clear()
        impatient = asyncio.create_task(token.get())
        patient = asyncio.create_task(token.get())
        await until(provider.asked.is_set)
        impatient.cancel()
        await asyncio.wait([impatient])
        provider.gate.set()
        return await patient

    assert asyncio.run(load()) == "token-of-oa-0"


def test_on_call_is_told_once_before_the_first_call_and_after_the_token(
    token: LoopToken, provider: TokenServer
) -> None:
    told: list[tuple[int, int]] = []

    async def load() -> None:
        async with loop_driver() as driver:
            exchange = send(provider.url, "oa")
            await token.get()
            provider.drop("oa")
            await driver.run(
                exchange, token=token, on_call=lambda: told.append((provider.calls["oa"], provider.sends.total()))
            )

    asyncio.run(load())
    assert told == [(1, 0)]
    assert provider.sends.total() == 2


def test_a_call_that_may_not_leave_never_does(token: LoopToken, provider: TokenServer) -> None:
    async def load() -> list[object]:
        ended: list[object] = []
        async with loop_driver() as driver:
            driver.start(send(provider.url, "oa"), ended.append, token=token, on_call=lambda: False)
            await until(lambda: provider.calls["oa"] == 1)
            await driver.run(send(provider.url, "oa"), token=token)
        return ended

    assert asyncio.run(load()) == []
    assert provider.sends.total() == 1


def test_on_call_is_not_told_of_a_send_that_got_no_token(tokens: LoopTokens, provider: TokenServer) -> None:
    token = tokens.source("oa", Credentials(url=provider.url, key="oa", secret="wrong"))
    told: list[str] = []

    async def load() -> SendError:
        async with loop_driver() as driver:
            return await error_of(
                driver.run(send(provider.url, "oa"), token=token, on_call=lambda: told.append("called"))
            )

    assert isinstance(asyncio.run(load()), BadChannel)
    assert told == []


def test_an_exchange_that_wants_a_token_nobody_has_is_a_defect(provider: TokenServer) -> None:
    async def load() -> None:
        async with loop_driver() as driver:
            await driver.run(send(provider.url, "oa"))

    with pytest.raises(TypeError, match="access token"):
        asyncio.run(load())


def test_a_token_goes_under_the_name_that_its_call_gives_it(
    server: FaultServer, token: LoopToken, provider: TokenServer
) -> None:
    def each() -> Exchange[None]:
        for name in ("access_token", "component_access_token"):
            for query in ({}, {"a": "1"}):
                yield Call("GET", f"{server.url}/ok", query=query, token=True, token_name=name)

    async def load() -> None:
        async with loop_driver() as driver:
            await driver.run(each(), token=token)

    server.heads.clear()
    asyncio.run(load())
    value = "=token-of-oa-0 "
    assert [head.split("/ok?")[1].split("HTTP")[0] for head in server.heads] == [
        f"access_token{value}", f"a=1&access_token{value}",
        f"component_access_token{value}", f"a=1&component_access_token{value}",
    ]  # fmt: skip


def test_more_calls_than_connections_wait_their_turn(server: FaultServer) -> None:
    def one() -> Exchange[Reply]:
        return (yield Call("POST", f"{server.url}/ok", body=b"{}"))

    async def load() -> list[Reply]:
        async with LoopDriver(in_flight=4) as driver:
            return await asyncio.gather(*(driver.run(one()) for _ in range(BURST)))

    assert asyncio.run(load()) == [Reply(200, GOOD)] * BURST


def test_a_plugin_may_catch_a_lost_call_and_make_another(server: FaultServer) -> None:
    def stubborn() -> Exchange[Reply]:
        try:
            return (yield Call("POST", f"{server.url}/close_without_answer"))
        except Uncertain:
            return (yield Call("POST", f"{server.url}/ok"))

    async def load() -> Reply:
        async with loop_driver() as driver:
            return await driver.run(stubborn())

    assert asyncio.run(load()) == Reply(200, GOOD)

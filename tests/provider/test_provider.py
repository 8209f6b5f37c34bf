"""The provider as services use it: a plugin's exchange in, its result or its `SendError` out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.fakes import FakeContent, FakePlugin, FakeProvider, FakeSettings, FrozenClock, PlainPlugin
from tests.provider.token_process import KEY
from ums.provider import Provider
from ums.provider.loop_driver import LoopDriver
from ums.sdk.errors import Accepted, BadChannel
from ums.sdk.plugin import Outbound
from ums.store.db import Database
from ums.store.sealing import Sealer

OUTBOUND = Outbound(
    address="fake-lisi",
    content=FakeContent(text="hi", endpoint="message", repeat_window=0.0, template=None, to_followers=False),
    repeat_id="r1",
)


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as running:
        yield running


@pytest.fixture
def gate(database: Database, clock: FrozenClock) -> Iterator[Provider]:
    opened = Provider.open(database, Sealer(KEY), clock)
    yield opened
    opened.close()


@pytest.fixture
def settings(fake: FakeProvider) -> FakeSettings:
    return FakeSettings(account="oa", secret="right", base_url=fake.url)


def test_it_fetches_the_token_an_exchange_asks_for_and_keeps_it(
    gate: Provider, fake: FakeProvider, settings: FakeSettings
) -> None:
    plugin = FakePlugin()
    for _ in range(3):
        assert gate.run(plugin, settings, plugin.send(settings, OUTBOUND)) == Accepted(provider_id="r1")
    assert [call.query.get("access_token") for call in fake.calls if call.path == "/send"] == ["token-1"] * 3
    assert fake.called("/token") == 1


def test_it_runs_exchanges_of_a_plugin_without_tokens(
    gate: Provider, fake: FakeProvider, settings: FakeSettings
) -> None:
    plugin = PlainPlugin()
    assert gate.run(plugin, settings, plugin.send(settings, OUTBOUND)) == Accepted(provider_id="r1")
    gate.fetch_token(plugin, settings)
    assert gate.loop_token(plugin, settings) is None
    assert [call.path for call in fake.calls] == ["/send"]


def test_credentials_are_tried_at_the_provider_even_while_a_token_is_good(
    gate: Provider, fake: FakeProvider, settings: FakeSettings
) -> None:
    plugin = FakePlugin()
    gate.fetch_token(plugin, settings)
    with pytest.raises(BadChannel) as caught:
        gate.fetch_token(plugin, replace(settings, secret="wrong"))
    assert caught.value.reason == "bad_secret"
    assert fake.called("/token") == 2


def test_the_event_loop_uses_the_token_that_was_fetched_elsewhere(
    gate: Provider, fake: FakeProvider, settings: FakeSettings
) -> None:
    plugin = FakePlugin()
    gate.fetch_token(plugin, settings)
    token = gate.loop_token(plugin, settings)

    async def send() -> Accepted:
        async with LoopDriver() as driver:
            return await driver.run(plugin.send(settings, OUTBOUND), token=token)

    assert asyncio.run(send()) == Accepted(provider_id="r1")
    assert fake.called("/token") == 1

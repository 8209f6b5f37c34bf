"""An operator's demand for another access token."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.factories import create_channel
from tests.fakes import FakePlugin, FakeProvider, FrozenClock, PlainPlugin
from ums.domain.errors import Conflict, InvalidRequest
from ums.domain.views import ChannelState
from ums.registry import Registry
from ums.services import channels, tokens
from ums.services.gateway import Gateway


@pytest.fixture(autouse=True)
def channel(gateway: Gateway, fake_provider: FakeProvider) -> None:
    create_channel(gateway, base_url=fake_provider.url)


def state(gateway: Gateway) -> ChannelState:
    return channels.show(gateway, "app1").channel.state


def test_a_channel_that_was_parked_is_put_to_use(gateway: Gateway, fake_provider: FakeProvider) -> None:
    fake_provider.secret = "another"
    assert not channels.test(gateway, "app1").ok
    assert state(gateway) is ChannelState.PARKED
    fake_provider.secret = "right"
    renewed = tokens.renew(gateway, "app1")
    assert (renewed.left, renewed.held.expires_at) == (19, gateway.clock.now() + 7200)
    assert state(gateway) is ChannelState.READY


def test_one_that_is_refused_parks_the_channel_and_counts(gateway: Gateway, fake_provider: FakeProvider) -> None:
    fake_provider.secret = "another"
    with pytest.raises(Conflict, match=r"40125.*parked"):
        tokens.renew(gateway, "app1")
    assert state(gateway) is ChannelState.PARKED
    with pytest.raises(Conflict, match="30 seconds apart"):
        tokens.renew(gateway, "app1")
    assert fake_provider.called("/token") == 1


def test_a_refusal_says_when_the_next_is_allowed(
    gateway: Gateway, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    tokens.renew(gateway, "app1")
    clock.advance(10)
    with pytest.raises(Conflict, match=r"next at 2027-01-15 16:00:30 \(Asia/Shanghai\)") as caught:
        tokens.renew(gateway, "app1")
    assert caught.value.retry_after == 20
    clock.advance(20)
    assert tokens.renew(gateway, "app1").left == 18


def test_a_type_without_tokens_has_none_to_renew(gateway: Gateway) -> None:
    plain = replace(gateway, registry=Registry([PlainPlugin("app"), FakePlugin("email")]))
    with pytest.raises(InvalidRequest, match="no access token"):
        tokens.renew(plain, "app1")

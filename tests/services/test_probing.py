from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.factories import break_channel, create_channel, create_gateway
from tests.fakes import FakeProvider, FrozenClock, PlainPlugin
from ums.domain.errors import NotFound
from ums.domain.views import ChannelState
from ums.registry import Registry
from ums.services import channels
from ums.services.gateway import Gateway
from ums.store import channels as store

SECOND = 1.0


@pytest.fixture
def channel(gateway: Gateway, fake_provider: FakeProvider) -> str:
    return create_channel(gateway, base_url=fake_provider.url).code


@pytest.fixture
def parked(gateway: Gateway, channel: str, fake_provider: FakeProvider) -> str:
    """A channel parked just now for a wrong secret, after one token call."""
    fake_provider.secret = "another"
    channels.test(gateway, channel)
    return channel


def state(gateway: Gateway, channel: str) -> ChannelState:
    return channels.show(gateway, channel).channel.state


def test_right_credentials_pass_the_test(gateway: Gateway, channel: str) -> None:
    check = channels.test(gateway, channel)
    assert (check.ok, check.detail, check.provider_code) == (True, "The provider takes the credentials.", None)


def test_wrong_credentials_park_the_channel_and_say_what_to_do(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    fake_provider.secret = "another"
    check = channels.test(gateway, channel)
    assert (check.ok, check.provider_code) == (False, 40125)
    assert check.detail == (
        "bad_secret (40125: bad_secret said the provider): The provider says bad secret. Look after the bad secret."
    )
    shown = channels.show(gateway, channel).channel
    assert (shown.state, shown.reason) == (ChannelState.PARKED, check.detail)


def test_a_busy_provider_fails_the_test_and_parks_nothing(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    fake_provider.refusals["/token"] = "busy"
    check = channels.test(gateway, channel)
    assert (check.ok, check.provider_code) == (False, -1)
    assert state(gateway, channel) is ChannelState.READY


def test_a_provider_that_does_not_answer_fails_the_test(gateway: Gateway) -> None:
    create_channel(gateway, base_url="http://127.0.0.1:9")
    check = channels.test(gateway, "app1")
    assert (check.ok, check.provider_code) == (False, None)
    assert state(gateway, "app1") is ChannelState.READY


def test_passing_the_test_resumes_a_parked_channel(
    gateway: Gateway, parked: str, fake_provider: FakeProvider
) -> None:
    fake_provider.secret = "right"
    assert channels.test(gateway, parked).detail.endswith("The channel is in use again.")
    shown = channels.show(gateway, parked).channel
    assert (shown.state, shown.reason) == (ChannelState.READY, "")


def test_passing_the_test_leaves_a_paused_channel_paused(gateway: Gateway, channel: str) -> None:
    channels.pause(gateway, channel)
    check = channels.test(gateway, channel)
    assert check.ok
    assert check.detail.endswith("The channel stays paused until it is resumed.")
    assert state(gateway, channel) is ChannelState.PAUSED


def test_failing_the_test_leaves_a_paused_channel_paused(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    channels.pause(gateway, channel)
    fake_provider.secret = "another"
    assert not channels.test(gateway, channel).ok
    assert state(gateway, channel) is ChannelState.PAUSED


def test_an_answer_about_settings_changed_meanwhile_parks_nothing(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    fake_provider.secret = "another"
    fake_provider.on_call = lambda call: channels.change(gateway, channel, {"secret": "another"})
    assert not channels.test(gateway, channel).ok
    assert state(gateway, channel) is ChannelState.READY


def test_a_type_without_credentials_to_try_passes_and_says_so(tmp_path: Path) -> None:
    with closing(create_gateway(home=tmp_path, registry=Registry([PlainPlugin("email")]))) as gateway:
        create_channel(gateway, code="mail1", type="email")
        check = channels.test(gateway, "mail1")
    assert check.ok
    assert "no credentials to try" in check.detail


def test_testing_an_unknown_channel_is_not_found(gateway: Gateway) -> None:
    with pytest.raises(NotFound):
        channels.test(gateway, "nowhere")


def test_a_parked_channel_is_probed_after_60_120_240_and_then_each_600_seconds(
    gateway: Gateway, parked: str, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    probed = []
    calls = fake_provider.called("/token")
    for wait in (60, 120, 240, 600, 600):
        clock.advance(wait - SECOND)
        assert channels.probe_due(gateway) == ()
        early = fake_provider.called("/token")
        clock.advance(SECOND)
        assert channels.probe_due(gateway) == ()
        probed.append((early - calls, fake_provider.called("/token") - calls))
    assert probed == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]


def test_a_wrong_secret_costs_at_most_five_token_calls_in_ten_minutes(
    gateway: Gateway, parked: str, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    for _ in range(600):
        clock.advance(SECOND)
        channels.probe_due(gateway)
    assert fake_provider.called("/token") <= 5


def test_a_probe_that_succeeds_puts_the_channel_to_use(
    gateway: Gateway, parked: str, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    fake_provider.secret = "right"
    clock.advance(60)
    assert channels.probe_due(gateway) == (parked,)
    shown = channels.show(gateway, parked).channel
    assert (shown.state, shown.reason) == (ChannelState.READY, "")
    clock.advance(600)
    assert channels.probe_due(gateway) == ()


def test_a_busy_provider_at_a_probe_keeps_the_channel_parked_for_its_old_reason(
    gateway: Gateway, parked: str, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    before = channels.show(gateway, parked).channel.reason
    fake_provider.refusals["/token"] = "busy"
    clock.advance(60)
    assert channels.probe_due(gateway) == ()
    shown = channels.show(gateway, parked).channel
    assert (shown.state, shown.reason) == (ChannelState.PARKED, before)


def test_a_channel_whose_settings_no_longer_fit_says_so_and_the_others_are_probed(
    gateway: Gateway, parked: str, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    other = create_channel(gateway, code="app2", base_url=fake_provider.url).code
    channels.test(gateway, other)
    with gateway.database.write() as session:
        tried = channels.account(gateway, parked)
        store.change_settings(session, tried.id, {}, gateway.sealer.seal("{}", "channels:app1"))
    fake_provider.secret = "right"
    clock.advance(60)
    assert channels.probe_due(gateway) == (other,)
    assert "no longer fit its plugin (settings.account, settings.secret)" in (
        channels.show(gateway, parked).channel.reason
    )


def test_a_channel_resumed_while_its_probe_is_under_way_has_not_come_back(
    gateway: Gateway, parked: str, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    fake_provider.secret = "right"
    fake_provider.on_call = lambda call: channels.pause(gateway, parked)
    clock.advance(60)
    assert channels.probe_due(gateway) == ()
    assert state(gateway, parked) is ChannelState.PAUSED


def test_a_parked_channel_without_credentials_to_try_waits_for_the_operator(
    tmp_path: Path, clock: FrozenClock
) -> None:
    registry = Registry([PlainPlugin("email")])
    with closing(create_gateway(home=tmp_path, registry=registry, clock=clock)) as gateway:
        create_channel(gateway, code="mail1", type="email")
        with gateway.database.write() as session:
            store.park(session, channels.account(gateway, "mail1").id, "refused", clock.now())
        clock.advance(60)
        assert channels.probe_due(gateway) == ()
        assert state(gateway, "mail1") is ChannelState.PARKED


@pytest.fixture
def broken(gateway: Gateway, channel: str) -> str:
    """A channel whose calls have kept failing until just now, and for which nothing is queued."""
    break_channel(gateway, channel)
    return channel


def test_a_failing_channel_that_nothing_is_queued_for_is_tried_with_its_credentials(
    gateway: Gateway, broken: str, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    fake_provider.refusals["/token"] = "busy"
    for _ in range(60):
        clock.advance(5)
        assert channels.try_failing(gateway) == ()
    assert 8 <= fake_provider.called("/token") <= 60
    del fake_provider.refusals["/token"]
    came_back: list[str] = []
    for _ in range(12):
        clock.advance(5)
        came_back += channels.try_failing(gateway)
    assert came_back == [broken]
    assert channels.show(gateway, broken).channel.failing is None


def test_a_sending_process_comes_first(gateway: Gateway, broken: str, clock: FrozenClock) -> None:
    clock.advance(4)  # it has been due for two seconds
    assert channels.try_failing(gateway) == ()
    clock.advance(2)
    assert channels.try_failing(gateway) == (broken,)


def test_a_refusal_of_the_credentials_is_an_answer(
    gateway: Gateway, broken: str, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    fake_provider.secret = "another"
    clock.advance(6)
    assert channels.try_failing(gateway) == (broken,)


def test_a_failing_channel_without_credentials_is_called_again_with_the_next_message(
    tmp_path: Path, clock: FrozenClock
) -> None:
    registry = Registry([PlainPlugin("email")])
    with closing(create_gateway(home=tmp_path, registry=registry, clock=clock)) as gateway:
        create_channel(gateway, code="mail1", type="email")
        break_channel(gateway, "mail1")
        clock.advance(6)
        assert channels.try_failing(gateway) == ("mail1",)

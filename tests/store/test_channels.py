from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories import create_channel, create_gateway
from ums.domain.channel import CALM, Channel
from ums.domain.views import ChannelState, EndpointView
from ums.services import channels as services
from ums.services.gateway import Gateway
from ums.store import channels as store

NOW = 1_800_000_000.0


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    opened = create_gateway(home=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def channel_id(gateway: Gateway) -> int:
    create_channel(gateway)
    return services.account(gateway, "app1").id


def stored(gateway: Gateway, channel_id: int) -> Channel:
    with gateway.database.read() as session:
        found = store.by_id(session, channel_id)
    assert found is not None
    return found


def endpoint(gateway: Gateway, channel_id: int, now: float = NOW) -> EndpointView:
    with gateway.database.read() as session:
        return next(view for view in store.endpoints(session, channel_id, now) if view.name == "message")


def park(gateway: Gateway, channel_id: int, now: float, reason: str = "bad_secret") -> None:
    with gateway.database.write() as session:
        store.park(session, channel_id, reason, now)


def come_back(gateway: Gateway, channel_id: int, now: float) -> None:
    with gateway.database.write() as session:
        assert store.claim_probe(session, channel_id, now)
        assert store.come_back(session, channel_id, 1)


def test_parking_sets_the_reason_and_the_first_probe(gateway: Gateway, channel_id: int) -> None:
    park(gateway, channel_id, NOW)
    found = stored(gateway, channel_id)
    assert (found.state, found.reason, found.probes) == (ChannelState.PARKED, "bad_secret", 0)
    assert found.probe_at == NOW + 60


def test_parking_again_takes_the_newer_reason_and_keeps_the_waits(gateway: Gateway, channel_id: int) -> None:
    park(gateway, channel_id, NOW)
    park(gateway, channel_id, NOW + 30, "bad_ip")
    found = stored(gateway, channel_id)
    assert (found.reason, found.probe_at) == ("bad_ip", NOW + 60)


@pytest.mark.parametrize(("act", "state"), [(store.pause, ChannelState.PAUSED), (store.close, ChannelState.CLOSED)])
def test_a_channel_that_an_operator_took_out_of_use_is_not_parked(
    gateway: Gateway, channel_id: int, act: Callable[[Session, int], None], state: ChannelState
) -> None:
    with gateway.database.write() as session:
        act(session, channel_id)
    park(gateway, channel_id, NOW)
    assert (stored(gateway, channel_id).state, stored(gateway, channel_id).reason) == (state, "")


def test_a_probe_is_claimed_by_one_process_only(gateway: Gateway, channel_id: int) -> None:
    park(gateway, channel_id, NOW)
    claims = []
    for _ in range(2):
        with gateway.database.write() as session:
            claims.append(store.claim_probe(session, channel_id, NOW + 60))
    assert claims == [True, False]
    assert (stored(gateway, channel_id).probes, stored(gateway, channel_id).probe_at) == (1, NOW + 180)


def test_a_probe_is_not_claimed_before_its_time_or_for_a_channel_in_use(gateway: Gateway, channel_id: int) -> None:
    with gateway.database.write() as session:
        assert not store.claim_probe(session, channel_id, NOW)
    park(gateway, channel_id, NOW)
    with gateway.database.write() as session:
        assert store.due_probes(session, NOW + 59) == []
        assert store.due_probes(session, NOW + 60) == [channel_id]
        assert not store.claim_probe(session, channel_id, NOW + 59)


def test_a_channel_parked_soon_after_it_came_back_waits_longer(gateway: Gateway, channel_id: int) -> None:
    park(gateway, channel_id, NOW)
    come_back(gateway, channel_id, NOW + 60)
    park(gateway, channel_id, NOW + 61)
    assert stored(gateway, channel_id).probe_at == NOW + 61 + 120


def test_a_channel_parked_long_after_it_came_back_begins_anew(gateway: Gateway, channel_id: int) -> None:
    park(gateway, channel_id, NOW)
    come_back(gateway, channel_id, NOW + 60)
    park(gateway, channel_id, NOW + CALM + 1)
    assert stored(gateway, channel_id).probe_at == NOW + CALM + 1 + 60


def test_a_channel_parked_after_an_operator_resumed_it_begins_anew(gateway: Gateway, channel_id: int) -> None:
    park(gateway, channel_id, NOW)
    come_back(gateway, channel_id, NOW + 60)
    park(gateway, channel_id, NOW + 61)
    with gateway.database.write() as session:
        store.resume(session, channel_id)
    park(gateway, channel_id, NOW + 62)
    assert stored(gateway, channel_id).probe_at == NOW + 62 + 60


def test_a_probe_of_settings_since_changed_brings_nothing_back(gateway: Gateway, channel_id: int) -> None:
    park(gateway, channel_id, NOW)
    with gateway.database.write() as session:
        assert not store.come_back(session, channel_id, 2)
    assert stored(gateway, channel_id).state is ChannelState.PARKED


def test_coming_back_leaves_blocked_endpoints_blocked(gateway: Gateway, channel_id: int) -> None:
    with gateway.database.write() as session:
        store.block_endpoint(session, channel_id, "message", "no_permission")
    park(gateway, channel_id, NOW)
    come_back(gateway, channel_id, NOW + 60)
    assert endpoint(gateway, channel_id).blocked


def test_a_longer_pause_of_an_endpoint_stays(gateway: Gateway, channel_id: int) -> None:
    with gateway.database.write() as session:
        store.pause_endpoint(session, channel_id, "message", NOW + 600, "day")
        store.pause_endpoint(session, channel_id, "message", NOW + 60, "minute")
    found = endpoint(gateway, channel_id)
    assert (found.paused_until, found.reason) == (NOW + 600, "day")


def test_a_pause_that_is_over_is_not_shown(gateway: Gateway, channel_id: int) -> None:
    with gateway.database.write() as session:
        store.pause_endpoint(session, channel_id, "message", NOW + 60, "minute")
    found = endpoint(gateway, channel_id, NOW + 60)
    assert (found.paused_until, found.reason) == (None, "")


def test_a_pause_does_not_hide_why_an_endpoint_is_blocked(gateway: Gateway, channel_id: int) -> None:
    with gateway.database.write() as session:
        store.block_endpoint(session, channel_id, "message", "no_permission")
        store.pause_endpoint(session, channel_id, "message", NOW + 60, "minute")
    found = endpoint(gateway, channel_id)
    assert (found.blocked, found.reason) == (True, "no_permission")

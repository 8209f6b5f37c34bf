"""Quotas on demand: asked, kept, compared, limited and cleared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.factories import create_channel
from tests.fakes import CODES, FakePlugin, FakeProvider, FrozenClock, PlainPlugin
from ums.domain.errors import Conflict, InvalidRequest, NotFound, Unavailable
from ums.domain.quota import EndpointQuota
from ums.domain.views import ChannelState
from ums.registry import Registry
from ums.services import channels, quotas
from ums.services.gateway import Gateway
from ums.store import channels as channel_store
from ums.store import quotas as store

pytestmark = pytest.mark.both_databases

TODAY = "2027-01-15"
DAY = 86_400.0


@pytest.fixture(autouse=True)
def channel(gateway: Gateway, fake_provider: FakeProvider) -> None:
    create_channel(gateway, base_url=fake_provider.url)


def called(gateway: Gateway, number: int, endpoint: str = "message", day: str = TODAY) -> None:
    """As many calls have been counted."""
    with gateway.database.write() as session:
        found = channel_store.by_code(session, "app1")
        assert found is not None
        store.count(session, day, {(found.id, endpoint): number})


def rests(gateway: Gateway, endpoint: str = "message") -> None:
    with gateway.database.write() as session:
        found = channel_store.by_code(session, "app1")
        assert found is not None
        channel_store.pause_endpoint(session, found.id, endpoint, gateway.clock.now() + DAY, "quota_used_up")


def resting(gateway: Gateway) -> list[str]:
    return [view.name for view in channels.show(gateway, "app1").endpoints if view.paused_until is not None]


def message(found: quotas.ChannelQuotas) -> EndpointQuota:
    return next(quota for quota in found.quotas if quota.endpoint == "message")


def test_nobody_is_asked_to_show_what_is_known(gateway: Gateway, fake_provider: FakeProvider) -> None:
    called(gateway, 7)
    found = quotas.list_for(gateway, "app1")
    assert [(quota.endpoint, quota.counted, quota.remaining) for quota in found.quotas] == [
        ("message", 7, None),
        ("notice", 0, None),
    ]
    assert (found.clears, found.clears_allowed, found.asks) == (0, 3, True)
    assert fake_provider.calls == []


def test_the_provider_s_answer_is_kept_and_compared(gateway: Gateway, fake_provider: FakeProvider) -> None:
    called(gateway, 7)
    fake_provider.quotas["message"] = (100, 37)
    for found in (quotas.refresh(gateway, "app1"), quotas.list_for(gateway, "app1")):
        quota = message(found)
        assert (quota.counted, quota.used, quota.others, quota.limit, quota.remaining) == (7, 37, 30, 100, 63)
        assert quota.asked_at == gateway.clock.now()
    called(gateway, 3)
    assert message(quotas.list_for(gateway, "app1")).remaining == 60


def test_the_next_day_only_the_limit_is_still_known(
    gateway: Gateway, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    called(gateway, 7)
    fake_provider.quotas["message"] = (100, 90)
    quotas.refresh(gateway, "app1")
    clock.advance(DAY)
    quota = message(quotas.list_for(gateway, "app1"))
    assert (quota.counted, quota.used, quota.limit, quota.remaining) == (0, None, 100, 100)


def test_an_endpoint_whose_quota_is_not_told_says_why(gateway: Gateway, fake_provider: FakeProvider) -> None:
    fake_provider.refusals["/quota/message"] = "no_permission"
    found = quotas.refresh(gateway, "app1")
    assert "no_permission (48001" in message(found).told
    assert "Look after the no permission." in message(found).told
    assert found.quotas[1].limit == 1000
    del fake_provider.refusals["/quota/message"]
    assert message(quotas.refresh(gateway, "app1")).told == ""


def test_a_channel_whose_credentials_are_refused_is_parked(gateway: Gateway, fake_provider: FakeProvider) -> None:
    fake_provider.secret = "another"
    with pytest.raises(Conflict, match=r"40125.*parked"):
        quotas.refresh(gateway, "app1")
    assert channels.show(gateway, "app1").channel.state is ChannelState.PARKED


def test_a_provider_that_is_busy_may_be_asked_later(gateway: Gateway, fake_provider: FakeProvider) -> None:
    fake_provider.refusals |= dict.fromkeys(("/quota/message", "/quota/notice"), "busy")
    with pytest.raises(Unavailable):
        quotas.refresh(gateway, "app1")


def test_a_type_without_quotas_is_counted_all_the_same(gateway: Gateway) -> None:
    plain = replace(gateway, registry=Registry([PlainPlugin("app"), FakePlugin("email")]))
    called(gateway, 7)
    found = quotas.list_for(plain, "app1")
    assert (message(found).counted, found.asks) == (7, False)
    for act in (quotas.refresh, quotas.clear):
        with pytest.raises(InvalidRequest, match="tells no quotas"):
            act(plain, "app1")


def test_an_operator_s_limit_counts_where_it_is_lower(gateway: Gateway, fake_provider: FakeProvider) -> None:
    called(gateway, 7)
    quotas.refresh(gateway, "app1")
    for limit, remaining in ((10, 3), (5000, 993), (None, 993)):
        assert message(quotas.set_limit(gateway, "app1", "message", limit)).remaining == remaining
    with pytest.raises(NotFound, match="no endpoint 'letter'"):
        quotas.set_limit(gateway, "app1", "letter", 1)


def test_it_is_due_to_be_asked_once_calls_were_made(gateway: Gateway, clock: FrozenClock) -> None:
    assert not quotas.is_due(gateway, "app1")
    called(gateway, 1)
    assert quotas.is_due(gateway, "app1")
    quotas.refresh(gateway, "app1")
    assert not quotas.is_due(gateway, "app1")
    called(gateway, 1)
    assert quotas.is_due(gateway, "app1")
    clock.advance(DAY)
    assert not quotas.is_due(gateway, "app1")


def test_a_clear_begins_the_count_anew_and_ends_the_rest(gateway: Gateway, fake_provider: FakeProvider) -> None:
    called(gateway, 100)
    fake_provider.quotas["message"] = (100, 100)
    quotas.refresh(gateway, "app1")
    rests(gateway)
    rests(gateway, "notice")
    found = quotas.clear(gateway, "app1", "message")
    assert (message(found).counted, message(found).remaining, found.clears) == (0, 100, 1)
    assert resting(gateway) == ["notice"]
    assert fake_provider.called("/clear/message") == 1
    called(gateway, 2)
    assert message(quotas.list_for(gateway, "app1")).counted == 2


def test_all_of_an_account_can_be_cleared(gateway: Gateway, fake_provider: FakeProvider) -> None:
    rests(gateway)
    rests(gateway, "notice")
    quotas.clear(gateway, "app1")
    assert resting(gateway) == []
    assert fake_provider.called("/clear/") == 1


def test_what_is_not_used_up_is_cleared_by_force_alone(gateway: Gateway, fake_provider: FakeProvider) -> None:
    rests(gateway, "notice")
    with pytest.raises(Conflict, match=r"used up.*0 of 3.*force"):
        quotas.clear(gateway, "app1", "message")
    assert fake_provider.calls == []
    assert quotas.clear(gateway, "app1", "message", force=True).clears == 1


def test_the_month_s_clears_are_not_overdrawn(
    gateway: Gateway, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    for _ in range(3):
        quotas.clear(gateway, "app1", force=True)
    with pytest.raises(Conflict, match="cleared 3 times this month"):
        quotas.clear(gateway, "app1", force=True)
    assert fake_provider.called("/clear/") == 3
    clock.advance(31 * DAY)
    assert quotas.clear(gateway, "app1", force=True).clears == 1


def test_a_clear_that_is_refused_is_not_counted(gateway: Gateway, fake_provider: FakeProvider) -> None:
    fake_provider.refusals["/clear/"] = "no_permission"
    rests(gateway)
    with pytest.raises(Conflict, match=str(CODES["no_permission"])):
        quotas.clear(gateway, "app1")
    assert quotas.list_for(gateway, "app1").clears == 0
    assert resting(gateway) == ["message"]


def test_an_endpoint_that_there_is_not_cannot_be_cleared(gateway: Gateway) -> None:
    with pytest.raises(InvalidRequest, match="must be one of message, notice"):
        quotas.clear(gateway, "app1", "letter")


def test_days_that_are_over_are_forgotten(gateway: Gateway) -> None:
    for day in ("2027-01-07", "2027-01-08", TODAY):
        called(gateway, 1, day=day)
    with gateway.database.write() as session:
        store.forget(session, "2027-01-08", 0.0)
    with gateway.database.read() as session:
        found = channel_store.by_code(session, "app1")
        assert found is not None
        days = ("2027-01-07", "2027-01-08", TODAY)
        assert [store.counted(session, found.id, day) for day in days] == [{}, {"message": 1}, {"message": 1}]

"""What the platform refuses for a while, for an endpoint, or for a message's content."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.wechat.letters import NOTICE, SUBSCRIPTION, TEMPLATE_MESSAGE
from tests.acceptance.wechat.shop import BIZSEND, SUBSCRIBE_SEND, TEMPLATE_SEND, Shop, open_shop
from tests.acceptance.wechat.town import Town, eventually, town
from ums.domain.commands import Json


@pytest.fixture
def tomorrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An installation of its own, whose clock may leap so far that receipts are no longer believed."""
    with town(tmp_path_factory.mktemp("tomorrow")) as found:
        yield found


def paused_until(shop: Shop, name: str) -> float:
    until = shop.endpoint(shop.oa if name == "template" else shop.mp, name)["paused_until"]
    assert isinstance(until, float)
    return until


def test_a_daily_quota_pauses_one_endpoint_until_midnight_in_shanghai(tomorrow: Town) -> None:
    shop = open_shop(tomorrow)
    shop.set_up(shop.oa, daily_quota={TEMPLATE_SEND: 2})
    msgid = shop.send(shop.crowd(5, shop.oa), oa=TEMPLATE_MESSAGE)
    eventually(lambda: shop.counts(msgid) == {"delivered": 2, "queued": 3})
    until = datetime.fromtimestamp(paused_until(shop, "template"), ZoneInfo("Asia/Shanghai"))
    today = datetime.fromtimestamp(tomorrow.clock.now(), ZoneInfo("Asia/Shanghai"))
    assert until == (today + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert {row["reason"] for row in shop.deliveries(msgid) if row["status"] == "queued"} == {"daily_quota"}
    refused = len(shop.calls(shop.oa, TEMPLATE_SEND))
    (row,) = shop.ended(shop.send(["u0"], oa=NOTICE))
    assert row["status"] == "delivered"
    assert shop.channel(shop.oa)["state"] == "ready"
    assert len(shop.calls(shop.oa, TEMPLATE_SEND)) == refused <= 5
    shop.set_up(shop.oa, daily_quota=None)
    tomorrow.clock.leap(until.timestamp() - tomorrow.clock.now() + 1)
    # pushes are dated by the machine's clock: receipts are too old by the leapt one, unless midnight is near
    eventually(lambda: shop.counts(msgid) in ({"delivered": 2, "accepted": 3}, {"delivered": 5}))


def test_a_minute_quota_pauses_until_the_next_minute_and_nothing_is_refused_for_it(shop: Shop) -> None:
    shop.set_up(shop.mp, minute_quota={SUBSCRIBE_SEND: 0})
    msgid = shop.send(shop.crowd(5, shop.mp), mp=SUBSCRIPTION)
    eventually(lambda: shop.endpoint(shop.mp, "subscription")["paused_until"] is not None)
    until = paused_until(shop, "subscription")
    assert until % 60 == 0
    assert 0 < until - time.time() <= 400
    eventually(lambda: shop.counts(msgid) == {"queued": 5})
    shop.set_up(shop.mp, minute_quota=None)
    shop.town.clock.leap(max(0.0, until - shop.town.clock.now()) + 0.1)
    assert {row["status"] for row in shop.ended(msgid)} == {"delivered"}


def test_a_busy_platform_is_asked_again(shop: Shop) -> None:
    shop.trouble(shop.mp, path=SUBSCRIBE_SEND, errcode=-1, times=1)
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION))
    assert (row["status"], row["attempts"], row["reason"]) == ("delivered", 2, "")
    assert shop.received(shop.mp, "zhangsan") == 1


def test_messages_to_one_person_at_the_same_time_go_one_after_the_other(shop: Shop) -> None:
    shop.slow(shop.mp, 60)
    shop.bind("zhangsan", shop.mp)
    with ThreadPoolExecutor(8) as pool:
        msgids = list(pool.map(lambda _: shop.send(["zhangsan"], mp=SUBSCRIPTION), range(8)))
    assert {row["status"] for msgid in msgids for row in shop.ended(msgid)} == {"delivered"}
    assert [call["errcode"] for call in shop.calls(shop.mp, SUBSCRIBE_SEND)] == [0] * 8
    assert shop.received(shop.mp, "zhangsan") == 8


def test_two_applications_of_one_channel_are_serialised_for_a_person_as_well(shop: Shop) -> None:
    shop.slow(shop.mp, 60)
    first, second = shop.bind("one", shop.mp), shop.bind("two", shop.mp)
    shop.ended(shop.send([first, second], mp=SUBSCRIPTION))
    assert [call["errcode"] for call in shop.calls(shop.mp, SUBSCRIBE_SEND)] == [0, 0]


def test_a_collision_caused_by_someone_else_is_tried_again(shop: Shop) -> None:
    shop.trouble(shop.mp, path=SUBSCRIBE_SEND, errcode=43108, times=1)
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION))
    assert (row["status"], row["attempts"]) == ("delivered", 2)


def test_a_missing_permission_blocks_one_endpoint_and_keeps_its_queue(shop: Shop) -> None:
    shop.set_up(shop.oa, denied_paths=[TEMPLATE_SEND])
    blocked = shop.send(shop.crowd(3, shop.oa), oa=TEMPLATE_MESSAGE)
    eventually(lambda: shop.endpoint(shop.oa, "template")["blocked"] is True)
    assert "48001" in str(shop.endpoint(shop.oa, "template")["reason"])
    (row,) = shop.ended(shop.send(["u0"], oa=NOTICE))
    assert row["status"] == "delivered"
    assert shop.channel(shop.oa)["state"] == "ready"
    assert shop.counts(blocked) == {"queued": 3}
    shop.set_up(shop.oa, denied_paths=[])
    shop.town.told("channel", "resume", shop.oa.code)
    assert {row["status"] for row in shop.ended(blocked)} == {"delivered"}


@pytest.mark.parametrize(
    ("key", "value"), [("thing3", "二" * 21), ("phrase2", "shipped"), ("character_string1", "订单")]
)
def test_a_value_that_does_not_fit_is_named_in_the_reason(shop: Shop, key: str, value: str) -> None:
    data = SUBSCRIPTION["data"]
    assert isinstance(data, dict)
    content: Json = {**SUBSCRIPTION, "data": {**data, key: {"value": value}}}
    shop.town.told("channel", "set", shop.mp.code, "--set", "lint=off")
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.mp)], mp=content))
    assert (row["status"], row["provider_code"], row["reason"]) == ("rejected", 47003, f"invalid_value: {key}")
    assert key in str(row["provider_message"])


def test_a_template_of_another_account_is_refused_without_harm_to_the_address(shop: Shop) -> None:
    shop.bind("zhangsan", shop.mp)
    (row,) = shop.ended(shop.send(["zhangsan"], mp={**SUBSCRIPTION, "template_id": "someone-elses"}))
    assert (row["status"], row["provider_code"]) == ("rejected", 40037)
    assert row["reason"] == "wrong_template: template_id"
    (row,) = shop.ended(shop.send(["zhangsan"], mp=SUBSCRIPTION))
    assert row["status"] == "delivered"


def test_the_same_template_refused_on_both_endpoints_of_an_official_account_is_told_apart(shop: Shop) -> None:
    shop.trouble(shop.oa, path=BIZSEND, errcode=43101)
    shop.trouble(shop.oa, path=TEMPLATE_SEND, errcode=43101)
    shop.bind("zhangsan", shop.oa)
    (notice,) = shop.ended(shop.send(["zhangsan"], oa=NOTICE))
    (message,) = shop.ended(shop.send(["zhangsan"], oa=TEMPLATE_MESSAGE))
    assert (notice["reason"], message["reason"]) == ("no_credit", "template_switched_off")


def test_a_number_nobody_knows_ends_the_delivery_and_lets_the_next_channel_try(shop: Shop) -> None:
    shop.trouble(shop.mp, path=SUBSCRIBE_SEND, errcode=99999, errmsg="something new")
    refused, delivered = shop.ended(shop.send([shop.bind("zhangsan", shop.mp, shop.oa)]))
    assert (refused["status"], refused["provider_code"], delivered["status"]) == ("rejected", 99999, "delivered")
    assert "something new" in str(refused["provider_message"])

"""Quotas against the platform: counted as it counts them, and cleared while messages wait."""

from __future__ import annotations

from tests.acceptance.wechat.letters import SUBSCRIPTION, TEMPLATE_MESSAGE
from tests.acceptance.wechat.shop import SUBSCRIBE_SEND, TEMPLATE_SEND, Account, Shop
from tests.acceptance.wechat.town import Document, eventually


def quota(shop: Shop, account: Account, endpoint: str, *words: str) -> Document:
    found = shop.town.told("channel", "quotas", account.code, *words)["quotas"]
    assert isinstance(found, list)
    return next(each for each in found if isinstance(each, dict) and each["endpoint"] == endpoint)


def test_the_gateway_counts_as_the_platform_does(shop: Shop) -> None:
    shop.set_up(shop.oa, daily_quota={TEMPLATE_SEND: 100})
    shop.ended(shop.send(shop.crowd(7, shop.oa), oa=TEMPLATE_MESSAGE))
    told = quota(shop, shop.oa, "template", "--refresh")
    assert (told["counted"], told["used"], told["others"]) == (7, 7, 0)
    assert (told["limit"], told["remaining"], told["told"]) == (100, 93, "")


def test_what_rests_for_a_daily_quota_goes_on_once_it_is_cleared(shop: Shop) -> None:
    shop.set_up(shop.mp, daily_quota={SUBSCRIBE_SEND: 2})
    msgid = shop.send(shop.crowd(5, shop.mp), mp=SUBSCRIPTION)
    eventually(lambda: shop.counts(msgid) == {"delivered": 2, "queued": 3})
    assert shop.endpoint(shop.mp, "subscription")["paused_until"] is not None
    told = quota(shop, shop.mp, "subscription", "--refresh")
    assert (told["remaining"], told["waiting"], told["runs_out"]) == (0, 3, True)
    assert (told["counted"], told["used"], told["others"]) == (2, 2, 0)
    shop.set_up(shop.mp, daily_quota={SUBSCRIBE_SEND: 4})
    shop.town.told("channel", "clear-quota", shop.mp.code, "subscription")
    assert {row["status"] for row in shop.ended(msgid)} == {"delivered"}


def test_the_platform_s_mark_of_a_refused_call_is_kept_with_its_words(shop: Shop) -> None:
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.mp)], mp={**SUBSCRIPTION, "template_id": "none"}))
    assert " rid: " in str(row["provider_message"])

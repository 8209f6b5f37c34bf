"""Access tokens and credentials: renewed once, parked in plain words, mended on either side."""

from __future__ import annotations

import pytest

from sandbox.paths import CLASSIC
from tests.acceptance.wechat.letters import SUBSCRIPTION
from tests.acceptance.wechat.shop import STABLE, SUBSCRIBE_SEND, Account, Shop, open_shop, statuses
from tests.acceptance.wechat.town import Town, eventually


def warmed(shop: Shop) -> None:
    """One message through the mini program, so that the gateway holds a token."""
    shop.ended(shop.send([shop.bind("first", shop.mp)], mp=SUBSCRIPTION))
    assert shop.token_calls(shop.mp) == 1


def expire(shop: Shop, account: Account, errcode: int) -> None:
    shop.town.sandbox.control("POST", "tokens/expire", {"appid": account.appid, "errcode": errcode})


@pytest.mark.parametrize("errcode", [42001, 40001])
def test_a_token_that_ends_in_the_middle_of_a_send_is_renewed_once(shop: Shop, errcode: int) -> None:
    shop.without_receipts(shop.mp)
    warmed(shop)
    shop.slow(shop.mp, 1000)
    # more than can be called at a time: some are left when the token ends, however busy the machine is
    userids = shop.crowd(700, shop.mp)
    msgid = shop.send(userids, mp=SUBSCRIPTION)
    eventually(lambda: len(shop.calls(shop.mp, SUBSCRIBE_SEND)) > 30)
    expire(shop, shop.mp, errcode)
    rows = shop.ended(msgid)
    assert {(row["status"], row["attempts"]) for row in rows} == {("accepted", 1)}
    assert shop.token_calls(shop.mp) == 2
    assert all(count == 1 for count in shop.send_calls(shop.mp).values())


def test_a_thousand_deliveries_with_a_dead_token_renew_it_exactly_once(shop: Shop) -> None:
    shop.without_receipts(shop.mp)
    warmed(shop)
    userids = shop.crowd(1000, shop.mp)
    expire(shop, shop.mp, 40001)
    rows = shop.ended(shop.send(userids, mp=SUBSCRIPTION))
    assert {(row["status"], row["attempts"]) for row in rows} == {("accepted", 1)}
    assert shop.token_calls(shop.mp) == 2
    assert shop.refused_tokens(shop.mp, 40001) > 100
    assert all(shop.received(shop.mp, userid) == 1 for userid in userids[::50])


def test_a_wrong_secret_parks_the_channel_until_the_operator_gives_the_right_one(place: Town) -> None:
    shop = open_shop(place, secrets_of_channels={"wechatmp": "mistyped"})
    userids = shop.crowd(50, shop.mp)
    msgid = shop.send(userids, mp=SUBSCRIPTION)
    parked = shop.await_state(shop.mp, "parked")
    assert "40125" in str(parked["reason"])
    assert "The AppSecret is invalid. Copy the AppID and the AppSecret again" in str(parked["reason"])
    told = place.ums("channel", "show", shop.mp.code).stdout
    assert "The AppSecret is invalid." in " ".join(told.split())
    assert "mistyped" not in told
    eventually(lambda: shop.counts(msgid) == {"queued": 50})
    assert {row["attempts"] for row in shop.deliveries(msgid)} == {0}
    assert shop.token_calls(shop.mp) <= 3
    place.told("channel", "set", shop.mp.code, "--set", "secret=-", given=shop.mp.secret)
    assert {row["status"] for row in shop.ended(msgid)} == {"delivered"}
    assert shop.channel(shop.mp)["reason"] == ""


def test_a_refused_address_is_shown_and_forgotten_when_the_platform_lets_it_in(shop: Shop) -> None:
    shop.set_up(shop.oa, ip_refused=True)
    msgid = shop.send([shop.bind("zhangsan", shop.oa)])
    reason = str(shop.await_state(shop.oa, "parked")["reason"])
    assert "40164" in reason
    assert "Add 127.0.0.1 to the account's API IP allow-list" in reason
    shop.set_up(shop.oa, ip_refused=False)
    assert shop.town.told("channel", "test", shop.oa.code)["ok"] is True
    assert statuses(shop.ended(msgid)) == [(shop.oa.code, "delivered")]


def test_a_channel_may_keep_to_the_classic_interface(shop: Shop) -> None:
    shop.town.told("channel", "set", shop.mp.code, "--set", "token_interface=classic")
    msgids = [shop.send([shop.bind(userid, shop.mp)], mp=SUBSCRIPTION) for userid in ("zhangsan", "lisi")]
    assert [statuses(shop.ended(msgid)) for msgid in msgids] == [[(shop.mp.code, "delivered")]] * 2
    assert len(shop.calls(shop.mp, CLASSIC)) == 1


def test_a_secret_mended_at_the_platform_resumes_the_channel_on_a_test(shop: Shop) -> None:
    shop.set_up(shop.mp, secret="rotated-at-the-platform")
    msgid = shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION)
    shop.await_state(shop.mp, "parked")
    assert shop.town.told("channel", "test", shop.mp.code, status=1)["provider_code"] == 40125
    shop.set_up(shop.mp, secret=shop.mp.secret)
    assert shop.town.told("channel", "test", shop.mp.code)["ok"] is True
    assert statuses(shop.ended(msgid)) == [(shop.mp.code, "delivered")]


def test_a_parked_channel_comes_back_by_itself_within_a_minute(shop: Shop) -> None:
    shop.set_up(shop.mp, secret="rotated-at-the-platform")
    msgid = shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION)
    shop.await_state(shop.mp, "parked")
    shop.set_up(shop.mp, secret=shop.mp.secret)
    shop.town.clock.leap(61)
    assert statuses(shop.ended(msgid)) == [(shop.mp.code, "delivered")]


def test_a_refusal_of_the_old_secret_does_not_park_the_mended_channel(place: Town) -> None:
    shop = open_shop(place, secrets_of_channels={"wechatmp": "mistyped"})
    place.sandbox.control("PUT", "latency", {"ms": 1000, "path": STABLE})
    msgid = shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION)
    eventually(lambda: shop.token_calls(shop.mp) == 1)
    place.told("channel", "set", shop.mp.code, "--set", "secret=-", given=shop.mp.secret)
    place.sandbox.control("PUT", "latency", {"ms": 0, "path": STABLE})
    assert statuses(shop.ended(msgid)) == [(shop.mp.code, "delivered")]


def test_people_with_another_channel_are_sent_to_there_while_one_is_parked(shop: Shop) -> None:
    shop.set_up(shop.mp, secret="rotated-at-the-platform")
    waiting = shop.send([shop.bind("alone", shop.mp)])
    shop.await_state(shop.mp, "parked")
    other = shop.send([shop.bind("both", shop.mp, shop.oa), "alone"])
    eventually(lambda: shop.counts(other) == {"delivered": 1, "queued": 1})
    shop.set_up(shop.mp, secret=shop.mp.secret)
    assert shop.town.told("channel", "test", shop.mp.code)["ok"] is True
    assert statuses(shop.ended(waiting)) == [(shop.mp.code, "delivered")]
    assert sorted(statuses(shop.ended(other))) == sorted([(shop.mp.code, "delivered"), (shop.oa.code, "delivered")])


def forced(shop: Shop, account: Account) -> list[bool]:
    """For each token call of an account, whether another token was asked for by force."""
    calls = shop.calls(account, STABLE)
    return [isinstance(call["body"], dict) and call["body"]["force_refresh"] is True for call in calls]


def test_a_token_that_the_platform_refuses_and_gives_again_is_forced_once_for_a_thousand_sends(shop: Shop) -> None:
    shop.without_receipts(shop.mp)
    warmed(shop)
    userids = shop.crowd(1000, shop.mp)
    shop.trouble(shop.mp, path=SUBSCRIBE_SEND, errcode=40001, times=1)
    rows = shop.ended(shop.send(userids, mp=SUBSCRIPTION))
    assert {(row["status"], row["attempts"]) for row in rows} == {("accepted", 1)}
    assert forced(shop, shop.mp) == [False, False, True]


def test_an_operator_renews_a_token_and_others_are_given_the_new_one_at_once(shop: Shop) -> None:
    warmed(shop)
    given = shop.get("/v1/token", type="wechatmp")["token"]
    renewed = shop.town.told("channel", "renew-token", shop.mp.code)
    assert renewed["left_today"] == 19
    assert shop.get("/v1/token", type="wechatmp")["token"] != given
    refused = shop.town.told("channel", "renew-token", shop.mp.code, status=1)
    assert "20 times a day, 30 seconds apart; next at 20" in str(refused["message"])
    assert forced(shop, shop.mp) == [False, True]
    (row,) = shop.ended(shop.send(["first"], mp=SUBSCRIPTION))
    assert (row["status"], row["attempts"]) == ("delivered", 1)


def test_a_classic_token_is_renewed_by_fetching_another(shop: Shop) -> None:
    shop.town.told("channel", "set", shop.mp.code, "--set", "token_interface=classic")
    shop.town.told("channel", "renew-token", shop.mp.code)
    assert len(shop.calls(shop.mp, CLASSIC)) == 1
    assert shop.calls(shop.mp, STABLE) == []

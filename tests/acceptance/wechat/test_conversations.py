"""What people do at an official account, through every layer: whom it may write to, and as often as it may."""

from __future__ import annotations

from tests.acceptance.wechat.letters import NOTICE, ONE_TIME, TEMPLATE_MESSAGE
from tests.acceptance.wechat.shop import Account, Shop, objects, openid, statuses
from tests.acceptance.wechat.town import Document, eventually
from ums.domain.commands import Json
from ums.services import accounts
from ums.store.models import ListeningRow

ANSWER: dict[str, Json] = {"type": 2, "msgtype": "text", "text": {"content": "It comes today."}}


def does(shop: Shop, account: Account, userid: str, act: str, **more: Json) -> None:
    """Have a person do something at the platform, which pushes it to the gateway."""
    order = {"appid": account.appid, "openid": openid(account, userid), "act": act, **more}
    pushed = shop.town.sandbox.control("POST", "users/act", order).json()["push"]
    assert act == "consent" or pushed["acknowledged"]


def heard_for_days(shop: Shop, account: Account) -> None:
    """The account's pushes have come for so long that every open window is known."""
    gateway = shop.town.gateway
    with gateway.database.write() as session:
        channel_id = accounts.account(gateway, account.code).id
        session.merge(ListeningRow(channel_id=channel_id, since=gateway.clock.now() - 3 * 86400))


def reasons(rows: list[Document]) -> list[Json]:
    return [row["reason"] for row in rows]


def test_who_leaves_is_passed_by_and_who_comes_back_is_not(shop: Shop) -> None:
    shop.bind("zhangsan", shop.oa)
    does(shop, shop.oa, "zhangsan", "unfollow")
    (row,) = shop.ended(shop.send(["zhangsan"], oa=TEMPLATE_MESSAGE))
    assert (row["status"], row["reason"]) == ("unreachable", f"{shop.oa.code}: not_following")
    (row,) = shop.ended(shop.send(["zhangsan"], oa=NOTICE))
    assert row["status"] == "delivered"
    told = objects(shop.get("/v1/user/zhangsan/reach")["channels"])
    assert {one["channel"]: one["reason"] for one in told}[shop.oa.code] == "not_following"
    does(shop, shop.oa, "zhangsan", "follow")
    (row,) = shop.ended(shop.send(["zhangsan"], oa=TEMPLATE_MESSAGE))
    assert row["status"] == "delivered"


def test_a_refusal_is_undone_by_following(shop: Shop) -> None:
    shop.knows(shop.oa, "lisi", following=False)
    shop.bind("lisi", shop.oa)
    assert reasons(shop.ended(shop.send(["lisi"], oa=TEMPLATE_MESSAGE))) == ["not_following"]
    does(shop, shop.oa, "lisi", "follow", at=shop.town.gateway.clock.now() + 2)
    assert statuses(shop.ended(shop.send(["lisi"], oa=TEMPLATE_MESSAGE))) == [(shop.oa.code, "delivered")]


def test_who_has_written_gets_five_answers_and_then_another_channel(shop: Shop) -> None:
    heard_for_days(shop, shop.oa)
    shop.bind("wangwu", shop.mp, shop.oa)
    assert reasons(shop.ended(shop.send(["wangwu"], oa=ANSWER))) == ["outside_window"]
    does(shop, shop.oa, "wangwu", "message")
    found = [row for _ in range(7) for row in shop.ended(shop.send(["wangwu"], oa=ANSWER))]
    assert [row["status"] for row in found] == ["accepted"] * 5 + ["rejected"] * 2
    assert reasons(found[5:]) == ["window_used_up"] * 2
    assert shop.send_calls(shop.oa) == {openid(shop.oa, "wangwu"): 5}
    assert shop.received(shop.oa, "wangwu") == 5


def test_where_nothing_is_known_the_platform_tells_and_is_believed(shop: Shop) -> None:
    shop.bind("zhaoliu", shop.oa)
    found = [row for _ in range(2) for row in shop.ended(shop.send(["zhaoliu"], oa=ANSWER))]
    assert [(row["reason"], row["provider_code"]) for row in found] == [
        ("outside_window", 45015),
        ("outside_window", None),
    ]
    assert shop.send_calls(shop.oa) == {openid(shop.oa, "zhaoliu"): 1}


def test_a_consent_is_one_message_however_often_it_is_reported(shop: Shop) -> None:
    shop.bind("qianqi", shop.oa)
    does(shop, shop.oa, "qianqi", "consent", template_id="T1", scene=7)
    report: Json = {"channel": shop.oa.code, "userid": "qianqi", "results": {"T1#7": "accept"}}
    for _ in range(2):
        assert shop.post("/v1/subscription", report)["credits"] == {"T1#7": 1}
    found = [row for _ in range(2) for row in shop.ended(shop.send(["qianqi"], oa=ONE_TIME))]
    assert [(row["status"], row["reason"]) for row in found] == [("accepted", ""), ("rejected", "no_credit")]
    assert shop.send_calls(shop.oa) == {openid(shop.oa, "qianqi"): 1}


def test_who_withdraws_his_consent_is_forgotten_on_that_account(shop: Shop) -> None:
    shop.bind("sunba", shop.mp, shop.oa)
    msgid = shop.send(["sunba"], oa=TEMPLATE_MESSAGE)
    shop.ended(msgid)
    person = openid(shop.oa, "sunba")
    shop.push(shop.oa, event="user_authorization_revoke", fields={"OpenID": person, "RevokeInfo": "1"}, form="xml")
    bindings = objects(shop.get("/v1/user/sunba")["bindings"])
    assert [one["bind_id"] for one in bindings] == [shop.mp.code]
    eventually(lambda: person not in str(shop.deliveries(msgid)))
    told = shop.town.told("channel", "events", shop.oa.code)
    assert person not in str(told)
    assert [event["event"] for event in objects(told["events"])] == ["user_authorization_revoke"]

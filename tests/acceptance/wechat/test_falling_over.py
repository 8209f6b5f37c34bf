"""Rules -1 and 0 through every layer: who gets the message where, and how often the platform was called."""

from __future__ import annotations

import pytest

from tests.acceptance.wechat.letters import NOTICE, SUBSCRIPTION, TEMPLATE_MESSAGE
from tests.acceptance.wechat.shop import Shop, attempts, objects, openid, statuses


def agrees_with_the_platform(shop: Shop, *msgids: str) -> bool:
    """Whether each attempt told by the gateway is a send call seen by the platform, person by person."""
    rows = [row for msgid in msgids for row in shop.deliveries(msgid)]
    return all(attempts(rows, account) == shop.send_calls(account) for account in (shop.mp, shop.oa))


def test_without_credit_on_the_mini_program_the_official_account_takes_over(shop: Shop) -> None:
    shop.knows(shop.mp, "zhangsan", credits=0)
    msgid = shop.send([shop.bind("zhangsan", shop.mp, shop.oa)])
    refused, delivered = shop.ended(msgid)
    assert statuses((refused, delivered)) == [(shop.mp.code, "rejected"), (shop.oa.code, "delivered")]
    assert (refused["provider_code"], refused["reason"]) == (43101, "no_credit")
    assert (delivered["fallback_of"], delivered["step"]) == (refused["id"], 1)
    assert shop.received(shop.oa, "zhangsan") == 1
    assert agrees_with_the_platform(shop, msgid)


def test_a_dead_openid_is_retired_passed_by_and_revived_by_an_upload(shop: Shop) -> None:
    shop.set_up(shop.mp, known_users_only=True)
    shop.bind("zhangsan", shop.mp, shop.oa)
    first, second = shop.send(["zhangsan"]), ""
    assert [row["provider_code"] for row in shop.ended(first)] == [40003, None]
    bindings = objects(shop.get("/v1/user/zhangsan")["bindings"])
    (dead,) = [item for item in bindings if item["bind_id"] == shop.mp.code]
    assert dead["state"] == "retired"
    assert "40003" in str(dead["cause"])
    second = shop.send(["zhangsan"])
    assert statuses(shop.ended(second)) == [(shop.oa.code, "delivered")]
    shop.knows(shop.mp, "zhangsan")
    shop.bind("zhangsan", shop.mp)
    assert {item["state"] for item in objects(shop.get("/v1/user/zhangsan")["bindings"])} == {"active"}
    third = shop.send(["zhangsan"])
    assert statuses(shop.ended(third)) == [(shop.mp.code, "delivered")]
    assert agrees_with_the_platform(shop, first, second, third)


def test_a_person_who_does_not_follow_is_rejected_and_then_unreachable(shop: Shop) -> None:
    shop.knows(shop.oa, "lisi", following=False)
    shop.bind("lisi", shop.oa)
    (row,) = shop.ended(shop.send(["lisi"]))
    assert (row["status"], row["provider_code"], row["reason"]) == ("rejected", 43004, "not_following")
    (row,) = shop.ended(shop.send(["lisi"]))
    assert (row["status"], row["channel"]) == ("unreachable", None)
    assert f"{shop.oa.code}: not_following" in str(row["reason"])
    assert shop.send_calls(shop.oa) == {openid(shop.oa, "lisi"): 1}


@pytest.mark.parametrize("outcome", ["failed:user block", "failed: user block", "failed:system failed"])
def test_a_receipt_that_reports_failure_falls_over_too(shop: Shop, outcome: str) -> None:
    shop.knows(shop.mp, "wangwu", outcome=outcome)
    msgid = shop.send([shop.bind("wangwu", shop.mp, shop.oa)])
    failed, delivered = shop.ended(msgid)
    assert statuses((failed, delivered)) == [(shop.mp.code, "failed"), (shop.oa.code, "delivered")]
    assert failed["provider_message"] == outcome
    assert delivered["fallback_of"] == failed["id"]
    assert agrees_with_the_platform(shop, msgid)


def test_on_the_mini_program_alone_no_credit_stays_rejected(shop: Shop) -> None:
    shop.knows(shop.mp, "zhaoliu", credits=0)
    msgid = shop.send([shop.bind("zhaoliu", shop.mp)])
    assert statuses(shop.ended(msgid)) == [(shop.mp.code, "rejected")]
    assert agrees_with_the_platform(shop, msgid)


def test_refused_by_both_a_person_has_two_rejections_and_no_third_try(shop: Shop) -> None:
    shop.knows(shop.mp, "qianqi", credits=0)
    shop.knows(shop.oa, "qianqi", switched_off=True)
    msgid = shop.send([shop.bind("qianqi", shop.mp, shop.oa)])
    rows = shop.ended(msgid)
    assert statuses(rows) == [(shop.mp.code, "rejected"), (shop.oa.code, "rejected")]
    assert [row["reason"] for row in rows] == ["no_credit", "template_switched_off"]
    assert agrees_with_the_platform(shop, msgid)


def test_rule_0_sends_on_both_and_a_refusal_on_one_changes_nothing_for_the_other(shop: Shop) -> None:
    shop.knows(shop.mp, "sunba", credits=0)
    shop.bind("sunba", shop.mp, shop.oa)
    shop.bind("zhoujiu", shop.mp, shop.oa)
    msgid = shop.send(["sunba", "zhoujiu"], rule_id=0)
    rows = shop.ended(msgid)
    assert sorted(statuses(rows)) == sorted(
        [
            (shop.mp.code, "rejected"),
            (shop.oa.code, "delivered"),
            (shop.mp.code, "delivered"),
            (shop.oa.code, "delivered"),
        ]
    )
    assert {row["fallback_of"] for row in rows} == {None}
    assert agrees_with_the_platform(shop, msgid)


def test_a_switched_off_template_leaves_the_address_and_other_templates_alone(shop: Shop) -> None:
    shop.knows(shop.oa, "wushi", switched_off=[str(TEMPLATE_MESSAGE["template_id"])])
    shop.bind("wushi", shop.oa)
    (row,) = shop.ended(shop.send(["wushi"], oa=TEMPLATE_MESSAGE))
    assert (row["status"], row["provider_code"]) == ("rejected", 43101)
    (row,) = shop.ended(shop.send(["wushi"], oa=NOTICE))
    assert row["status"] == "delivered"


def test_a_crowd_of_every_sort_ends_as_it_should_with_one_call_for_each_attempt(shop: Shop) -> None:
    userids = shop.crowd(120, shop.mp, shop.oa)
    users = [
        {
            "openid": openid(shop.mp, userid),
            "credits": 0 if number % 3 == 0 else None,
            "outcome": "failed:user block" if number % 5 == 0 else "success",
        }
        for number, userid in enumerate(userids)
    ]
    shop.town.sandbox.control("PUT", "users", {"appid": shop.mp.appid, "users": users})
    msgid = shop.send([*userids, "nobody"], mp=SUBSCRIPTION, oa=TEMPLATE_MESSAGE)
    shop.ended(msgid)
    assert shop.progress(msgid)["channels"] == {
        shop.mp.code: {"rejected": 40, "failed": 16, "delivered": 64},
        shop.oa.code: {"delivered": 56},
    }
    assert shop.counts(msgid) == {"rejected": 40, "failed": 16, "delivered": 120, "unreachable": 1}
    assert agrees_with_the_platform(shop, msgid)

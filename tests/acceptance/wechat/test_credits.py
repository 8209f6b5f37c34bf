"""What people allow in WeChat's pop-ups is counted, and nothing is sent that nobody has allowed."""

from __future__ import annotations

from sandbox.paths import SUBSCRIBE_SEND
from tests.acceptance.wechat.letters import SUBSCRIPTION
from tests.acceptance.wechat.shop import Shop, openid
from tests.acceptance.wechat.town import Document
from ums.domain.commands import Json

TEMPLATE = str(SUBSCRIPTION["template_id"])


def chosen(shop: Shop, event: str, status: str, *, times: int = 1) -> None:
    """zhangsan is asked for subscriptions, and the platform tells what he chose."""
    for time in range(times):
        item: Json = {"TemplateId": TEMPLATE, "SubscribeStatusString": status, "PopupScene": str(time)}
        told = shop.push(shop.mp, event=event, openid=openid(shop.mp, "zhangsan"), items=[item])
        assert told["acknowledged"] is True


def balance(shop: Shop) -> Json:
    found = shop.get("/v1/subscription", channel=shop.mp.code, userid="zhangsan")["subscriptions"]
    assert isinstance(found, list)
    return [one["credits"] for one in found if isinstance(one, dict)]


def sent(shop: Shop, times: int) -> list[Document]:
    """The deliveries of messages that zhangsan gets, one after the other."""
    return [shop.ended(shop.send(["zhangsan"], mp=SUBSCRIPTION))[0] for _ in range(times)]


def test_as_many_messages_leave_as_were_allowed_in_pop_ups(shop: Shop) -> None:
    shop.bind("zhangsan", shop.mp)
    chosen(shop, "subscribe_msg_popup_event", "accept", times=2)
    assert balance(shop) == [2]
    rows = sent(shop, 3)
    assert [row["status"] for row in rows] == ["delivered", "delivered", "rejected"]
    assert (rows[2]["reason"], rows[2]["attempts"]) == ("no_credit", 0)
    assert len(shop.calls(shop.mp, SUBSCRIBE_SEND)) == 2
    assert balance(shop) == [0]


def test_a_tap_that_the_page_reports_as_well_is_one_credit(shop: Shop) -> None:
    shop.bind("zhangsan", shop.mp)
    report: Json = {"channel": shop.mp.code, "userid": "zhangsan", "results": {TEMPLATE: "accept"}}
    assert shop.post("/v1/subscription", report)["credits"] == {TEMPLATE: 1}
    chosen(shop, "subscribe_msg_popup_event", "accept")
    assert balance(shop) == [1]


def test_who_switches_the_template_off_gets_nothing_more(shop: Shop) -> None:
    shop.bind("zhangsan", shop.mp)
    chosen(shop, "subscribe_msg_popup_event", "accept", times=2)
    chosen(shop, "subscribe_msg_change_event", "reject")
    assert balance(shop) == [0]
    (row,) = sent(shop, 1)
    assert (row["status"], row["attempts"]) == ("rejected", 0)


def test_what_the_platform_refuses_is_not_asked_for_again(shop: Shop) -> None:
    shop.bind("zhangsan", shop.mp)
    shop.knows(shop.mp, "zhangsan", credits=0)
    assert [row["provider_code"] for row in sent(shop, 2)] == [43101, None]
    assert len(shop.calls(shop.mp, SUBSCRIBE_SEND)) == 1

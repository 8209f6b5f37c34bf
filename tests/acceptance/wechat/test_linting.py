"""Values that the platform would refuse with 47003 don't leave, whatever they are sent with."""

from __future__ import annotations

from sandbox.paths import SUBSCRIBE_SEND
from tests.acceptance.wechat.letters import SUBSCRIPTION
from tests.acceptance.wechat.shop import Shop, message
from tests.acceptance.wechat.town import Document
from ums.domain.commands import Json


def subscription(**values: str) -> dict[str, Json]:
    """The subscription message with other values."""
    data = SUBSCRIPTION["data"]
    assert isinstance(data, dict)
    return {**SUBSCRIPTION, "data": {**data, **{key: {"value": value} for key, value in values.items()}}}


def set_to(shop: Shop, mode: str) -> None:
    shop.town.told("channel", "set", shop.mp.code, "--set", f"lint={mode}")


def refused(shop: Shop, content: Json) -> list[str]:
    """The paths for which a send is refused."""
    answer = shop.ask("POST", "/v1/sent", message(["zhangsan"], mp=content))
    assert (answer.status_code, answer.json()["code"]) == (400, 4004)
    return list(answer.json()["errors"])


def test_a_value_that_does_not_fit_is_refused_before_it_is_sent(shop: Shop) -> None:
    shop.bind("zhangsan", shop.mp)
    bad = subscription(thing3="二" * 21, phrase2="shipped")
    assert refused(shop, bad) == ["msg_wechatmp.0.data.phrase2.value", "msg_wechatmp.0.data.thing3.value"]
    assert shop.calls(shop.mp, SUBSCRIBE_SEND) == []


def test_a_field_that_the_refreshed_list_asks_for_is_missed(shop: Shop) -> None:
    shop.bind("zhangsan", shop.mp)
    short: Json = {**SUBSCRIPTION, "data": {"thing3": {"value": "tea"}}}
    shop.post(f"/v1/channel/{shop.mp.code}/template/refresh")
    assert refused(shop, short) == ["msg_wechatmp.0.data.character_string1", "msg_wechatmp.0.data.phrase2"]


def test_a_value_that_the_refreshed_list_does_not_name_is_refused(shop: Shop) -> None:
    shop.bind("zhangsan", shop.mp)
    parcel: dict[str, Json] = {"template_id": "sandbox_mp_parcel_state_0000000000000000003"}
    lost: Json = {**parcel, "data": {"thing1": {"value": "tea"}, "enum_string2": {"value": "丢了"}}}
    found: Json = {**parcel, "data": {"thing1": {"value": "tea"}, "enum_string2": {"value": "已签收"}}}
    shop.post(f"/v1/channel/{shop.mp.code}/template/refresh")
    assert refused(shop, lost) == ["msg_wechatmp.0.data.enum_string2.value"]
    (row,) = shop.ended(shop.send(["zhangsan"], mp=found))
    assert row["status"] == "delivered"


def test_what_is_clipped_is_taken_and_told(shop: Shop) -> None:
    set_to(shop, "clip")
    shop.bind("zhangsan", shop.mp)
    long = subscription(thing3="二" * 30, phrase2="已发货\n")
    sent: Document = shop.post("/v1/sent", message(["zhangsan"], mp=long))
    assert [warning.split(" ")[0] for warning in sent["warnings"]] == [  # type: ignore[union-attr]
        "msg_wechatmp.0.data.phrase2.value",
        "msg_wechatmp.0.data.thing3.value",
    ]
    (row,) = shop.ended(str(sent["msgid"]))
    (call,) = shop.calls(shop.mp, SUBSCRIBE_SEND)
    body = call["body"]
    assert isinstance(body, dict)
    assert row["status"] == "delivered"
    assert body["data"] == subscription(thing3="二" * 19 + "…", phrase2="已发货")["data"]


def test_what_was_accepted_under_other_settings_does_not_leave_either(shop: Shop) -> None:
    set_to(shop, "off")
    shop.bind("zhangsan", shop.mp)
    shop.town.told("channel", "pause", shop.mp.code)
    msgid = shop.send(["zhangsan"], mp=subscription(thing3=""))
    set_to(shop, "refuse")
    shop.town.told("channel", "resume", shop.mp.code)
    (row,) = shop.ended(msgid)
    assert (row["status"], row["reason"]) == ("rejected", "content_invalid: data.thing3.value")
    assert shop.calls(shop.mp, SUBSCRIBE_SEND) == []

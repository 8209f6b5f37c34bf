"""The bodies as they go over the wire, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.acceptance.wechat.letters import NOTICE, SUBSCRIPTION, TEMPLATE_MESSAGE
from tests.acceptance.wechat.recorder import Kept, Recorder, recording
from tests.acceptance.wechat.shop import BIZSEND, STABLE, SUBSCRIBE_SEND, TEMPLATE_SEND, Shop, openid
from ums.domain.commands import Json


@pytest.fixture
def recorder(shop: Shop) -> Iterator[Recorder]:
    """A recorder in the place of the platform, for both channels of the shop, which wait for no receipts."""
    with recording() as found:
        for account in (shop.mp, shop.oa):
            shop.town.told("channel", "set", account.code, "--set", f"base_url={found.url}", "--set", "token=")
        shop.bind("zhangsan", shop.mp, shop.oa)
        yield found


def only(found: list[Kept]) -> tuple[str, dict[str, Json]]:
    """The text and the document of the one call there was."""
    ((_, content_type, body),) = found
    assert content_type == "application/json; charset=utf-8"
    text = body.decode("utf-8")
    assert "\\u" not in text
    document = json.loads(text)
    assert isinstance(document, dict)
    return text, document


def test_a_template_message_has_the_members_the_platform_documents(shop: Shop, recorder: Recorder) -> None:
    content: Json = {
        **TEMPLATE_MESSAGE,
        "url": "https://shop.example/订单?a=1&b=2",
        "miniprogram": {"appid": "wx0123456789abcdef", "pagepath": "pages/order?id=1"},
    }
    (row,) = shop.ended(shop.send(["zhangsan"], oa=content))
    text, body = only(recorder.sent(TEMPLATE_SEND))
    assert body.pop("client_msg_id") not in ("", None)
    assert body == {
        "touser": openid(shop.oa, "zhangsan"),
        "template_id": TEMPLATE_MESSAGE["template_id"],
        "url": "https://shop.example/订单?a=1&b=2",
        "miniprogram": {"appid": "wx0123456789abcdef", "pagepath": "pages/order?id=1"},
        "data": TEMPLATE_MESSAGE["data"],
    }
    assert "绿茶" in text
    assert row["status"] == "accepted"


def test_the_hosted_systems_flat_link_becomes_a_mini_program(shop: Shop, recorder: Recorder) -> None:
    content: Json = {**TEMPLATE_MESSAGE, "appid": "wx0123456789abcdef", "pagepath": "pages/order"}
    shop.ended(shop.send(["zhangsan"], oa=content))
    _, body = only(recorder.sent(TEMPLATE_SEND))
    assert body["miniprogram"] == {"appid": "wx0123456789abcdef", "pagepath": "pages/order"}
    assert not {"appid", "pagepath", "type"} & body.keys()


def test_a_subscription_notice_has_no_number_of_ours(shop: Shop, recorder: Recorder) -> None:
    shop.ended(shop.send(["zhangsan"], oa={**NOTICE, "page": "https://shop.example/order"}))
    _, body = only(recorder.sent(BIZSEND))
    assert body == {
        "touser": openid(shop.oa, "zhangsan"),
        "template_id": SUBSCRIPTION["template_id"],
        "page": "https://shop.example/order",
        "data": SUBSCRIPTION["data"],
    }


def test_a_mini_programs_message_carries_page_state_and_language(shop: Shop, recorder: Recorder) -> None:
    extras: dict[str, Json] = {"page": "pages/order?id=1", "miniprogram_state": "trial", "lang": "zh_CN"}
    shop.ended(shop.send(["zhangsan"], mp={**SUBSCRIPTION, **extras}))
    text, body = only(recorder.sent(SUBSCRIBE_SEND))
    assert body == {"touser": openid(shop.mp, "zhangsan"), **SUBSCRIPTION, **extras}
    assert "已发货" in text


def test_what_was_not_given_is_not_sent(shop: Shop, recorder: Recorder) -> None:
    shop.ended(shop.send(["zhangsan"], rule_id=0))
    _, message = only(recorder.sent(TEMPLATE_SEND))
    _, subscription = only(recorder.sent(SUBSCRIBE_SEND))
    assert message.keys() == {"touser", "client_msg_id", "template_id", "data"}
    assert subscription.keys() == {"touser", "template_id", "data"}


@pytest.mark.parametrize("value", ['🎉 "quoted" \\ back', "a/b<c>&'", "é\u202eü", "한국어"])
def test_any_text_arrives_as_it_was_given(shop: Shop, recorder: Recorder, value: str) -> None:
    data = SUBSCRIPTION["data"]
    assert isinstance(data, dict)
    content: Json = {**SUBSCRIPTION, "data": {**data, "thing3": {"value": value}}}
    shop.ended(shop.send(["zhangsan"], mp=content))
    ((_, _, raw),) = recorder.sent(SUBSCRIBE_SEND)
    assert json.loads(raw)["data"]["thing3"] == {"value": value}
    assert b"\\u" not in raw


def test_each_template_message_has_a_number_of_its_own_that_the_platform_takes(
    shop: Shop, recorder: Recorder
) -> None:
    for _ in range(2):
        shop.ended(shop.send(["zhangsan", shop.bind("lisi", shop.oa)], oa=TEMPLATE_MESSAGE))
    numbers = [str(json.loads(one.body)["client_msg_id"]) for one in recorder.sent(TEMPLATE_SEND)]
    assert len(set(numbers)) == 4
    assert all(number.isascii() and 1 <= len(number) <= 32 for number in numbers)


def test_the_token_is_asked_for_without_forcing_a_new_one(shop: Shop, recorder: Recorder) -> None:
    shop.ended(shop.send(["zhangsan"], mp=SUBSCRIPTION))
    _, body = only(recorder.sent(STABLE))
    assert body == {
        "grant_type": "client_credential",
        "appid": shop.mp.appid,
        "secret": shop.mp.secret,
        "force_refresh": False,
    }

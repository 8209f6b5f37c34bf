"""An official account's messages: the exact bytes that leave, and what is refused before they do."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from channels._wechat.tests.simulator import APPID, SECRET
from channels.wechatoa import channel
from channels.wechatoa.schemas import Message, OfficialAccountMessage
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Call, Json, Reply
from ums.sdk.errors import AddressFault, BadAddress
from ums.sdk.plugin import Outbound
from ums.sdk.testing import REPEAT_ID, play

ACCOUNT = OfficialAccountSettings(appid=APPID, secret=SECRET)
TEMPLATE: dict[str, Json] = {"type": 0, "template_id": "TPL1", "data": {"thing1": {"value": "茶"}}}
NOTICE: dict[str, Json] = {**TEMPLATE, "type": 1}
LINK: dict[str, Json] = {"appid": "wxfedcba9876543210", "pagepath": "pages/a?b=1"}


def content(body: dict[str, Json], **more: Json) -> OfficialAccountMessage:
    made = channel.message_schema().load({**body, **more})
    assert isinstance(made, OfficialAccountMessage)
    return made


def call(message: Message) -> Call:
    calls: list[Call] = []
    play(channel.send(ACCOUNT, outbound(message)), Reply(200, b'{"errcode":0,"msgid":1}'), calls=calls)
    return calls[0]


def outbound(message: Message) -> Outbound[Message]:
    return Outbound(address="oABC", content=message, repeat_id=REPEAT_ID)


def refusal(body: dict[str, Json]) -> object:
    with pytest.raises(ValidationError) as caught:
        channel.message_schema().load(body)
    return caught.value.messages


def test_the_least_template_message_is_these_bytes() -> None:
    sent = call(content(TEMPLATE))
    assert sent.url == "https://api.weixin.qq.com/cgi-bin/message/template/send"
    assert sent.body.decode() == (
        '{"touser":"oABC","client_msg_id":"0123456789abcdef0123456789abcdef","template_id":"TPL1",'
        '"data":{"thing1":{"value":"茶"}}}'
    )


def test_the_fullest_template_message_is_these_bytes() -> None:
    message = content(
        TEMPLATE,
        url="https://example.com/订单?a=1",
        miniprogram=LINK,
        color="#173177",
        data={"thing1": {"value": "茶", "color": "#FF0000"}, "const2": {"value": 3}},
    )
    assert call(message).body.decode() == (
        '{"touser":"oABC","client_msg_id":"0123456789abcdef0123456789abcdef","template_id":"TPL1",'
        '"url":"https://example.com/订单?a=1",'
        '"miniprogram":{"appid":"wxfedcba9876543210","pagepath":"pages/a?b=1"},'
        '"data":{"thing1":{"value":"茶","color":"#FF0000"},"const2":{"value":"3"}},"color":"#173177"}'
    )


def test_the_least_notice_is_these_bytes() -> None:
    sent = call(content(NOTICE))
    assert sent.url == "https://api.weixin.qq.com/cgi-bin/message/subscribe/bizsend"
    assert sent.body.decode() == '{"touser":"oABC","template_id":"TPL1","data":{"thing1":{"value":"茶"}}}'


def test_the_fullest_notice_is_these_bytes() -> None:
    assert call(content(NOTICE, page="index?a=1", miniprogram=LINK)).body.decode() == (
        '{"touser":"oABC","template_id":"TPL1","page":"index?a=1",'
        '"miniprogram":{"appid":"wxfedcba9876543210","pagepath":"pages/a?b=1"},"data":{"thing1":{"value":"茶"}}}'
    )


@pytest.mark.parametrize("kind", [TEMPLATE, NOTICE])
def test_a_flat_link_is_the_same_as_a_nested_one(kind: dict[str, Json]) -> None:
    assert content({**kind, **LINK}) == content(kind, miniprogram=LINK)


def test_a_link_needs_no_page() -> None:
    assert content(TEMPLATE, appid="wxfedcba9876543210").miniprogram == {"appid": "wxfedcba9876543210"}


@pytest.mark.parametrize("kind", [TEMPLATE, NOTICE])
@pytest.mark.parametrize("nothing", ["", None, []])
def test_what_a_client_sends_empty_counts_as_left_out(kind: dict[str, Json], nothing: Json) -> None:
    data: Json = {"thing1": {"value": "茶", "color": nothing}}
    empty: Json = {"app_id": "", "page_path": nothing}
    made = content(kind, url=nothing, page=nothing, color=nothing, miniprogram=empty, data=data)
    assert made == content(kind, data={"thing1": {"value": "茶"}})
    assert content(kind, appid="", pagepath=nothing) == content(kind)


def test_a_notice_has_no_colors_and_its_link_is_its_page() -> None:
    data: Json = {"thing1": {"value": "茶", "color": "#173177"}}
    made = content(NOTICE, data=data, color="#173177", url="https://example.com")
    assert made == content(NOTICE, page="https://example.com")
    assert content(NOTICE, page="index", url="https://example.com") == content(NOTICE, page="index")


@pytest.mark.parametrize("kind", [TEMPLATE, NOTICE])
def test_a_link_may_be_written_as_other_clients_do(kind: dict[str, Json]) -> None:
    other: dict[str, Json] = {"app_id": LINK["appid"], "page_path": LINK["pagepath"]}
    assert content(kind, miniprogram=other) == content(kind, miniprogram=LINK)
    assert content(kind, **other) == content(kind, miniprogram=LINK)


def test_the_nested_link_counts_before_the_flat_one() -> None:
    assert content(TEMPLATE, appid="wx0000000000000000", miniprogram=LINK) == content(TEMPLATE, miniprogram=LINK)


def test_a_link_that_says_something_must_be_a_link() -> None:
    wrong = refusal({**TEMPLATE, "miniprogram": {"appid": "", "pagepath": "pages/a"}})
    assert isinstance(wrong, dict)
    assert list(wrong) == ["miniprogram"]


def test_only_template_messages_have_repeats_dropped() -> None:
    assert [channel.repeat_window(content(kind)) for kind in (TEMPLATE, NOTICE)] == [600.0, 0.0]


def test_each_kind_has_its_own_endpoint() -> None:
    assert [channel.endpoint(content(kind)) for kind in (TEMPLATE, NOTICE)] == ["template", "subscription"]


@pytest.mark.parametrize(("kind", "reason"), [(TEMPLATE, "template_switched_off"), (NOTICE, "no_credit")])
def test_a_refusal_by_the_person_means_another_thing_for_each_kind(kind: dict[str, Json], reason: str) -> None:
    with pytest.raises(BadAddress) as caught:
        play(
            channel.send(ACCOUNT, outbound(content(kind))), Reply(200, b'{"errcode":43101,"errmsg":"user refuse"}')
        )
    assert (caught.value.reason, caught.value.scope) == (reason, AddressFault.TEMPLATE)


@pytest.mark.parametrize("value", [4, -1, "0", "template", True, None, 0.0])
def test_the_type_is_0_to_3(value: Json) -> None:
    messages = refusal({**TEMPLATE, "type": value})
    assert isinstance(messages, dict)
    assert list(messages) == ["type"]


def test_the_type_is_required() -> None:
    assert refusal({"template_id": "T", "data": {"thing1": {"value": "x"}}}) == {
        "type": ["Missing data for required field."]
    }


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({**TEMPLATE, "page": "index"}, {"page": ["Only for subscription notices (type 1), not for type 0."]}),
        (
            {**TEMPLATE, "data": {"thing1": {"value": "x", "color": "red"}}},
            {"data": {"thing1": {"color": ['Must be a color such as "#173177".']}}},
        ),
        ({**TEMPLATE, "color": "red"}, {"color": ['Must be a color such as "#173177".']}),
        (
            {**TEMPLATE, "miniprogram": {"pagepath": "p", "path": "q"}},
            {"miniprogram": {"appid": ["Missing data for required field."], "path": ["Unknown field."]}},
        ),
        ({**TEMPLATE, "pagepath": "p"}, {"miniprogram": {"appid": ["Missing data for required field."]}}),
        ({**TEMPLATE, "touser": "oABC"}, {"touser": ["Unknown field."]}),
        ({**TEMPLATE, "client_msg_id": "x"}, {"client_msg_id": ["Unknown field."]}),
        ({**TEMPLATE, "lang": "zh_CN"}, {"lang": ["Unknown field."]}),
    ],
)
def test_what_does_not_belong_is_refused_by_name(body: dict[str, Json], messages: object) -> None:
    assert refusal(body) == messages

"""A mini program's messages: the exact bytes that leave, and what is refused before they do."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from channels._wechat.tests.simulator import APPID, SECRET
from channels.wechatmp import channel
from channels.wechatmp.schemas import SubscribeMessage
from channels.wechatmp.settings import MiniProgramSettings
from ums.sdk.call import Call, Json, Reply
from ums.sdk.errors import Accepted, AddressFault, BadAddress, Transient
from ums.sdk.plugin import Outbound
from ums.sdk.testing import play

ACCOUNT = MiniProgramSettings(appid=APPID, secret=SECRET)
LEAST: dict[str, Json] = {"template_id": "TPL1", "data": {"thing1": {"value": "茶"}}}


def content(**more: Json) -> SubscribeMessage:
    made = channel.message_schema().load({**LEAST, **more})
    assert isinstance(made, SubscribeMessage)
    return made


def call(message: SubscribeMessage, address: str = "oABC") -> Call:
    calls: list[Call] = []
    outbound = Outbound(address=address, content=message, repeat_id="r" * 32)
    play(channel.send(ACCOUNT, outbound), Reply(200, b'{"errcode":0}'), calls=calls)
    return calls[0]


def refusal(body: dict[str, Json]) -> object:
    with pytest.raises(ValidationError) as caught:
        channel.message_schema().load(body)
    return caught.value.messages


def test_the_least_message_is_these_bytes() -> None:
    sent = call(content())
    assert sent.url == "https://api.weixin.qq.com/cgi-bin/message/subscribe/send"
    assert sent.body.decode() == '{"touser":"oABC","template_id":"TPL1","data":{"thing1":{"value":"茶"}}}'


@pytest.mark.parametrize("nothing", ["", None, []])
def test_what_a_client_sends_empty_counts_as_left_out(nothing: Json) -> None:
    assert content(page=nothing, miniprogram_state=nothing, lang=nothing) == content()


def test_there_are_no_colors() -> None:
    assert content(data={"thing1": {"value": "茶", "color": "#173177"}}) == content()


def test_the_fullest_message_is_these_bytes() -> None:
    message = content(
        data={"thing1": {"value": 'a"b\\c\n茶😀'}, "number2": {"value": 7}, "amount3": {"value": 1.5}},
        page="pages/index?id=1&x=茶",
        miniprogram_state="trial",
        lang="zh_TW",
    )
    assert (
        call(message).body
        == (
            '{"touser":"oABC","template_id":"TPL1","data":{"thing1":{"value":"a\\"b\\\\c\\n茶😀"},'
            '"number2":{"value":"7"},"amount3":{"value":"1.5"}},"page":"pages/index?id=1&x=茶",'
            '"miniprogram_state":"trial","lang":"zh_TW"}'
        ).encode()
    )


def test_an_address_can_not_break_out_of_its_place() -> None:
    assert call(content(), 'o","page":"x').body.startswith(b'{"touser":"o\\",\\"page\\":\\"x","template_id"')


def test_the_frame_is_the_same_object_for_every_recipient() -> None:
    message = content()
    first, second = call(message, "o1"), call(message, "o2")
    assert first.body.removeprefix(b'{"touser":"o1"') == second.body.removeprefix(b'{"touser":"o2"')


def test_its_number_is_kept_for_the_receipt() -> None:
    outbound = Outbound(address="oABC", content=content(), repeat_id="r" * 32)
    reply = Reply(200, b'{"errcode":0,"errmsg":"ok","msgid":2918131553548107776}')
    assert play(channel.send(ACCOUNT, outbound), reply) == Accepted(provider_id="2918131553548107776")


def test_a_missing_credit_concerns_this_template_only() -> None:
    outbound = Outbound(address="oABC", content=content(), repeat_id="r" * 32)
    with pytest.raises(BadAddress) as caught:
        play(channel.send(ACCOUNT, outbound), Reply(200, b'{"errcode":43101,"errmsg":"user refuse"}'))
    assert (caught.value.reason, caught.value.scope) == ("no_credit", AddressFault.TEMPLATE)


def test_two_calls_at_once_for_one_person_wait_two_seconds() -> None:
    outbound = Outbound(address="oABC", content=content(), repeat_id="r" * 32)
    with pytest.raises(Transient) as caught:
        play(channel.send(ACCOUNT, outbound), Reply(200, b'{"errcode":43108,"errmsg":"Cannot make"}'))
    assert caught.value.after == 2.0


def test_no_repeat_is_dropped() -> None:
    assert channel.repeat_window(content()) == 0
    assert channel.endpoint(content()) == "subscription"


@pytest.mark.parametrize(
    ("data", "messages"),
    [
        ({}, ["Must hold a value for each key of the template; it is empty."]),
        ([], ['Must be an object such as {"thing1": {"value": "…"}}.']),
        ('{"thing1":{"value":"x"}}', ['Must be an object such as {"thing1": {"value": "…"}}.']),
        ({"thing1": "茶"}, {"thing1": ['Must be an object: {"value": "…"}.']}),
        ({"thing1": {}}, {"thing1": {"value": ["Missing data for required field."]}}),
        ({"thing1": {"value": None}}, {"thing1": {"value": ["Must be text or a number."]}}),
        ({"thing1": {"value": True}}, {"thing1": {"value": ["Must be text or a number."]}}),
        ({"thing1": {"value": ["x"]}}, {"thing1": {"value": ["Must be text or a number."]}}),
        ({"thing1": {"value": float("nan")}}, {"thing1": {"value": ["Must be text or a number."]}}),
        (
            {"thing1": {"value": "\ud83d"}},
            {"thing1": {"value": ["Holds half of a character (an unpaired surrogate)."]}},
        ),
        ({"thing1": {"value": "x", "size": "7"}}, {"thing1": {"size": ["Unknown field."]}}),
        ({"thing1.DATA": {"value": "x"}}, {"thing1.DATA": ['Write "thing1", without ".DATA".']}),
        ({"": {"value": "x"}}, {"": ["A key has only letters, digits, - and _."]}),
        (
            {"thing1": {"value": "x"}, "thing2": {}, "thing3": 1},
            {
                "thing2": {"value": ["Missing data for required field."]},
                "thing3": ['Must be an object: {"value": "…"}.'],
            },
        ),
    ],
)
def test_each_wrong_value_is_named(data: Json, messages: object) -> None:
    assert refusal({**LEAST, "data": data}) == {"data": messages}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("template_id", ""),
        ("template_id", 7),
        ("template_id", "a b"),
        ("page", 7),
        ("page", "x" * 1025),
        ("page", "\ud800"),
        ("miniprogram_state", "beta"),
        ("lang", "zh"),
        ("lang", ["zh_CN"]),
        ("url", "https://example.com"),
        ("touser", "oABC"),
    ],
)
def test_each_wrong_field_is_named(field: str, value: Json) -> None:
    messages = refusal({**LEAST, field: value})
    assert isinstance(messages, dict)
    assert list(messages) == [field]


def test_a_wrong_choice_is_answered_with_the_right_ones() -> None:
    assert refusal({**LEAST, "lang": "zh"}) == {"lang": ["Must be one of: zh_CN, en_US, zh_HK, zh_TW."]}

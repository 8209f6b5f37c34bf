"""What linting finds in values, and what it makes of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from channels._wechat.account import CLIP, OFF, REFUSE, AccountSchema
from channels._wechat.lint import lint
from channels._wechat.tests.simulator import SETTINGS
from channels.wechatmp import channel
from channels.wechatmp.schemas import SubscribeMessage
from ums.sdk.call import Json
from ums.sdk.lint import CLEAN, Linted
from ums.sdk.templates import RemoteTemplate, TemplateField

TAKEN = [
    ("thing1", "二" * 20),
    ("thing1", "🚚" * 10),
    ("number1", "12.50"),
    ("letter1", "a" * 32),
    ("symbol1", "+-*/%"),
    ("character_string1", "SO-2026/01 +1"),
    ("time1", "15:01:02"),
    ("time1", "2019年8月8日"),
    ("time1", "2019年10月1日 15:01"),
    ("time1", "15:01~16:01"),
    ("date1", "2019-10-01"),
    ("date1", "2019/10/01 15:01"),
    ("date1", "2019.10.1~2019.10.7"),
    ("amount1", "￥12345678.90"),
    ("amount1", "100元"),
    ("phone_number1", "+86-0766-66888866"),
    ("car_number1", "粤A8Z888挂"),
    ("name1", "王" * 10),
    ("name1", "Wang Xiao-ming"),
    ("phrase1", "已发货"),
    ("const1", "严重"),
    ("short_thing1", "微信支付"),
    ("enum_string1", "whatever"),
    ("somethingnew1", "x" * 500),
    ("thing", "no digits"),
    ("first", ""),
    ("remark", "two\nlines"),
]
FAULTS = [
    ("thing1", "二" * 21, "this counts as 21"),
    ("thing1", "🚚" * 11, "this counts as 22 (an emoji as 2)"),
    ("thing1", " \u3000", "Must not be empty."),
    ("thing1", "two\nlines", "Must not hold a line break or a tab."),
    ("thing1", "two\u2028lines", "Must not hold a line break or a tab."),
    ("thing1", "bell\x07", "Must not hold control characters."),
    ("number1", "-1", "decimals allowed"),
    ("number1", "٣", "decimals allowed"),
    ("letter1", "a1", "Not what the type letter takes: at most 32 letters."),
    ("symbol1", "++++++", "this counts as 6"),
    ("character_string1", "订单1", "no Chinese"),
    ("time1", "24:00", "24-hour time"),
    ("time1", "15:60", "24-hour time"),
    ("date1", "2019-13-01", "e.g. 2019年10月1日"),
    ("date1", "2019年10-1", "e.g. 2019年10月1日"),
    ("amount1", "1234567890.1", "at most 10 digits"),
    ("amount1", "-5", "currency sign"),
    ("phone_number1", "----", "digits or symbols"),
    ("car_number1", "粤A粤8888", "at most 8"),
    ("name1", "王" + "a" * 10, "this counts as 11"),
    ("name1", "Room 7", "letters"),
    ("phrase1", "sent", "Chinese"),
    ("somethingnew1", "a\tb", "Must not hold a line break or a tab."),
]
CLIPPED = [
    ("thing1", "x" * 21, "x" * 19 + "…"),
    ("thing1", "x" * 18 + "🚚xx", "x" * 18 + "…"),
    ("thing1", "👨\u200d👩\u200d👧" * 4, "👨\u200d👩\u200d👧" * 2 + "👨…"),
    ("thing1", "  a parcel and another one", "a parcel and anothe…"),
    ("thing1", "two\r\nlines\n", "two lines"),
    ("date1", "2019-10-01\n15:01", "2019-10-01 15:01"),
    ("name1", "王" * 11, "王" * 9 + "…"),
    ("name1", "a" * 21, "a" * 19 + "…"),
    ("name1", "王" + "a" * 10, "王" + "a" * 8 + "…"),
    ("character_string1", "1" * 33, "1" * 29 + "..."),
    ("letter1", "a" * 33, "a" * 32),
    ("phrase1", "六个字的短语", "六个字的短"),
    ("somethingnew1", "a\nb", "a b"),
]
UNCLIPPABLE = [
    ("thing1", ""),
    ("thing1", "bell\x07"),
    ("number1", "1" * 33),
    ("amount1", "12345678901"),
    ("phone_number1", "1" * 18),
    ("date1", "2019年10月1日 15:01 and more"),
    ("car_number1", "粤A8Z888888"),
    ("letter1", "a1" * 20),
    ("name1", "room number 7 and the next"),
]


def message(data: Mapping[str, str]) -> SubscribeMessage:
    return SubscribeMessage(template_id="T1", data={key: {"value": value} for key, value in data.items()})


def found(mode: str, data: Mapping[str, str], template: RemoteTemplate | None = None) -> Linted:
    return lint(mode, message(data), template)


def template(*fields: TemplateField) -> RemoteTemplate:
    return RemoteTemplate(template_id="T1", title="", kind="subscription", content="", fields=fields)


THING = TemplateField(key="thing1", type="thing", label="备注")
STATE = TemplateField(key="enum_string2", type="enum_string", label="状态", choices=("运输中", "已签收"))


@pytest.mark.parametrize(("key", "value"), TAKEN)
def test_a_good_value_is_left_alone(key: str, value: str) -> None:
    assert found(REFUSE, {key: value}) == found(CLIP, {key: value}) == CLEAN


@pytest.mark.parametrize(("key", "value", "words"), FAULTS)
def test_a_bad_value_is_found_in_words(key: str, value: str, words: str) -> None:
    (finding,) = found(REFUSE, {"thing9": "fine", key: value}).findings
    assert finding.path == f"data.{key}.value"
    assert words in finding.text


@pytest.mark.parametrize(("key", "value", "made"), CLIPPED)
def test_what_has_an_end_is_clipped(key: str, value: str, made: str) -> None:
    assert found(CLIP, {key: value}) == Linted(clipped={f"data.{key}.value": made})
    assert found(CLIP, {key: made}) == CLEAN
    assert not found(REFUSE, {key: value}).ok


@pytest.mark.parametrize(("key", "value"), UNCLIPPABLE)
def test_what_has_none_is_refused_all_the_same(key: str, value: str) -> None:
    assert [finding.path for finding in found(CLIP, {key: value}).findings] == [f"data.{key}.value"]


def test_switched_off_it_finds_nothing() -> None:
    assert found(OFF, {"thing1": ""}, template(THING, STATE)) == CLEAN


def test_a_field_that_a_known_template_asks_for_must_be_there() -> None:
    (finding,) = found(REFUSE, {"enum_string2": "运输中"}, template(THING, STATE)).findings
    assert (finding.path, finding.text) == ("data.thing1", "Missing; the template asks for it (备注).")


def test_a_value_that_a_known_template_does_not_list_is_found() -> None:
    (finding,) = found(CLIP, {"thing1": "x", "enum_string2": "丢了"}, template(THING, STATE)).findings
    assert (finding.path, finding.text) == (
        "data.enum_string2.value",
        "Must be one of the template's values: 运输中, 已签收.",
    )
    assert found(REFUSE, {"thing1": "x", "enum_string2": "已签收"}, template(THING, STATE)).ok


def test_what_a_known_template_does_not_ask_for_is_ignored() -> None:
    old = TemplateField(key="first", type="first", label="first")
    assert found(REFUSE, {"thing1": "x", "thing7": ""}, template(THING, old)) == CLEAN


def test_of_a_template_without_fields_nothing_is_assumed() -> None:
    assert not found(REFUSE, {"thing7": ""}, template()).ok


def test_refusing_is_what_an_account_does_unless_told_otherwise() -> None:
    faulty = message({"thing1": "x" * 21})

    def said(**more: Json) -> Linted:
        return channel.lint(AccountSchema().load({**SETTINGS, **more}), faulty, None)

    assert not said().ok
    assert said(lint="clip").clipped
    assert said(lint="off") == CLEAN
    assert AccountSchema().validate({**SETTINGS, "lint": "maybe"}) == {
        "lint": ["Must be one of: refuse, clip, off."]
    }

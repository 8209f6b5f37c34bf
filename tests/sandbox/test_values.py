from __future__ import annotations

import pytest

from sandbox.templates import (
    BUILT_IN_SUBSCRIPTION_TEMPLATES,
    BUILT_IN_TEMPLATES,
    subscription_template,
)
from sandbox.values import complaint, fits

TAKEN = [
    ("thing1", "二" * 20),
    ("number1", "1" * 32),
    ("number1", "12.50"),
    ("number1", 3),
    ("letter1", "a" * 32),
    ("symbol1", "+-*/%"),
    ("character_string1", "SO-2026/01+1"),
    ("time1", "15:01"),
    ("time1", "15:01:02"),
    ("time1", "2019年10月1日 15:01"),
    ("time1", "15:01~16:01"),
    ("time1", "2019年8月8日"),
    ("date1", "2019年10月1日"),
    ("date1", "2019-10-01"),
    ("date1", "2019/10/01 15:01"),
    ("date1", "2019.10.1~2019.10.7"),
    ("amount1", "￥12345678.90"),
    ("amount1", "$12.50"),
    ("amount1", "100元"),
    ("phone_number1", "+86-0766-66888866"),
    ("car_number1", "粤A8Z888挂"),
    ("name1", "王" * 10),
    ("name1", "a" * 20),
    ("phrase1", "已发货"),
    ("const1", "严重"),
    ("short_thing1", "微信支付"),
    ("somethingnew1", "whatever" * 50),
    ("thing", "no digits"),
]
REFUSED = [
    ("thing1", "二" * 21),
    ("thing1", "two\nlines"),
    ("thing1", "bell\x07"),
    ("thing1", "   "),
    ("thing1", ["list"]),
    ("thing1", True),
    ("number1", "1" * 33),
    ("number1", "twelve"),
    ("letter1", "a1"),
    ("letter1", "a" * 33),
    ("symbol1", "++++++"),
    ("character_string1", "订单1"),
    ("character_string1", "1" * 33),
    ("time1", "noon"),
    ("date1", "tomorrow"),
    ("amount1", "12345678901"),
    ("amount1", "free"),
    ("phone_number1", "1" * 18),
    ("phone_number1", "call me"),
    ("car_number1", "粤A8Z888挂挂"),
    ("name1", "王" * 11),
    ("name1", "a" * 21),
    ("name1", "王" + "a" * 10),
    ("phrase1", "六个字的短语"),
    ("phrase1", "sent"),
    ("somethingnew1", "a\nb"),
]


@pytest.mark.parametrize(("key", "value"), TAKEN)
def test_a_value_within_its_type_is_taken(key: str, value: object) -> None:
    assert fits(key, value)


@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_a_value_beyond_its_type_is_refused(key: str, value: object) -> None:
    assert not fits(key, value)


def test_an_enum_takes_only_what_its_list_says() -> None:
    parcel = BUILT_IN_SUBSCRIPTION_TEMPLATES["sandbox_mp_parcel_state_0000000000000000003"]
    good = {"thing1": {"value": "绿茶"}, "enum_string2": {"value": "运输中"}}
    assert complaint(parcel, good) == ""
    bad = good | {"enum_string2": {"value": "丢失"}}
    assert complaint(parcel, bad) == "argument invalid! data.enum_string2.value invalid"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "argument invalid! data.thing1.value is emtpy"),
        ({"thing1": "bare"}, "argument invalid! data.thing1.value is emtpy"),
        ({"thing1": {"value": ""}}, "argument invalid! data.thing1.value is emtpy"),
        ({"thing1": {"value": "a\nb"}}, "argument invalid! data.thing1.value invalid"),
        ({"thing1": {"value": "x" * 21}}, "argument invalid! data.thing1.value invalid"),
        ({"thing1": {"value": "fine"}, "more2": {"value": "ignored"}}, ""),
        ("text", "argument invalid! data invalid"),
        (None, "argument invalid! data invalid"),
    ],
)
def test_the_complaint_names_the_value(data: object, words: str) -> None:
    template = subscription_template({"priTmplId": "T1", "content": "名称:{{thing1.DATA}}\n"})
    assert complaint(template, data) == words


@pytest.mark.parametrize("template", [*BUILT_IN_TEMPLATES.values(), *BUILT_IN_SUBSCRIPTION_TEMPLATES.values()])
def test_built_in_templates_look_like_real_ones(template: object) -> None:
    assert isinstance(template, tuple)
    template_id, keys = template[0], template[1]
    assert len(template_id) == 43
    assert len(keys) >= 2

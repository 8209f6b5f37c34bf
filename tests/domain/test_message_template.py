"""Message templates by themselves: their values, and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest
from ums.domain.message_template import (
    MessageTemplate,
    Variable,
    faults,
    sample_values,
    surplus_in,
    unused,
    values_of,
)
from ums.domain.placeholders import Content, render

ORDER = Variable(name="order", label="Order number", sample="SO1")
GOODS = Variable(name="goods", sample="tea", required=False, default="your goods")
NOTE = Variable(name="note", sample="thanks", required=False)
VARIABLES = (ORDER, GOODS, NOTE)
CONTENT: Content = {"text": "{{order}}: {{goods}} {{note}}"}


def template(*variables: Variable, **channels: Content) -> MessageTemplate:
    return MessageTemplate(variables=variables or VARIABLES, channels=channels or {"app": CONTENT})


@pytest.mark.parametrize(
    ("given_values", "read"),
    [
        ({"order": "SO7"}, {"order": "SO7", "goods": "your goods", "note": ""}),
        ({"order": 7, "goods": 12.5, "note": -1}, {"order": "7", "goods": "12.5", "note": "-1"}),
        ({"order": "", "goods": "{{order}}"}, {"order": "", "goods": "{{order}}", "note": ""}),
        ({"order": 2**63 - 1}, {"order": "9223372036854775807", "goods": "your goods", "note": ""}),
    ],
)
def test_a_value_is_what_is_given_or_its_default(given_values: dict[str, Json], read: dict[str, str]) -> None:
    assert values_of(VARIABLES, given_values, "template_para") == read


@pytest.mark.parametrize(
    ("given_values", "paths"),
    [
        ({}, {"template_para.order"}),
        ({"goods": "tea"}, {"template_para.order"}),
        ({"ordr": "SO7"}, {"template_para.order"}),
        ({"order": None}, {"template_para.order"}),
        ({"order": True}, {"template_para.order"}),
        ({"order": ["SO7"]}, {"template_para.order"}),
        ({"order": {"value": "SO7"}}, {"template_para.order"}),
        ({"order": float("nan")}, {"template_para.order"}),
        ({"order": "x" * 10_001}, {"template_para.order"}),
        ({"order": "half \ud800"}, {"template_para.order"}),
        ({"order": "a\x00b"}, {"template_para.order"}),
    ],
)
def test_values_that_do_not_fit_are_named(given_values: dict[str, Json], paths: set[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        values_of(VARIABLES, given_values, "template_para")
    assert (refused.value.code, set(refused.value.errors)) == (4004, paths)


def test_a_missing_value_is_asked_for_by_its_label_and_a_surplus_one_told_what_there_is() -> None:
    with pytest.raises(InvalidRequest) as refused:
        values_of(VARIABLES, {"ordr": 1}, "template_para")
    assert "Order number" in refused.value.errors["template_para.order"][0]
    surplus = surplus_in(VARIABLES, {"order": 1, "ordr": 1}, "template_para")
    assert list(surplus) == ["template_para.ordr"]
    assert "order, goods, note" in surplus["template_para.ordr"][0]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (MessageTemplate(variables=VARIABLES, channels={}), "channels"),
        (template(app={"text": "{{ordr}}"}), "channels.app.text"),
        (template(app={"data": {"thing1": {"value": "{{thing1.DATA}}"}}}), "channels.app.data.thing1.value"),
        (template(app={"list": ["ok", "{{"]}), "channels.app.list.1"),
        (template(app={"text": "{{}}"}), "channels.app.text"),
        (template(app={"text": "x" * 100_000}), "channels"),
        (template(app={"text": "{{order}}" * 501}), "channels"),
        (template(replace(ORDER, name="or der")), "variables.0.name"),
        (template(replace(ORDER, name="")), "variables.0.name"),
        (template(replace(ORDER, name="x" * 33)), "variables.0.name"),
        (template(ORDER, GOODS, NOTE, ORDER), "variables.3.name"),
        (template(replace(ORDER, default="SO0"), GOODS, NOTE), "variables.0.default"),
        (template(*(Variable(name=f"v{number}") for number in range(101))), "variables"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_by_its_path(wrong: MessageTemplate, path: str) -> None:
    assert list(faults(wrong)) == [path]


def test_a_content_without_a_bottom_is_refused_before_anybody_walks_into_it() -> None:
    bottomless: Json = "{{order}}"
    for _ in range(100_000):
        bottomless = [bottomless]
    assert list(faults(template(app={"text": bottomless}))) == ["channels.app"]


def test_good_templates_have_no_faults() -> None:
    assert faults(template()) == {}
    assert faults(template(replace(ORDER, name="订单_1-a"), app={"text": "{{订单_1-a}} {{{{"})) == {}
    assert faults(MessageTemplate(variables=(), channels={"app": {"text": "Hello"}})) == {}


def test_a_variable_that_stands_nowhere_is_noticed() -> None:
    assert unused(template(app={"text": "{{order}}"})) == {"variables.1": "goods", "variables.2": "note"}
    assert unused(template()) == {}


def test_two_templates_say_the_same_only_if_their_json_does() -> None:
    assert template(app={"type": 1, "a": "x"}).says(template(app={"a": "x", "type": 1}))
    assert not template(app={"type": 1}).says(template(app={"type": True}))
    assert not template().says(template(ORDER))


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_whatever_the_values_a_template_without_faults_renders(texts: list[str]) -> None:
    variables = tuple(Variable(name=f"v{index}", sample=text) for index, text in enumerate(texts))
    content: Content = {variable.name: f"<{{{{{variable.name}}}}}>" for variable in variables}
    made = template(*variables, app=content)
    assert faults(made) == {}
    assert render(made.channels["app"], sample_values(variables)) == {
        variable.name: f"<{variable.sample}>" for variable in variables
    }

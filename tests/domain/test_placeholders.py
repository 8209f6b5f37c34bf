"""Places in texts: which there are, how values come into them, and that values are never read as places."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.domain.commands import Json
from ums.domain.placeholders import Content, Piece, escaped, pieces, render, spots, written_in

VALUES = {"order": "SO1", "goods": "绿茶", "none": ""}

scalars: st.SearchStrategy[Json] = st.none() | st.booleans() | st.integers() | st.text()
values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)
contents: st.SearchStrategy[Content] = st.dictionaries(st.text(), values, max_size=4)
texts = st.text(st.sampled_from("{}ab &?/é") | st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("", ""),
        ("no place", "no place"),
        ("{{order}}", "SO1"),
        ("{{ order }}", "SO1"),
        ("Order {{order}}: {{goods}}.", "Order SO1: 绿茶."),
        ("{{order}}{{order}}", "SO1SO1"),
        ("[{{none}}]", "[]"),
        ("{{{order}}}", "{SO1}"),
        ("{ {order} }}", "{ {order} }}"),
        ("{{{{", "{{"),
        ("{{{{order}}", "{{order}}"),
        ("{{{{{{order}}}}", "{{SO1}}"),
    ],
)
def test_values_come_into_their_places_and_nothing_else_changes(text: str, rendered: str) -> None:
    assert written_in(text, VALUES) == rendered


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("orders?id={{v}}", "orders?id=a%20%26%2F%3F%3D%23%E8%8C%B6"),
        ("orders/{{v}}/lines", "orders/a%20%26%2F%3F%3D%23%E8%8C%B6/lines"),
        ("{{link}}", "https://shop.example/a?b=c&d"),
        ("{{link}}&id={{v}}", "https://shop.example/a?b=c&d&id=a%20%26%2F%3F%3D%23%E8%8C%B6"),
        ("pages/{{link}}", "pages/https%3A%2F%2Fshop.example%2Fa%3Fb%3Dc%26d"),
    ],
)
def test_in_a_link_every_value_but_the_beginning_is_percent_encoded(text: str, rendered: str) -> None:
    link = {"v": "a &/?=#茶", "link": "https://shop.example/a?b=c&d"}
    assert written_in(text, link, link=True) == rendered


def test_links_are_told_by_the_names_of_their_members() -> None:
    content: Content = {
        "page": "p?q={{v}}",
        "data": {"page1": {"value": "{{v}}"}, "picurl": "x/{{v}}", "content_source_url": "x/{{v}}"},
        "files": ["https://shop.example/{{v}}.pdf"],
        "miniprogram": {"appid": "wx1", "pagepath": "p/{{v}}"},
        "text": "see x/{{v}}",
        "type": 0,
        "flags": [True, None, 1.5],
    }
    assert render(content, {"v": "a b"}) == {
        "page": "p?q=a%20b",
        "data": {"page1": {"value": "a b"}, "picurl": "x/a%20b", "content_source_url": "x/a%20b"},
        "files": ["https://shop.example/a%20b.pdf"],
        "miniprogram": {"appid": "wx1", "pagepath": "p/a%20b"},
        "text": "see x/a b",
        "type": 0,
        "flags": [True, None, 1.5],
    }


@pytest.mark.parametrize("text", ["{{", "a {{ b", "{{}}", "{{order", "{{a{b}}", "{{ {{order}}"])
def test_braces_that_open_nothing_are_a_place_without_a_good_name(text: str) -> None:
    assert any(piece.is_place and piece.words != "order" for piece in pieces(text))


def test_a_text_comes_apart_in_its_order() -> None:
    assert list(pieces("a{{b}}{{{{c")) == [Piece("a"), Piece("b", is_place=True), Piece("{{"), Piece("c")]
    assert [spot.path for spot in spots({"a": ["x", {"b": "y"}], "c": 1}, "at")] == ["at.a.0", "at.a.1.b"]


@given(texts)
def test_an_escaped_text_renders_to_itself(text: str) -> None:
    assert written_in(escaped(text), {}) == text


@given(texts, texts, texts)
def test_a_value_is_never_read_as_a_place(before: str, value: str, after: str) -> None:
    text = escaped(before) + "{{v}}" + escaped(after)
    assert written_in(text, {"v": value, "order": "never"}) == before + value + after


@given(texts)
def test_a_value_stays_one_value_of_a_query(value: str) -> None:
    link = written_in("https://shop.example/{{v}}?id={{v}}&more=1", {"v": value}, link=True)
    parts = urlsplit(link)
    assert parse_qs(parts.query, keep_blank_values=True) == {"id": [value], "more": ["1"]}
    assert unquote(parts.path) == f"/{value}"
    assert (parts.netloc, parts.path.count("/"), parts.fragment) == ("shop.example", 1, "")


@given(contents)
def test_an_escaped_content_renders_to_itself(content: Content) -> None:
    written = {name: _mapped(value, escaped) for name, value in content.items()}
    assert render(written, {}) == content


@given(contents, texts)
def test_only_strings_change_and_the_shape_stays(content: Content, value: str) -> None:
    written = {name: _mapped(inner, lambda _: "{{v}}") for name, inner in content.items()}
    assert render(written, {"v": value}) == {
        name: _mapped(inner, lambda _: value) for name, inner in content.items()
    }


def _mapped(value: Json, change: Callable[[str], str]) -> Json:
    """The value with every string in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _mapped(inner, change) for name, inner in value.items()}
    return [_mapped(inner, change) for inner in value] if isinstance(value, list) else value

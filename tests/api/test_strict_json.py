"""What is read as JSON, and what is refused although some reader would take it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.api.strict_json import Malformed, is_doubtful, parse, value_fault
from ums.domain.commands import Json

SOUND: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4
        )
    ),
    max_leaves=20,
)


def refusal(text: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        parse(text)
    return str(caught.value)


@given(SOUND)
def test_what_everyone_understands_alike_is_read_as_it_is(value: Json) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert parse(text.encode()) == value
    assert value_fault(value) is None


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert parse(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"a": 1,}', "line 1, column 9"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'["a\nb"]', "Invalid control character at line 1"),
        (b"[1] [2]", "Extra data at line 1, column 5"),
        (b'["\xff"]', "not UTF-8 at byte 2"),
        (b"[NaN]", "NaN is no JSON value"),
        (b"[-Infinity]", "-Infinity is no JSON value"),
        (b'{"a": 1, "a": 2}', "the member a stands twice"),
        (b'[{"b": {"a": 1, "c": 3, "a": 2}}]', "the member 0.b.a stands twice"),
        (b"[" * 65 + b"]" * 65, "nested more than 64 deep"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nested more than 64 deep"),
        (b"[" * 1_000_000, "nested more than 64 deep"),
        (b"nul", "Expecting value"),
    ],
)
def test_what_is_no_unambiguous_json_is_refused_with_its_place(text: bytes, said: str) -> None:
    assert said in refusal(text)


def test_64_levels_are_not_too_deep() -> None:
    assert parse(b"[" * 64 + b"]" * 64) is not None


def test_a_member_that_stands_a_hundred_thousand_times_is_found_at_once() -> None:
    members = ",".join(f'"m{index}":1' for index in range(100_000))
    assert "m99999 stands twice" in refusal(f'{{{members},"m99999":2}}'.encode())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (rb'{"a": ["\u0000"]}', ("a.0", "holds a NUL or half of a surrogate pair")),
        (rb'{"a": ["ok", "\ud800"]}', ("a.1", "holds a NUL or half of a surrogate pair")),
        (rb'{"a": {"\udfff": 1}}', ("a.\\udfff", "holds a NUL or half of a surrogate pair in its name")),
        (b'{"n": 9223372036854775808}', ("n", "is a number beyond 64 bits")),
        (b'{"n": -9223372036854775809}', ("n", "is a number beyond 64 bits")),
        (b'{"n": ' + b"9" * 100_000 + b"}", ("n", "is a number beyond 64 bits")),
        (b'{"n": 1e999}', ("n", "is a number beyond all bounds")),
        (b'"\\u0000"', ("", "holds a NUL or half of a surrogate pair")),
    ],
)
def test_a_value_that_cannot_be_kept_is_found_with_its_path(text: bytes, fault: tuple[str, str]) -> None:
    assert value_fault(parse(text)) == fault


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse(rb'"\ud83d\ude00"') == "😀"
    assert value_fault("😀") is None


ANY: st.SearchStrategy[Json] = st.recursive(
    st.integers() | st.floats() | st.text(st.characters() | st.sampled_from("\0\ud800\udfff")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(ANY, st.booleans())
def test_a_text_that_raises_no_doubt_holds_no_fault(document: Json, in_ascii: bool) -> None:
    text = json.dumps(document, ensure_ascii=in_ascii).encode("utf-8", "replace")
    try:
        fault = value_fault(parse(text))
    except Malformed:
        return
    assert fault is None or is_doubtful(text)


@pytest.mark.parametrize(
    "text", [b"1e999", b"[1E999]", b'{"a": 1.e400}', b"1" * 400 + b".5", b'"\\u0000"', b"9" * 19]
)
def test_what_may_hold_a_fault_is_looked_into(text: bytes) -> None:
    assert is_doubtful(text)


def test_an_ordinary_message_needs_no_second_look() -> None:
    text = b'{"aud_userid": ["u1"], "msg_wechatmp": [{"template_id": "abc", "data": {"thing1": {"value": "7.5"}}}]}'
    assert not is_doubtful(text)

"""Sensitive words are found whatever their case and width, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.domain.commands import Json
from ums.domain.words import WordMatcher, folded


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("casino", "Win at the CASINO today", True),
        ("CASINO", "a casino", True),
        ("casino", "ｃａｓｉｎｏ", True),
        ("ｃａｓｉｎｏ", "Casino", True),
        ("赌博", "网上赌博平台", True),
        ("strasse", "Hauptstraße", True),
        ("ガム", "ｶﾞﾑ", True),
        ("100%", "１００％", True),
        ("bad word", "this is a bad word", True),
        # a word inside another counts: Chinese has no white space to tell them apart
        ("sin", "a casino", True),
        ("casino", "cas ino", False),
        ("赌博", "赌 博", False),
        ("casino", "", False),
    ],
)
def test_a_word_is_found_in_a_text(word: str, text: str, found: bool) -> None:
    assert WordMatcher([word]).word_in(text) == (word if found else None)


def test_every_text_value_is_looked_at_and_no_name() -> None:
    matcher = WordMatcher(["casino"])
    content: Json = {"casino": "x", "data": [{"thing1": {"value": "Casino night"}}], "count": 3, "flag": None}
    assert matcher.find(content, "msg_app.0") == ("casino", "msg_app.0.data.0.thing1.value")
    assert matcher.find({"casino": ["fine"]}, "msg_app.0") is None


def test_the_word_is_told_as_its_operator_wrote_it() -> None:
    found = WordMatcher(["Straße"]).find({"text": "STRASSE"}, "msg_sms.0")
    assert found == ("Straße", "msg_sms.0.text")


def test_without_words_nothing_is_found() -> None:
    assert WordMatcher([]).find({"text": "casino"}, "msg_app.0") is None


@given(words=st.lists(st.text("abAB１a ßﬁ賭", min_size=1, max_size=4), min_size=1), text=st.text("abAB１a ßﬁ賭"))
def test_one_pass_finds_what_looking_for_each_word_would(words: list[str], text: str) -> None:
    found = WordMatcher(words).word_in(text)
    assert (found is not None) == any(folded(word) in folded(text) for word in words)


@given(text=st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


@given(document=JSON)
def test_a_document_holds_what_its_texts_hold(document: Json) -> None:
    planted: Json = [document, {"deep": ["...casino..."]}]
    found = WordMatcher(["casino"]).find(planted, "top")
    assert found is not None
    assert found.path == "top.1.deep.0" or "casino" in json.dumps(document).lower()

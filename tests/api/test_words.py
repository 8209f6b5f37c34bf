"""Sensitive words kept through the admin API."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.site import Site, open_site, told
from ums.domain.commands import Json
from ums.domain.words import MOST_WORDS


def test_a_word_is_added_shown_changed_and_removed(site: Site) -> None:
    made = site.as_operator("POST", "/words", {"id": 12, "word": "Casino"})
    assert made.get_json() == {
        "code": 0,
        "id": 12,
        "word": "Casino",
        "created_at": 1_800_000_000,
        "updated_at": 1_800_000_000,
    }
    assert site.as_operator("GET", "/words/12").get_json() == made.get_json()
    site.clock.advance(5)
    changed = site.as_operator("PUT", "/words/12", {"word": "casinos"}).get_json()
    assert (changed["word"], changed["updated_at"]) == ("casinos", 1_800_000_005)
    assert site.as_operator("DELETE", "/words/12").get_json() == {"code": 0, "message": "success"}
    for method in ("GET", "DELETE"):
        assert told(site.as_operator(method, "/words/12"))[:2] == (404, 4040)
    assert told(site.as_operator("PUT", "/words/12", {"word": "x"}))[:2] == (404, 4040)


def test_words_are_listed_in_pages(site: Site) -> None:
    site.as_operator("POST", "/words", {"words": ["one", "two", "three"]})
    first = site.as_operator("GET", "/words?limit=2").get_json()
    assert [word["word"] for word in first["words"]] == ["one", "two"]
    second = site.as_operator("GET", f"/words?limit=2&cursor={first['next']}").get_json()
    assert ([word["word"] for word in second["words"]], second["next"]) == (["three"], None)


def test_of_many_words_those_there_already_stay(site: Site) -> None:
    site.as_operator("POST", "/words", {"word": "Casino"})
    answer = site.as_operator("POST", "/words", {"words": ["ＣＡＳＩＮＯ", "赌博", "赌博", "poker"]})
    assert answer.get_json() == {"code": 0, "added": 2, "known": 2}
    again = site.as_operator("POST", "/words", {"words": ["赌博", "poker"]})
    assert again.get_json() == {"code": 0, "added": 0, "known": 2}
    kept = site.as_operator("GET", "/words").get_json()["words"]
    assert [word["word"] for word in kept] == ["Casino", "赌博", "poker"]


def test_a_word_stands_once_whatever_its_case_and_width(site: Site) -> None:
    site.as_operator("POST", "/words", {"id": 1, "word": "Casino"})
    site.as_operator("POST", "/words", {"id": 2, "word": "poker"})
    assert told(site.as_operator("POST", "/words", {"word": "ｃａｓｉｎｏ"}))[:2] == (409, 4090)
    assert told(site.as_operator("POST", "/words", {"id": 1, "word": "dice"}))[:2] == (409, 4090)
    assert told(site.as_operator("PUT", "/words/2", {"word": "CASINO"}))[:2] == (409, 4090)
    assert site.as_operator("PUT", "/words/1", {"word": "CASINO"}).get_json()["word"] == "CASINO"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "word"),
        ({"word": ""}, "word"),
        ({"word": " casino"}, "word"),
        ({"word": "a\nb"}, "word"),
        ({"word": "x" * 65}, "word"),
        # each of these stands for 18 letters when it is compared
        ({"word": "ﷺ" * 15}, "word"),
        ({"word": 7}, "word"),
        ({"word": "x", "words": ["y"]}, "word"),
        ({"id": 3, "words": ["y"]}, "id"),
        ({"words": []}, "words"),
        ({"words": ["fine", 7]}, "words.1"),
        ({"words": ["fine", "\t"]}, "words.1"),
        ({"name": "x", "word": "x"}, "name"),
    ],
)
def test_what_is_no_word_is_named_by_its_path(site: Site, body: Json, path: str) -> None:
    answer = site.as_operator("POST", "/words", body)
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]
    assert site.as_operator("GET", "/words").get_json()["words"] == []


def test_ten_thousand_words_are_taken_at_once_and_no_more(tmp_path: Path) -> None:
    site = open_site(tmp_path)
    many: list[Json] = [f"word{number}" for number in range(MOST_WORDS)]
    assert site.as_operator("POST", "/words", {"words": many}).get_json()["added"] == MOST_WORDS
    more = site.as_operator("POST", "/words", {"words": [*many, "one more"]})
    assert told(more)[:2] == (400, 4004)
    site.gateway.close()

"""Segments made, counted and edited through the admin API."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told
from ums.domain.commands import Json

FILTER: dict[str, Json] = {"all": [{"tag": ["vip", "gold"]}, {"hasnt": "phone"}, {"bound_on": "app1"}]}


def deep(levels: int) -> Json:
    document: Json = {"has": "phone"}
    for _ in range(levels - 1):
        document = {"not": document}
    return document


def test_a_segment_is_made_counted_changed_and_removed(site: Site) -> None:
    made = site.as_operator("POST", "/segments", {"id": 1000, "name": "vip", "filter": FILTER})
    assert made.status_code == 200
    kept = {"code": 0, "id": 1000, "name": "vip", "filter": FILTER}
    assert made.get_json() == {**kept, "created_at": 1_800_000_000, "updated_at": 1_800_000_000}
    assert site.as_operator("GET", "/segments/1000").get_json() == {**made.get_json(), "count": 1}
    site.clock.advance(5)
    changed = site.as_operator("PUT", "/segments/1000", {"name": "mail", "filter": {"has": "email"}}).get_json()
    assert (changed["name"], changed["filter"]) == ("mail", {"has": "email"})
    assert (changed["created_at"], changed["updated_at"]) == (1_800_000_000, 1_800_000_005)
    assert site.as_operator("DELETE", "/segments/1000").get_json() == {"code": 0, "message": "success"}
    calls: list[tuple[str, Json]] = [("GET", None), ("PUT", {"name": "x", "filter": FILTER}), ("DELETE", None)]
    for method, body in calls:
        assert told(site.as_operator(method, "/segments/1000", body))[:2] == (404, 4040)


def test_the_count_may_be_one_applications(site: Site) -> None:
    site.as_operator("POST", "/segments", {"id": 1, "name": "app", "filter": {"bound_on": "app1"}})
    counted = {name: site.as_operator("GET", f"/segments/1?application={name}") for name in ("shop", "bank")}
    assert {name: answer.get_json()["count"] for name, answer in counted.items()} == {"shop": 1, "bank": 0}
    assert told(site.as_operator("GET", "/segments/1?application=nobody"))[:2] == (404, 4040)


def test_segments_are_listed_in_pages(site: Site) -> None:
    for number in range(3):
        site.as_operator("POST", "/segments", {"name": f"s{number}", "filter": FILTER})
    first = site.as_operator("GET", "/segments?limit=2").get_json()
    assert [segment["name"] for segment in first["segments"]] == ["s0", "s1"]
    second = site.as_operator("GET", f"/segments?limit=2&cursor={first['next']}").get_json()
    assert [segment["name"] for segment in second["segments"]] == ["s2"]
    assert second["next"] is None


def test_names_and_numbers_are_taken_once(site: Site) -> None:
    site.as_operator("POST", "/segments", {"id": 7, "name": "a", "filter": FILTER})
    bodies: list[Json] = [{"id": 7, "name": "b", "filter": FILTER}, {"name": "a", "filter": FILTER}]
    for body in bodies:
        assert told(site.as_operator("POST", "/segments", body))[:2] == (409, 4090)


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        (None, ["filter"]),
        ([], ["filter"]),
        ({}, ["filter"]),
        ({"has": "phone", "hasnt": "email"}, ["filter"]),
        ({"had": "phone"}, ["filter"]),
        ({"all": []}, ["filter.all"]),
        ({"any": {"has": "phone"}}, ["filter.any"]),
        ({"any": [{"has": "phone"}] * 51}, ["filter.any"]),
        ({"all": [{"any": [{"has": "phone"}] * 26}] * 2}, ["filter"]),
        ({"tag": "vip"}, ["filter.tag"]),
        ({"tag": []}, ["filter.tag"]),
        ({"tag": ["v"] * 21}, ["filter.tag"]),
        ({"tag": ["vip", "two words", "v" * 41, 7]}, ["filter.tag.1", "filter.tag.2", "filter.tag.3"]),
        ({"has": "fax"}, ["filter.has"]),
        ({"hasnt": ["phone"]}, ["filter.hasnt"]),
        ({"bound_on": 7}, ["filter.bound_on"]),
        ({"not": {"any": [{"bound_on": "app1"}, {"bound_on": "app9"}]}}, ["filter.not.any.1.bound_on"]),
        ({"all": [{"has": "fax"}, {"has": "phone"}, {"tag": [""]}]}, ["filter.all.0.has", "filter.all.2.tag.0"]),
        (deep(6), ["filter.not.not.not.not.not"]),
    ],
)
def test_what_is_wrong_with_a_filter_is_named_by_its_path(site: Site, wanted: Json, paths: list[str]) -> None:
    answer = site.as_operator("POST", "/segments", {"name": "s", "filter": wanted})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == paths


def test_a_filter_comes_back_as_it_was_given(site: Site) -> None:
    wanted: Json = {
        "any": [deep(3), {"all": [{"tag": ["金卡", "a.b"]}, {"hasnt": "wechatmp"}]}, {"bound_on": "app2"}]
    }
    assert site.as_operator("POST", "/segments", {"name": "s", "filter": wanted}).get_json()["filter"] == wanted

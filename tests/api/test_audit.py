"""What is noted of changes made through the admin API."""

from __future__ import annotations

from tests.api.site import Site, told
from ums.domain.commands import Json
from ums.services import operators


def notes(site: Site, query: str = "") -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = site.as_operator("GET", f"/audit{query}").get_json()["audit"]
    return found


def test_a_change_is_noted_with_who_made_it(site: Site) -> None:
    site.clock.advance(7)
    token = operators.add(site.gateway, "zhangsan", "operator", with_token=True).token
    body: Json = {"name": "Our app", "settings": {"secret": "very-secret"}}
    assert site.as_operator("PUT", "/channels/app1", body, token=token).status_code == 200
    (noted,) = notes(site)
    assert noted == {
        "id": noted["id"],
        "at": 1_800_000_007,
        "operator": "zhangsan",
        "action": "PUT",
        "thing": "/v1/admin/channels/app1",
        "detail": "name Our app, settings",
    }


def test_the_newest_comes_first_and_pages_follow(site: Site) -> None:
    for verb in ("pause", "close", "resume"):
        site.as_operator("POST", f"/channels/app1/{verb}")
    site.as_operator("DELETE", "/channels/app2?force=true")
    first = site.as_operator("GET", "/audit?limit=2").get_json()
    assert [note["thing"] for note in first["audit"]] == [
        "/v1/admin/channels/app2?force=true",
        "/v1/admin/channels/app1/resume",
    ]
    second = site.as_operator("GET", f"/audit?limit=2&cursor={first['next']}").get_json()
    assert [note["thing"] for note in second["audit"]] == [
        "/v1/admin/channels/app1/close",
        "/v1/admin/channels/app1/pause",
    ]
    assert second["next"] is None


def test_what_was_refused_or_only_looked_at_is_not_noted(site: Site) -> None:
    site.as_operator("GET", "/channels/app1")
    assert told(site.as_operator("POST", "/applications", {"name": "shop"}))[0] == 409
    assert told(site.as_operator("POST", "/applications", {"name": ""}))[0] == 400
    assert told(site.as_operator("POST", "/applications", {"name": "x"}, token="wrong"))[0] == 401
    assert notes(site) == []


def test_no_secret_is_noted(site: Site) -> None:
    brought: Json = {"name": "new", "channel_key": "old-key-0001", "master_secret": "hush-hush-hush"}
    answer = site.as_operator("POST", "/applications", brought)
    assert answer.status_code == 200
    (noted,) = notes(site)
    assert noted["detail"] == "name new, channel_key, master_secret"

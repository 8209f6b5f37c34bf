"""Callback URLs made, verified, replayed and removed through the admin API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.site import Site, told
from tests.receiver import Answer, Receiver, receiving
from ums.domain.commands import Json
from ums.services import operators, posting


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def make(site: Site, url: str, **changes: Json) -> dict[str, Json]:
    answer = site.as_operator("POST", "/callbacks", {"application": "shop", "url": url, **changes})
    assert answer.status_code == 200, answer.get_json()
    document: dict[str, Json] = answer.get_json()
    return document


def verify(site: Site, callback_id: Json) -> None:
    assert site.as_operator("POST", f"/callbacks/{callback_id}/verify").get_json()["state"] == "verified"


def test_a_url_is_made_verified_changed_and_removed(site: Site, receiver: Receiver) -> None:
    made = make(site, receiver.url, id=7, types=[4, 5, 4])
    assert str(made.pop("secret")).startswith("whsec_")
    assert made == {
        "code": 0,
        "id": 7,
        "application": "shop",
        "url": receiver.url,
        "types": [4, 5],
        "enabled": True,
        "default": True,
        "state": "unverified",
        "reason": "",
        "failures": 0,
        "failing_since": None,
        "created_at": 1_800_000_000,
        "updated_at": 1_800_000_000,
        "posts": {"open": 0, "delivered": 0, "dead": 0, "waiting": 0},
    }
    assert site.as_operator("GET", "/callbacks/7").get_json() == made
    verify(site, 7)
    same = site.as_operator("PUT", "/callbacks/7", {"url": receiver.url, "enabled": False}).get_json()
    assert (same["state"], same["enabled"], same["types"]) == ("verified", False, list(range(9)))
    moved = site.as_operator("PUT", "/callbacks/7", {"url": receiver.url + "/2", "application": "shop"}).get_json()
    assert (moved["state"], moved["enabled"]) == ("unverified", True)
    assert site.as_operator("DELETE", "/callbacks/7").get_json() == {"code": 0, "message": "success"}
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", {"url": receiver.url}),
        ("DELETE", "", None),
        ("POST", "/verify", None),
        ("POST", "/secret", None),
        ("POST", "/replay", {"batch": 1}),
        ("GET", "/attempts", None),
    ):
        given: Json = None if body is None else {**body}
        assert told(site.as_operator(method, f"/callbacks/7{path}", given))[:2] == (404, 4040)


def test_a_url_is_verified_by_the_text_it_is_asked_for_and_the_applications_credentials(
    site: Site, receiver: Receiver
) -> None:
    made = make(site, f"{receiver.url}?shop=1")
    verify(site, made["id"])
    (asked,) = receiver.received
    assert (asked.method, asked.path, asked.query["shop"]) == ("GET", "/receipts", ["1"])
    assert len(asked.query["echostr"][0]) == 32
    assert (
        site.http.get("/v1/message/x", headers={"Authorization": asked.headers["Authorization"]}).status_code == 404
    )


@pytest.mark.parametrize("echo", [b"", b"other", b'{"echostr": "x"}'])
def test_a_url_that_answers_something_else_is_not_verified(site: Site, receiver: Receiver, echo: bytes) -> None:
    receiver.echo = echo
    made = make(site, receiver.url)
    assert told(site.as_operator("POST", f"/callbacks/{made['id']}/verify"))[:2] == (409, 4090)
    assert site.as_operator("GET", f"/callbacks/{made['id']}").get_json()["state"] == "unverified"


def test_a_url_inside_closed_networks_is_not_verified_and_the_setting_is_named(site: Site) -> None:
    made = make(site, "http://[::1]:9/")
    status, code, message = told(site.as_operator("POST", f"/callbacks/{made['id']}/verify"))
    assert (status, code) == (409, 4090)
    assert "UMS_ALLOWED_NETWORKS" in message


def test_the_first_url_is_the_default_until_another_is_made_it(site: Site, receiver: Receiver) -> None:
    first, second = (make(site, f"{receiver.url}/{number}")["id"] for number in (1, 2))
    assert told(site.as_operator("DELETE", f"/callbacks/{first}"))[:2] == (409, 4090)
    changed = site.as_operator("PUT", f"/callbacks/{second}", {"url": f"{receiver.url}/2", "default": True})
    assert changed.get_json()["default"] is True
    listed = site.as_operator("GET", "/callbacks?application=shop").get_json()
    assert [(one["id"], one["default"]) for one in listed["callbacks"]] == [(first, False), (second, True)]
    assert site.as_operator("DELETE", f"/callbacks/{first}").status_code == 200
    assert site.as_operator("DELETE", f"/callbacks/{second}").status_code == 200


def test_an_application_has_five_urls_at_most_and_each_once(site: Site, receiver: Receiver) -> None:
    make(site, receiver.url)
    again = site.as_operator("POST", "/callbacks", {"application": "shop", "url": receiver.url})
    assert told(again)[:2] == (409, 4090)
    for number in range(4):
        make(site, f"{receiver.url}/{number}", id=100 + number)
    full = site.as_operator("POST", "/callbacks", {"application": "shop", "url": f"{receiver.url}/x"})
    assert told(full)[:2] == (409, 4090)
    taken: dict[str, Json] = {"application": "bank", "url": receiver.url, "id": 100}
    assert told(site.as_operator("POST", "/callbacks", taken))[:2] == (409, 4090)
    assert site.as_operator("POST", "/callbacks", {**taken, "id": 200}).status_code == 200
    listed = site.as_operator("GET", "/callbacks?application=bank").get_json()
    assert [one["id"] for one in listed["callbacks"]] == [200]
    foreign = site.as_operator("PUT", "/callbacks/200", {"application": "shop", "url": f"{receiver.url}/y"})
    assert told(foreign)[:2] == (409, 4090)


def test_urls_are_listed_in_pages(site: Site, receiver: Receiver) -> None:
    ids = [make(site, f"{receiver.url}/{number}")["id"] for number in range(3)]
    first = site.as_operator("GET", "/callbacks?limit=2").get_json()
    second = site.as_operator("GET", f"/callbacks?limit=2&cursor={first['next']}").get_json()
    assert [one["id"] for page in (first, second) for one in page["callbacks"]] == ids
    assert second["next"] is None


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"application": None}, "application"),
        ({"url": None}, "url"),
        ({"url": "ftp://a.example"}, "url"),
        ({"url": "http://user@a.example"}, "url"),
        ({"types": []}, "types"),
        ({"types": [9]}, "types"),
        ({"types": ["4"]}, "types"),
        ({"types": [True]}, "types"),
        ({"types": 4}, "types"),
        ({"enabled": 1}, "enabled"),
        ({"id": 0}, "id"),
        ({"state": "verified"}, "state"),
        ({"secret": "whsec_x"}, "secret"),
    ],
)
def test_what_is_wrong_with_a_url_is_named_by_its_path(site: Site, changes: dict[str, Json], path: str) -> None:
    body: Json = {"application": "shop", "url": "http://a.example", **changes}
    answer = site.as_operator("POST", "/callbacks", body)
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]


def test_an_unknown_application_is_not_found(site: Site) -> None:
    answer = site.as_operator("POST", "/callbacks", {"application": "nobody", "url": "http://a.example"})
    assert told(answer)[:2] == (404, 4040)


def test_every_try_is_shown_and_posts_are_made_again(site: Site, receiver: Receiver) -> None:
    callback_id = int(str(make(site, receiver.url)["id"]))
    verify(site, callback_id)
    receiver.answers.append(Answer(500, b"<b>out of order</b>"))
    assert site.send({"callback": {"params": {"order": "A1"}}}).status_code == 200
    site.clock.advance(10)
    assert posting.post_next(site.gateway, callback_id)
    site.clock.advance(6)
    assert posting.post_next(site.gateway, callback_id)
    path = f"/callbacks/{callback_id}"
    shown = site.as_operator("GET", f"{path}/attempts").get_json()
    assert [(one["status"], one["answer"], one["fault"]) for one in shown["attempts"]] == [
        (200, "ok", ""),
        (500, "<b>out of order</b>", ""),
    ]
    first = shown["attempts"][1]
    assert (first["state"], first["receipts"], first["at"]) == ("delivered", 1, 1_800_000_010)
    page = site.as_operator("GET", f"{path}/attempts?limit=1").get_json()
    rest = site.as_operator("GET", f"{path}/attempts?limit=1&cursor={page['next']}").get_json()
    assert [one["id"] for one in page["attempts"] + rest["attempts"]] == [one["id"] for one in shown["attempts"]]
    assert site.as_operator("GET", f"{path}/attempts?state=dead").get_json()["attempts"] == []
    bodies: list[dict[str, Json]] = [
        {"batch": first["batch"]},
        {"webhook_id": first["webhook_id"]},
        {"since": 0, "until": 1_800_000_000, "delivered": True},
    ]
    for body in bodies:
        assert site.as_operator("POST", f"{path}/replay", {**body}).get_json() == {"code": 0, "replayed": 1}
        assert posting.post_next(site.gateway, callback_id)
    assert len({post.webhook_id for post in receiver.posts}) == 1
    assert site.as_operator("POST", f"{path}/replay", {"since": 0}).get_json()["replayed"] == 0
    unknown: list[dict[str, Json]] = [{"batch": 99}, {"webhook_id": "ums_x"}]
    for body in unknown:
        assert told(site.as_operator("POST", f"{path}/replay", {**body}))[:2] == (404, 4040)


@pytest.mark.parametrize(
    "body", [{}, {"batch": 1, "since": 0}, {"until": 5}, {"batch": "1"}, {"since": -1}, {"when": "now"}]
)
def test_a_replay_says_which_posts(site: Site, receiver: Receiver, body: dict[str, Json]) -> None:
    callback_id = make(site, receiver.url)["id"]
    assert told(site.as_operator("POST", f"/callbacks/{callback_id}/replay", {**body}))[:2] == (400, 4004)


def test_a_secret_is_shown_when_it_is_made_and_never_again(site: Site, receiver: Receiver) -> None:
    made = make(site, receiver.url)
    replaced = site.as_operator("POST", f"/callbacks/{made['id']}/secret").get_json()
    assert replaced["secret"] != made["secret"]
    for path in (f"/callbacks/{made['id']}", "/callbacks"):
        assert "whsec_" not in site.as_operator("GET", path).text


def test_a_send_is_warned_only_of_a_url_that_is_not_used(site: Site, receiver: Receiver) -> None:
    verify(site, make(site, receiver.url)["id"])
    for url in (receiver.url, ""):
        assert "warnings" not in site.send({"callback": {"url": url}}).get_json()
    (warning,) = site.send({"callback": {"url": f"{receiver.url}/other"}}).get_json()["warnings"]
    assert f"{receiver.url}/other" in warning


def test_a_viewer_looks_and_changes_nothing(site: Site, receiver: Receiver) -> None:
    callback_id = make(site, receiver.url)["id"]
    token = operators.add(site.gateway, "eyes", "viewer", with_token=True).token
    assert site.as_operator("GET", "/callbacks", token=token).status_code == 200
    assert site.as_operator("GET", f"/callbacks/{callback_id}/attempts", token=token).status_code == 200
    for method, path in (
        ("POST", "/callbacks"),
        ("PUT", f"/callbacks/{callback_id}"),
        ("DELETE", f"/callbacks/{callback_id}"),
        ("POST", f"/callbacks/{callback_id}/verify"),
        ("POST", f"/callbacks/{callback_id}/secret"),
        ("POST", f"/callbacks/{callback_id}/replay"),
    ):
        assert told(site.as_operator(method, path, {}, token=token))[:2] == (403, 4030)

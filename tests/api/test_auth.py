"""Who is let in where, and that nothing is read before."""

from __future__ import annotations

import base64

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.site import Pair, Site, told
from ums.services import applications

GUARDED = [
    ("POST", "/v1/sent"),
    ("POST", "/v1/sent/batch"),
    ("POST", "/v1/broadcast"),
    ("POST", "/v1/template/sent"),
    ("POST", "/v1/template/broadcast"),
    ("POST", "/v1/retract/{msgid}"),
    ("GET", "/v1/message"),
    ("GET", "/v1/message/{msgid}"),
    ("GET", "/v1/message/{msgid}/deliveries"),
    ("POST", "/v1/lint"),
    ("POST", "/v1/material"),
    ("POST", "/v1/bind/qr"),
    ("GET", "/v1/subscription"),
    ("GET", "/v1/subscription/history"),
    ("GET", "/v1/token"),
    ("POST", "/v1/bind/ticket"),
    ("POST", "/v1/bind/result"),
    ("POST", "/v1/bind/complete"),
    ("POST", "/v1/bind/unbind"),
    ("POST", "/v1/bind/jssdk"),
    ("POST", "/v1/user/opt"),
    ("POST", "/v1/user/delete"),
    ("GET", "/v1/user"),
    ("GET", "/v1/user/{userid}"),
    ("GET", "/v1/user/{userid}/reach"),
    ("GET", "/v1/channel"),
    ("GET", "/v1/channel/{code}/template"),
    ("POST", "/v1/channel/{code}/template/refresh"),
    ("GET", "/v1/channel/{code}/template/refreshes"),
]
FOR_PAGES = [
    ("POST", "/v1/subscription"),
    ("POST", "/v1/bind/{type}/{code}/login"),
    ("POST", "/v1/bind/{type}/{code}/decrypt"),
    ("POST", "/v1/bind/{type}/{code}/phone"),
]
"""A page may call without any credentials; who shows some must show the right ones."""
OPEN = ["/healthz", "/readyz", "/openapi.json", "/docs", "/hooks/app1"]


def filled(path: str) -> str:
    return path.format(msgid="0" * 26, userid="zhangsan", type="app", code="app1")


def call(site: Site, method: str, path: str, auth: Pair | str | None) -> TestResponse:
    headers = {"Authorization": auth} if isinstance(auth, str) else {}
    pair = auth if isinstance(auth, tuple) else None
    return site.http.open(filled(path), method=method, headers=headers, auth=pair)


def basic(text: bytes) -> str:
    return f"Basic {base64.b64encode(text).decode()}"


def v1_routes(app: Flask) -> list[tuple[str, str]]:
    return sorted(
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/") and not rule.rule.startswith("/v1/admin/")
    )


def test_the_matrix_below_names_every_route(shared_site: Site) -> None:
    assert v1_routes(shared_site.app) == sorted(GUARDED + FOR_PAGES)


@pytest.mark.parametrize(("method", "path"), GUARDED + FOR_PAGES)
def test_nobody_comes_in_without_the_right_credentials(shared_site: Site, method: str, path: str) -> None:
    key, secret = shared_site.shop
    strangers: list[Pair | str | None] = [
        *([] if (method, path) in FOR_PAGES else [None]),
        (key, "wrong"),
        (key, ""),
        (key, shared_site.bank[1]),
        ("0" * 24, secret),
        (key.upper(), secret),
        (shared_site.staff[0], secret),
        "Basic",
        "Basic !!!",
        basic(b"\xff\xfe:\xff"),
        basic(b"no colon"),
        basic(b":"),
        f"Bearer {secret}",
        f"Digest {key}:{secret}",
        "x" * 10_000,
        "Basic \xff\xfe",
        "Basic \xe4\xb8\xad",
        f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()[:-4]}",
    ]
    for stranger in strangers:
        answer = call(shared_site, method, path, stranger)
        assert told(answer)[:2] == (401, 4005), stranger
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("path", OPEN)
def test_the_open_paths_ask_for_nothing(shared_site: Site, path: str) -> None:
    assert shared_site.http.get(path).status_code in {200, 403, 503}


def test_a_stranger_is_refused_before_his_body_is_looked_at(site: Site) -> None:
    answer = site.http.post("/v1/sent", data=b"{" * 10_000, headers={"Content-Type": "text/plain"})
    assert told(answer)[:2] == (401, 4005)


@pytest.mark.parametrize(("method", "path"), FOR_PAGES)
def test_a_page_is_let_in_as_far_as_its_body(shared_site: Site, method: str, path: str) -> None:
    assert told(call(shared_site, method, path, None))[:2] == (415, 4150)
    assert told(call(shared_site, method, path, shared_site.staff))[:2] == (403, 4030)


def test_an_access_key_does_not_send(site: Site) -> None:
    answer = site.post("/v1/sent", {}, auth=site.staff)
    assert told(answer)[:2] == (403, 4030)
    assert "ChannelKey" in told(answer)[2]


def test_a_channel_key_does_not_remove_users(site: Site) -> None:
    assert told(site.post("/v1/user/delete", ["zhangsan"]))[:2] == (403, 4030)
    assert site.get("/v1/user/zhangsan").status_code == 200


def test_a_closed_application_is_told_so_only_with_the_right_secret(site: Site) -> None:
    applications.close(site.gateway, "shop")
    assert told(site.get("/v1/channel"))[:2] == (403, 1015005)
    assert told(site.get("/v1/channel", auth=(site.shop[0], "wrong")))[:2] == (401, 4005)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/channel/app1/template"),
        ("POST", "/v1/channel/app1/template/refresh"),
        ("GET", "/v1/message/{msgid}"),
        ("GET", "/v1/message/{msgid}/deliveries"),
        ("POST", "/v1/retract/{msgid}"),
    ],
)
def test_what_is_foreign_is_not_there(site: Site, method: str, path: str) -> None:
    msgid = site.send().get_json()["msgid"]
    answer = site.http.open(path.format(msgid=msgid), method=method, auth=site.bank)
    assert told(answer)[:2] == (404, 4040)


def test_a_hundred_messages_of_one_application_are_not_there_for_another(site: Site) -> None:
    msgids = [site.send().get_json()["msgid"] for _ in range(100)]
    assert {site.get(f"/v1/message/{msgid}").status_code for msgid in msgids} == {200}
    assert {site.get(f"/v1/message/{msgid}", auth=site.bank).status_code for msgid in msgids} == {404}


def test_every_view_carries_its_authentication(shared_site: Site) -> None:
    stated = {name: view.__dict__.get("authentication") for name, view in shared_site.app.view_functions.items()}
    api = {
        name: word
        for name, word in stated.items()
        if not name.startswith(("console.", "front", "docs.static", "bind."))
    }
    assert set(api.values()) == {
        "open_to_all",
        "needs_credentials",
        "takes_credentials",
        "needs_operator",
    }
    assert {name.partition("_")[0] for name, word in api.items() if word == "needs_operator"} == {"admin"}
    assert {name for name, word in api.items() if word == "open_to_all"} == {
        "authorise.done",
        "authorise.start",
        "docs.show",
        "health.healthz",
        "health.readyz",
        "hooks.receive",
        "hooks.receive_for",
        "hooks.receive_news",
        "openapi.describe",
    }

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.console.visitor import Visitor
from tests.fakes import FakePlugin, FrozenClock
from ums.app import create_app
from ums.registry import Registry
from ums.services import operators
from ums.services.gateway import Gateway
from ums.settings import Settings

COOKIE = "ums_console"


@pytest.fixture
def link(gateway: Gateway) -> str:
    return urlsplit(operators.add(gateway, "zhangsan", "admin").login_url).path


def test_the_bare_address_leads_to_the_way_in(stranger: Visitor) -> None:
    assert stranger.get("/").location == "/console/"
    assert stranger.get("/console/").location == "/console/login"
    assert "ums operator login NAME" in stranger.get("/console/login").text


def test_opening_a_link_does_not_use_it_up(stranger: Visitor, link: str) -> None:
    for _ in range(3):
        assert stranger.get(link).status == 200
    assert stranger.post(link).location == "/console/"
    assert stranger.get("/console/channels").status == 200


def test_a_used_link_is_refused_with_what_to_do(app: Flask, stranger: Visitor, link: str) -> None:
    stranger.post(link)
    refused = Visitor(app).post(link)
    assert refused.status == 401
    assert "has been used" in refused.text
    assert "ums operator login NAME" in refused.text


def test_whoever_is_signed_in_is_named_with_his_role(stranger: Visitor, link: str) -> None:
    stranger.post(link)
    assert "zhangsan admin Sign out" in stranger.get("/console/channels").text


def test_signing_out_ends_the_session_on_the_server(app: Flask, stranger: Visitor, link: str) -> None:
    stranger.post(link)
    stolen = stranger.http.get_cookie(COOKIE, path="/console")
    assert stolen
    assert stranger.post("/console/logout").location == "/console/login"
    thief = Visitor(app)
    thief.http.set_cookie(COOKIE, stolen.value, path="/console")
    assert thief.get("/console/channels").location == "/console/login"


def test_signing_in_again_ends_the_session_before(gateway: Gateway, stranger: Visitor, link: str) -> None:
    stranger.post(link)
    with stranger.http.session_transaction(path="/console/") as cookie:
        first = cookie["token"]
    stranger.post(urlsplit(operators.login_link(gateway, "zhangsan")).path)
    assert operators.of_session(gateway, first) is None
    assert stranger.get("/console/channels").status == 200


def test_a_form_of_before_the_sign_in_is_no_longer_good(stranger: Visitor, link: str) -> None:
    before = stranger.token()
    stranger.post(link)
    assert stranger.post_as("/console/logout", {"csrf_token": before}).status == 400


def test_the_cookie_is_kept_from_scripts_and_other_sites(stranger: Visitor) -> None:
    cookie = stranger.get("/console/login").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/console"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_the_cookie_travels_only_encrypted_where_the_public_address_is_https(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, public_url="https://ums.example.com", log_level="error")
    app = create_app(settings, Registry([FakePlugin("app")]), FrozenClock())
    cookie = Visitor(app).get("/console/login").headers["Set-Cookie"]
    app.extensions["ums"].close()
    assert "Secure" in cookie.split("; ")


def test_a_made_up_cookie_opens_nothing(stranger: Visitor) -> None:
    stranger.http.set_cookie(COOKIE, "eyJ0b2tlbiI6IngifQ.aaaaaa.bbbbbb", path="/console")
    assert stranger.get("/console/channels").location == "/console/login"

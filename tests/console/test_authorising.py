"""Authorising an account with a QR code, as an operator and an account's administrator see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.console.visitor import Visitor
from tests.databases import databases
from tests.factories import create_application
from tests.fakes import AuthorisedPlugin
from tests.migrated import migrate
from ums.app import create_app
from ums.clock import SystemClock
from ums.registry import Registry
from ums.services import channels, third_party
from ums.services.gateway import Gateway
from ums.settings import Settings

START = re.compile(r'href="(http[^"]+/authorise/[^"]+)"')
ASK = "/console/platform/authorise"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An installation whose one type of channel can be authorised."""
    home = tmp_path / "home"
    settings = Settings(
        home=home, database_url=databases.url(home), secret_key="a key for tests only", log_level="error"
    )
    made = create_app(settings, Registry([AuthorisedPlugin("wechatoa")]), SystemClock())
    gateway = made.extensions["ums"]
    migrate(gateway.database)
    third_party.configure(gateway, {"name": "ours", "secret": "right"})
    yield made
    gateway.close()


def link(operator: Visitor, code: str = "oa1") -> str:
    """The path of a new link's page."""
    found = START.search(operator.post(ASK, code=code, type="", name="Flowers").html)
    assert found
    return urlsplit(unescape(found[1])).path


def test_a_link_is_made_opened_and_used(operator: Visitor, stranger: Visitor, gateway: Gateway) -> None:
    path = link(operator)
    start = stranger.get(path)
    assert "https://fake.example/desktop" in start.html
    assert start.headers["Referrer-Policy"] == "origin"
    done = stranger.get(f"{path}/done?auth_code=flowers")
    assert "Flowers is authorised" in done.text
    shown = channels.show(gateway, "oa1").channel
    assert (shown.name, shown.authorised_by) == ("Flowers", "platform")
    assert stranger.get(f"{path}/done?auth_code=flowers").text == done.text
    assert "by QR code" in operator.get("/console/channels").text


def test_the_channel_is_granted_to_the_applications_that_are_ticked(
    operator: Visitor, stranger: Visitor, gateway: Gateway
) -> None:
    for name in ("shop", "bank"):
        create_application(gateway, name=name)
    assert 'value="bank"' in operator.get(ASK).html
    found = START.search(operator.post(ASK, code="oa1", type="", name="", grants="shop").html)
    assert found
    stranger.get(f"{urlsplit(unescape(found[1])).path}/done?auth_code=flowers")
    assert channels.show(gateway, "oa1").granted_to == ("shop",)


def test_a_return_without_a_code_offers_the_pages_again(operator: Visitor, stranger: Visitor) -> None:
    assert "Show the QR code" in stranger.get(f"{link(operator)}/done").text


def test_what_is_wrong_stands_above_the_form(operator: Visitor) -> None:
    refused = operator.post(ASK, code="no-good", type="", name="")
    assert refused.status == 400
    assert "letters and digits" in refused.text
    assert 'value="no-good"' in refused.html


def test_a_stranger_s_link_is_refused_in_his_language(app: Flask) -> None:
    visit = Visitor(app, language="zh").get("/authorise/made.up")
    assert visit.status == 403
    assert "链接已过期或无效" in visit.text


def test_who_may_only_look_finds_no_form(viewer: Visitor, operator: Visitor) -> None:
    assert "Make the link" in operator.get(ASK).text
    assert "Make the link" not in viewer.get(ASK).text
    assert "Authorise with a QR code" not in viewer.get("/console/channels").text
    assert viewer.post(ASK, code="oa1", type="", name="").status == 403

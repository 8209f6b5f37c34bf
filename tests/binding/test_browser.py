"""The whole walk in a real browser: gateway, WeChat's pages as the sandbox plays them, an application's login page.

Everything the browser sends, is shown and keeps is recorded: no openid, unionid or session key is in it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sandbox.client import SandboxClient
from sandbox.inprocess import running as a_sandbox
from tests.binding.login_page import login_page, serving
from tests.binding.recorder import Recorder
from tests.chromium import launched
from tests.migrated import migrate
from ums.app import create_app
from ums.cli.serving.web import Web, listening
from ums.client import Client
from ums.client.door import Repetition
from ums.clock import SystemClock
from ums.domain.linking import Linking
from ums.registry import Registry
from ums.services import applications, channels, users
from ums.services.applications import ApplicationChange
from ums.services.binding import sessions
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store import channels as channel_store

pytestmark = pytest.mark.browser

OA, MP = "wxfedcba9876543210", "wx0123456789abcdef"
OPENID, MINI_OPENID = "oOAzhangsan0000000000000001", "oMPzhangsan0000000000000001"
UNIONID = "uOfZhangsan0000000000000001"
SESSION_KEY = "c2Vzc2lvbi1rZXktb2YtemhhbmdzYW4="
SECRETS = (OPENID, MINI_OPENID, UNIONID, SESSION_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The gateway, WeChat and the shop, each at its own address."""

    gateway: Gateway
    sandbox: SandboxClient
    shop: Client
    login_url: str

    def asks_openly(self) -> None:
        channels.change(self.gateway, "oa1", {"login_scope": "userinfo"})

    def bound(self, userid: str) -> dict[str, str]:
        return {one.bind_id: one.value for one in users.show(self.gateway, None, userid).bindings}


@pytest.fixture
def sandbox() -> Iterator[SandboxClient]:
    """WeChat, where one person is browsing who has both accounts."""
    with a_sandbox() as platform, SandboxClient(platform) as client:
        official = {"kind": "wechatoa", "secret": "right", "open_platform": True, "web_domain": "127.0.0.1"}
        client.control("PUT", f"accounts/{OA}", official)
        client.control("PUT", f"accounts/{MP}", {"kind": "wechatmp", "secret": "right", "open_platform": True})
        client.person({OA: OPENID, MP: MINI_OPENID}, UNIONID, nickname="Zhang San")
        client.browse_as(OA, OPENID)
        yield client


@pytest.fixture
def world(tmp_path: Path, sandbox: SandboxClient) -> Iterator[World]:
    with ExitStack() as opened:
        listener = listening("127.0.0.1", 0)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = Settings(home=tmp_path, secret_key="a key for tests only", public_url=address, log_level="error")
        app = create_app(settings, Registry.load(), SystemClock())
        gateway = app.extensions["ums"]
        opened.callback(gateway.close)
        migrate(gateway.database)
        shop = opened.enter_context(shop_at(gateway, address, sandbox.url))
        login = opened.enter_context(serving(login_page(shop)))
        linking = Linking(login_url=f"{login}/login", return_urls=(f"{login}/orders",), name="The shop")
        wanted = ApplicationChange(linking=linking)
        applications.change(gateway, applications.by_name(gateway, "shop").id, wanted)
        web = Web(app, listener, settings)
        thread = threading.Thread(target=web.run)
        thread.start()
        for end in (web.finish, thread.join, web.stop):
            opened.callback(end)
        yield World(gateway=gateway, sandbox=sandbox, shop=shop, login_url=login)


def shop_at(gateway: Gateway, address: str, platform: str) -> Client:
    """The shop's backend, whose application has both channels."""
    made = applications.add(gateway, "shop")
    for code, type_, appid, name in (("oa1", "wechatoa", OA, "Shop news"), ("mp1", "wechatmp", MP, "Shop app")):
        given = {"appid": appid, "secret": "right", "base_url": platform}
        channels.add(gateway, code, type_, given, ["shop"], name)
    return Client(address, made.key, made.master_secret, repetition=Repetition(times=1))


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with launched(chromium) as opened:
        yield opened


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(locale="en-US", viewport={"width": 390, "height": 844}) as opened:
        yield opened


@pytest.fixture
def recorder(context: BrowserContext) -> Recorder:
    return Recorder(context)


@pytest.fixture
def page(context: BrowserContext, recorder: Recorder) -> Page:
    return context.new_page()


def check(recorder: Recorder) -> None:
    """Something was recorded, and no secret in it."""
    assert {"url", "html", "cookie", "header", "header sent"} <= {where for where, _ in recorder.kept}
    assert {secret: recorder.places(secret) for secret in SECRETS} == {secret: set() for secret in SECRETS}


def test_a_link_binds_shows_it_leads_back_and_is_undone(world: World, page: Page, recorder: Recorder) -> None:
    ticket = world.shop.bind_ticket("oa1", userid="zhangsan", return_to=f"{world.login_url}/orders")
    page.goto(ticket["url"])
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    expect(page.get_by_text("Shop news")).to_be_visible()
    recorder.look(page)
    assert world.bound("zhangsan") == {"oa1": OPENID}
    leave = page.get_by_role("link", name="disconnect").get_attribute("href")
    page.wait_for_url(f"{world.login_url}/orders", timeout=10_000)
    recorder.look(page)
    page.goto(f"{ticket['url'].partition('/bind')[0]}{leave}")
    recorder.look(page)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("heading", name="Disconnected")).to_be_visible()
    recorder.look(page)
    assert world.bound("zhangsan") == {}
    assert recorder.referers == []
    check(recorder)


@pytest.mark.parametrize("answer", ["Allow", "Refuse"])
def test_who_is_asked_is_bound_whatever_he_says(world: World, page: Page, recorder: Recorder, answer: str) -> None:
    world.asks_openly()
    page.goto(world.shop.bind_ticket("oa1", userid="zhangsan")["url"])
    recorder.look(page)
    page.get_by_role("button", name=answer).click()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    recorder.look(page)
    assert world.bound("zhangsan") == {"oa1": OPENID}
    check(recorder)


def test_somebody_new_logs_in_once_and_is_known_ever_after(world: World, page: Page, recorder: Recorder) -> None:
    page.goto(world.shop.bind_ticket("oa1")["url"])
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    assert "wechat_redirect" not in page.url
    recorder.look(page)
    page.get_by_label("Name").fill("zhangsan")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Hello zhangsan")).to_be_visible()
    recorder.look(page)
    assert world.bound("zhangsan") == {"oa1": OPENID}
    page.goto(world.shop.bind_ticket("oa1")["url"])
    expect(page.get_by_role("heading", name="Welcome back zhangsan")).to_be_visible()
    recorder.look(page)
    world.shop.unbind("zhangsan", "oa1")
    page.goto(world.shop.bind_ticket("oa1")["url"])
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    recorder.look(page)
    check(recorder)


def test_a_login_in_the_mini_program_is_brought_together_with_the_visit(
    world: World, page: Page, recorder: Recorder
) -> None:
    gateway = world.gateway
    with gateway.database.write() as session:
        channel = channel_store.by_code(session, "mp1")
        assert channel is not None
        login = sessions.begin(gateway, session, channel.id, MINI_OPENID, SESSION_KEY)
    page.goto(world.shop.bind_ticket("oa1", session=login, userid="zhangsan")["url"])
    recorder.look(page)
    page.get_by_role("button", name="That is me: connect").click()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    recorder.look(page)
    assert world.bound("zhangsan") == {"oa1": OPENID, "mp1": MINI_OPENID}
    check(recorder)


def leaking(path: str, given: dict[str, str]) -> str:
    """A shop that does everything that seeds of such flows do wrong."""
    keep = f"localStorage.k='{UNIONID}';sessionStorage.s='{SESSION_KEY}';document.cookie='c={MINI_OPENID}'"
    onwards = f'<a href="/elsewhere">on</a><script>{keep}</script>'
    return f'<form><input type="hidden" name="openid" value="{OPENID}"></form>{onwards}' if path == "/" else "there"


def test_the_recorder_would_have_seen_it(page: Page, recorder: Recorder) -> None:
    with serving(leaking, Referrer_Policy="unsafe-url") as address:
        page.goto(f"{address}/?openid={OPENID}")
        recorder.look(page)
        page.get_by_role("link").click()
        recorder.look(page)
    assert {"url", "html", "referer"} <= recorder.places(OPENID)
    assert {"storage", "cookie", "header sent"} <= recorder.places(MINI_OPENID)
    assert "storage" in recorder.places(UNIONID)
    assert "storage" in recorder.places(SESSION_KEY)

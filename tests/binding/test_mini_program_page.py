"""The page code of the documents, run in a browser whose `wx` is a stand-in, against a gateway and the sandbox."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, sync_playwright

from channels.wechatmp import channel as mini_program
from channels.wechatoa import channel as official_account
from sandbox.client import SandboxClient
from sandbox.inprocess import running
from tests.api.site import Site, open_site, serving
from tests.described import described
from tests.rules.sources import ROOT
from ums.domain.commands import Json
from ums.services import channels

MP, OA = "wx00000000000000a1", "wx00000000000000b2"
LI, LI_OA = "oMPli00000000000000000000001", "oOAli00000000000000000000001"
UMS, SHOP = "https://ums.example.com", "https://shop.example.com"
TEMPLATE = "sandbox_mp_order_shipped_000000000000000001"
PAGES = ("docs/binding-miniprogram.md", "docs/binding-miniprogram.zh-CN.md")

WX = """
const called = [];
const pages = {};
const modules = {};
const settings = { mainSwitch: true, itemSettings: {} };
const strict = (value, place) => value === null || typeof value !== "object" ? value : new Proxy(value, {
  get: (target, name) => {
    if (typeof name === "symbol" || name in target || name === "then" || name === "toJSON") {
      return strict(target[name], `${place}.${String(name)}`);
    }
    throw new Error(`${place} has no ${name}`);
  },
});
const wx = {
  login: async () => ({ code: await loginCode() }),
  getStorageSync: (name) => window.token || "",
  redirectTo: ({ url }) => called.push(["redirectTo", url]),
  getSetting: ({ success }) => success({ subscriptionsSetting: settings }),
  requestSubscribeMessage: ({ tmplIds, success }) => {
    called.push(["requestSubscribeMessage", tmplIds]);
    success({ errMsg: "requestSubscribeMessage:ok", ...Object.fromEntries(tmplIds.map((id) => [id, "accept"])) });
  },
  request: ({ url, method, data, header, success, fail }) => {
    send(url, JSON.stringify(data), JSON.stringify(header)).then((told) => {
      const answer = JSON.parse(told);
      success({ statusCode: answer.statusCode, data: strict(answer.data, url) });
    }, fail);
  },
};
const Page = (page) => { page.setData = (data) => Object.assign(page.data ??= {}, data); pages.last = page; };
const require = (path) => modules[path.split("/").pop()];
const load = (name, code) => {
  const module = { exports: {} };
  new Function("module", "exports", "require", "wx", "Page", code)(module, module.exports, require, wx, Page);
  modules[name] = module.exports;
  return pages.last;
};
"""


def blocks(name: str) -> dict[str, str]:
    """The JavaScript files of a page of the documents, by their names."""
    found = re.findall(r"^```js\n// (\S+)\n(.*?)^```$", (ROOT / name).read_text("utf-8"), re.M | re.S)
    return {path.rpartition("/")[2]: code for path, code in found}


def test_both_languages_show_the_same_code() -> None:
    english, chinese = map(blocks, PAGES)
    assert english.keys() == {"ums.js", "bind.js", "order.js"}
    assert {name: bare(code) for name, code in english.items()} == {
        name: bare(code) for name, code in chinese.items()
    }


def bare(code: str) -> str:
    """Without remarks, which are translated."""
    return re.sub(r"\s*//(?!\S*example).*$", "", code, flags=re.M).strip()


@dataclass
class Shop:
    """The application's backend, and what its pages sent to the gateway."""

    site: Site
    address: str
    sandbox: SandboxClient
    sent: list[tuple[str, dict[str, Json]]] = field(default_factory=list)

    def take(self, url: str, body: str, header: str) -> str:
        """What a page is answered that calls the gateway or its own backend."""
        data: dict[str, Json] = json.loads(body)
        path = urlsplit(url).path
        if url.startswith(SHOP):
            assert json.loads(header) == {"Authorization": "Bearer of-zhangsan"}
            return json.dumps({"statusCode": 200, "data": self.ticket(path, data)})
        assert url.startswith(f"{UMS}/v1/")
        assert json.loads(header) == {}
        answer = requests.post(self.address + path, json=data, timeout=15)
        self.sent.append((path, data))
        return json.dumps({"statusCode": answer.status_code, "data": answer.json()})

    def ticket(self, path: str, data: dict[str, Json]) -> Json:
        wanted: dict[str, Json] = {"channel": "wechatmp123", "userid": "zhangsan"}
        if path == "/ums/link":
            wanted = {**wanted, **data, "channel": "wechatoa456", "return_to": "miniprogram"}
        answer = self.site.post("/v1/bind/ticket", wanted)
        assert answer.status_code == 200, answer.get_json()
        found: Json = answer.get_json()
        return found

    def held(self) -> dict[str, str]:
        bindings = self.site.get("/v1/user/zhangsan").get_json()["bindings"]
        return {str(one["property"]): str(one["value"]) for one in bindings}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with running() as url, SandboxClient(url) as sandbox:
        site = open_site(tmp_path, plugins=[mini_program, official_account])
        site.clock.advance(time.time() - site.clock.now())
        for code, type_, appid in (("wechatmp123", "wechatmp", MP), ("wechatoa456", "wechatoa", OA)):
            sandbox.control("PUT", f"accounts/{appid}", {"kind": type_, "secret": "right", "open_platform": True})
            given = {"appid": appid, "secret": "right", "base_url": url}
            channels.add(site.gateway, code, type_, given, ["shop"])
        channels.change(site.gateway, "wechatmp123", {"phone_numbers": "on"})
        sandbox.person({MP: LI, OA: LI_OA}, "uLi0000000000000000000000001", phone="13800138000", nickname="Li")
        with serving(site) as address:
            yield Shop(site, address, sandbox)
        site.gateway.close()


@pytest.fixture
def page(shop: Shop, chromium: str) -> Iterator[Page]:
    """A page of the mini program: the module is loaded, nobody is logged in at the shop."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        opened = browser.new_page()
        opened.expose_function("send", shop.take)
        opened.expose_function("loginCode", lambda: shop.sandbox.login_code(MP, LI))
        opened.add_script_tag(content=WX)
        load(opened, "ums.js")
        yield opened
        browser.close()


def load(page: Page, name: str) -> None:
    page.evaluate("([name, code]) => { load(name, code); }", [name, blocks(PAGES[0])[name]])


@pytest.mark.browser
def test_nobody_logged_in_is_led_to_the_login_page(page: Page, shop: Shop) -> None:
    load(page, "bind.js")
    page.evaluate("pages.last.onLoad()")
    assert page.evaluate("called") == [["redirectTo", "/pages/login/login"]]
    assert shop.sent == []


@pytest.mark.browser
def test_who_is_logged_in_is_bound_and_led_on_to_the_official_account(page: Page, shop: Shop) -> None:
    load(page, "bind.js")
    page.evaluate("window.token = 'of-zhangsan'")
    page.evaluate("pages.last.onLoad()")
    url = page.evaluate("pages.last.data.url")
    assert re.fullmatch(r"http://\S+/bind/wechatoa456\?ticket=[0-9A-Za-z]{58}", url)
    assert shop.held()["wechatmp"] == LI
    assert requests.get(shop.address + url.partition("/bind")[1] + url.partition("/bind")[2], timeout=15).ok


@pytest.mark.browser
def test_what_he_allows_is_reported_and_asked_quietly_only_where_he_keeps_it(page: Page, shop: Shop) -> None:
    load(page, "order.js")
    page.evaluate("pages.last.onShow(); pages.last.look()")
    assert page.evaluate("called") == []
    page.evaluate("pages.last.pay()")
    wait_for(page, shop, 2)
    page.evaluate(f"settings.itemSettings['{TEMPLATE}'] = 'accept'; pages.last.onShow(); pages.last.look()")
    wait_for(page, shop, 3)
    page.evaluate("settings.mainSwitch = false; pages.last.onShow(); pages.last.look()")
    assert len(page.evaluate("called")) == 2
    assert [path for path, _ in shop.sent] == ["/v1/bind/wechatmp/wechatmp123/login", *["/v1/subscription"] * 2]
    found = shop.site.get("/v1/subscription?channel=wechatmp123").get_json()["subscriptions"]
    assert [(one["openid"], one["template_id"], one["credits"]) for one in found] == [(LI, TEMPLATE, 2)]


@pytest.mark.browser
def test_sealed_words_and_a_phone_number_are_handed_over(page: Page, shop: Shop) -> None:
    page.evaluate("window.token = 'of-zhangsan'")
    page.evaluate("modules['ums.js'].bind()")
    opens = "(sealed) => modules['ums.js'].open(sealed).then((data) => ({ ...data }))"
    data = page.evaluate(opens, shop.sandbox.sealed(MP, LI))
    assert data["nickName"] == "Li"
    assert not {"openId", "unionId", "watermark"} & data.keys()
    load(page, "order.js")
    page.evaluate("(code) => pages.last.onPhone({ detail: { code } })", shop.sandbox.phone_code(MP, LI))
    assert page.evaluate("pages.last.data.phone") == "13…00"
    assert shop.held()["phone"] == "13800138000"


@pytest.mark.browser
def test_nothing_of_who_he_is_comes_to_the_page(page: Page, shop: Shop) -> None:
    load(page, "bind.js")
    page.evaluate("window.token = 'of-zhangsan'")
    page.evaluate("pages.last.onLoad()")
    seen = json.dumps([shop.sent, page.evaluate("pages.last.data"), page.evaluate("called"), page.content()])
    assert [secret for secret in (LI, LI_OA, "session_key", "unionid", shop.site.shop[1]) if secret in seen] == []


def test_each_path_of_the_gateway_is_one_of_the_api(tmp_path: Path) -> None:
    site = open_site(tmp_path)
    paths = {path for _, path, _ in described(site.app).operations()}
    site.gateway.close()
    for name in PAGES:
        code = "".join(blocks(name).values())
        told = re.findall(r"[\"`](/v1/[^\"`]*)[\"`]", code)
        assert told
        assert {path.replace("wechatmp/${CHANNEL}", "{type}/{code}") for path in told} <= paths


def wait_for(page: Page, shop: Shop, number: int) -> None:
    """Until the page has sent so much."""
    give_up = time.monotonic() + 20
    while len(shop.sent) < number:
        assert time.monotonic() < give_up
        page.wait_for_timeout(10)

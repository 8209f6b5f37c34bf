"""The pages in a real browser: everything it goes to, sends and keeps, without an openid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Request, expect, sync_playwright

from sandbox.client import SandboxClient
from sandbox.web_grants import USERINFO
from tests.sandbox.callback import Callback
from tests.sandbox.test_components import OA
from tests.sandbox.test_web_authorisation import OPENID, UNIONID, address, exchange

pytestmark = pytest.mark.browser


@pytest.fixture
def browser(chromium: str) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield opened.new_context()
        opened.close()


def test_a_browser_walks_from_the_choice_over_the_consent_to_the_account_s_page(
    sandbox: SandboxClient, browser: BrowserContext, callback: Callback
) -> None:
    sandbox.control("PUT", f"accounts/{OA}", {"kind": "wechatoa", "secret": "right", "open_platform": True})
    sandbox.person({OA: OPENID}, UNIONID, nickname="Li Si")
    page, sent = browser.new_page(), list[Request]()
    page.on("request", lambda request: sent.append(request))
    page.goto(address(sandbox, USERINFO, redirect_uri=callback.url) + "#wechat_redirect")
    page.get_by_role("button", name="Li Si").click()
    expect(page.get_by_text("You are Li Si.")).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/hooks/code?**")
    back = dict(parse_qsl(urlsplit(page.url).query))
    assert back["state"] == "s1"
    seen = "".join(f"{request.url} {request.post_data} {request.headers}" for request in sent)
    seen += str(browser.cookies())
    assert OPENID not in seen
    assert UNIONID not in seen
    told = exchange(sandbox, back["code"])
    assert (told["openid"], told["unionid"]) == (OPENID, UNIONID)

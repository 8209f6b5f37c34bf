"""The console in a real browser: live progress, a strict content security policy, narrow screens, no script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect

from tests.chromium import launched
from tests.console.test_escaping import PAYLOADS, plant, plant_beside
from tests.dispatch.stage import Stage, dispatching
from ums.cli.serving.web import Web, listening
from ums.services import accounts, operators, templates

pytestmark = pytest.mark.browser

SCREENS = [(1280, "en-US"), (390, "zh-CN"), (390, "en-US")]
OF_CHANNEL = (
    "channels/app1",
    "channels/app1/credits?low=9",
    "channels/app1/credits?user=u1",
    "channels/app1/events",
    "channels/app1/events/1",
    "channels/app1/library",
    "channels/app1/library?category=post",
    "channels/app1/library/parcel",
    "channels/app1/refreshes",
    "channels/app1/templates/t1/delete",
    "channels/app1/followers",
    "people?user=fake",
    "conflicts",
    "domain-files",
)
OF_PEOPLE = ("people?user=u1", "conflicts", "domain-files")
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with launched(chromium) as opened:
        yield opened


@pytest.fixture
def address(app: Flask, stage: Stage) -> Iterator[str]:
    """The console behind the built-in web server."""
    listener = listening("127.0.0.1", 0)
    web = Web(app, listener, stage.gateway.settings)
    thread = threading.Thread(target=web.run)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    web.stop()
    thread.join()
    web.finish()


@pytest.fixture
def troubles() -> list[str]:
    """What the browser complains of: faults of scripts, breaches of the policy, dialogs."""
    return []


@pytest.fixture
def page(browser: Browser, troubles: list[str]) -> Iterator[Page]:
    with browser.new_context(locale="en-US") as context:
        yield watched(context, troubles)


def watched(context: BrowserContext, troubles: list[str]) -> Page:
    """A page whose complaints are noted."""

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            troubles.append(message.text)

    def refuse(dialog: Dialog) -> None:
        troubles.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    page = context.new_page()
    page.on("console", note)
    page.on("dialog", refuse)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    return page


def sign_in(page: Page, address: str, stage: Stage, role: str = "admin") -> None:
    login_url = operators.add(stage.gateway, "zhangsan", role).login_url
    page.goto(address + urlsplit(login_url).path)
    page.locator("main button").click()
    page.wait_for_url("**/console/channels")


def test_from_the_link_over_the_template_list_to_a_messages_last_delivery(
    page: Page, address: str, stage: Stage, troubles: list[str]
) -> None:
    stage.provider.refusals["fake-refused-address"] = "no_credit"
    people = [stage.user(f"u{number}", app=f"fake-address-{number}") for number in range(8)]
    msgid = stage.send([*people, stage.user("u9", app="fake-refused-address")])

    sign_in(page, address, stage)
    page.get_by_role("link", name="app1").click()
    page.get_by_role("button", name="Refresh list").click()
    expect(page.get_by_text("The list has been fetched: 2 templates.")).to_be_visible()
    page.locator("summary", has_text="Parcel").click()
    expect(page.get_by_text("{{thing1.DATA}}").first).to_be_visible()

    page.get_by_role("link", name="Messages").click()
    page.get_by_role("link", name=msgid).click()
    bar = page.get_by_role("progressbar", name="All deliveries")
    expect(bar).to_have_attribute("aria-valuenow", "0")
    page.evaluate("window.sameDocument = true")
    with dispatching(stage.gateway):
        expect(bar).to_have_attribute("aria-valuenow", "9", timeout=20_000)
        expect(page.locator("#announcement")).to_have_text("The message is done.", timeout=20_000)
    assert page.evaluate("window.sameDocument")
    expect(page.get_by_text("The provider says no credit.")).to_be_visible()

    page.get_by_role("link", name="rejected 1").first.click()
    expect(page.get_by_role("row", name="u9")).to_be_visible()
    expect(page.get_by_text("fake…ress")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/console/login")
    assert troubles == []


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without"])
def test_from_the_library_onto_the_list_and_off_it_again(
    browser: Browser, address: str, stage: Stage, troubles: list[str], has_scripts: bool
) -> None:
    with browser.new_context(java_script_enabled=has_scripts, locale="zh-CN") as context:
        page = watched(context, troubles)
        sign_in(page, address, stage, "operator")
        page.goto(f"{address}/console/channels/app1")
        page.get_by_role("link", name="模板库", exact=True).click()
        page.get_by_role("link", name="Shops").click()
        page.get_by_role("link", name="Parcel").click()
        page.get_by_role("button", name="添加模板").click()
        expect(page.get_by_text("请选择 1 至 2 个关键词。")).to_be_visible()
        page.get_by_label("「Place」的次序").select_option("1")
        page.get_by_label("「Number」的次序").select_option("2")
        page.locator("select[name=kind]").select_option("message")
        page.get_by_label("场景说明").fill("发货")
        page.get_by_role("button", name="添加模板").click()
        expect(page.get_by_text("模板已添加，模板 ID 为 new。")).to_be_visible()
        page.locator("summary", has_text="new").click()
        page.get_by_role("link", name="删除此模板…").click()
        expect(page.get_by_text("没有通用模板或待发送的消息使用它")).to_be_visible()
        page.get_by_role("button", name="确认删除").click()
        expect(page.get_by_text("模板已删除。")).to_be_visible()
        expect(page.locator("summary", has_text="new")).to_have_count(0)
    (added,) = [call.body for call in stage.provider.calls if call.path == "/library/add"]
    assert (added["scene"], list(added["keywords"])) == ("发货", ["place", "number"])
    assert troubles == []


def test_nothing_that_strangers_write_is_carried_out(
    page: Page, address: str, stage: Stage, troubles: list[str]
) -> None:
    templates.refresh(stage.gateway, "app1")
    msgid = stage.send([stage.user("u1", app="fake-u1-address")])
    sign_in(page, address, stage)
    # one after the other they are planted in `test_escaping`; here all at once, wherever a stranger's words stand
    with stage.gateway.database.write() as session:
        plant(session, " ".join(PAYLOADS), 1)
    of_message = (f"messages/{msgid}", f"messages/{msgid}/deliveries")
    for path in ("channels", *OF_CHANNEL, *OF_PEOPLE, "messages", *of_message):
        page.goto(f"{address}/console/{path}")
        assert page.locator("h1").count() == 1, path
    assert troubles == []


@pytest.mark.parametrize(("width", "locale"), SCREENS)
def test_no_page_is_wider_than_the_screen(
    browser: Browser, address: str, stage: Stage, width: int, locale: str
) -> None:
    templates.refresh(stage.gateway, "app1")
    msgid = stage.send([stage.user("u" * 64, app="fake-u1-address"), "nobody"])
    with stage.gateway.database.write() as session:
        plant_beside(session, "W" * 64, accounts.account(stage.gateway, "app1").id)
    of_message = (f"messages/{msgid}", f"messages/{msgid}/deliveries")
    paths = ("channels", *OF_CHANNEL, "messages", *of_message, *OF_PEOPLE, "nosuch")
    with browser.new_context(locale=locale, viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        sign_in(page, address, stage)
        for path in paths:
            page.goto(f"{address}/console/{path}")
            assert page.evaluate(TOO_WIDE) == 0, path


def test_it_works_without_scripts(browser: Browser, address: str, stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-u1-address")])
    with browser.new_context(java_script_enabled=False, locale="en-US") as context:
        page = context.new_page()
        sign_in(page, address, stage, "operator")
        page.goto(f"{address}/console/channels/app1")
        page.get_by_role("button", name="Refresh list").click()
        expect(page.get_by_text("Added 2")).to_be_visible()
        page.goto(f"{address}/console/messages/{msgid}")
        assert page.locator("noscript meta, meta[http-equiv=refresh]").count() == 1


def test_it_can_be_used_with_the_keyboard_alone(page: Page, address: str, stage: Stage) -> None:
    sign_in(page, address, stage)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("app1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/channels/app1")


def test_a_session_that_ends_while_progress_is_watched_leads_to_the_way_in(
    page: Page, address: str, stage: Stage
) -> None:
    msgid = stage.send([stage.user("u1", app="fake-u1-address")])
    sign_in(page, address, stage)
    page.goto(f"{address}/console/messages/{msgid}")
    with stage.gateway.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM sessions")
    page.wait_for_url("**/console/login")

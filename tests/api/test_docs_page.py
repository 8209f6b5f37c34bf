"""The API's description as a page: whole, by itself, and shown by a real browser without a complaint."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from html import unescape

import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright

from tests.api.operations import operations
from tests.api.site import Site, serving

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_the_page_shows_every_operation(shared_site: Site) -> None:
    answer = shared_site.http.get("/docs")
    page = answer.get_data(as_text=True)
    assert answer.mimetype == "text/html"
    assert page.startswith("<!doctype html>")
    for operation in operations(shared_site):
        assert f'<article id="{operation.told["operationId"]}">' in page, operation.name


@pytest.mark.parametrize(
    ("operation", "who"),
    [
        ("GET /healthz", "anybody"),
        ("GET /v1/user", "ChannelKey or AccessKey, with its MasterSecret"),
        ("POST /v1/sent", "ChannelKey, with its MasterSecret"),
        ("POST /v1/user/delete", "AccessKey, with its MasterSecret"),
        ("GET /v1/admin/rules", "an operator's token"),
        ("POST /v1/admin/rules", "an operator's token of the role admin or operator"),
    ],
)
def test_who_may_call_is_said_of_each(shared_site: Site, operation: str, who: str) -> None:
    page = unescape(shared_site.http.get("/docs").get_data(as_text=True))
    (told,) = (each.told for each in operations(shared_site) if each.name == operation)
    article = page.partition(f'<article id="{told["operationId"]}">')[2].partition("</article>")[0]
    assert f"Called by {who}." in article


def test_the_page_trusts_nothing_but_its_own_host(shared_site: Site) -> None:
    answer = shared_site.http.get("/docs")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
    page = answer.get_data(as_text=True)
    assert "<script" not in page
    assert " style=" not in page
    for name in ("docs.css", "docs.svg"):
        with shared_site.http.get(f"/docs/static/{name}") as file:
            assert file.status_code == 200
        assert f"/docs/static/{name}" in page


def test_the_calls_shown_are_calls_that_a_shell_understands(shared_site: Site) -> None:
    page = shared_site.http.get("/docs").get_data(as_text=True)
    calls = page.split('aria-label="A call">')[1:]
    assert len(calls) == len(operations(shared_site))
    for call in calls:
        text = call.partition("</pre>")[0].replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")
        words = shlex.split(text.replace("\\\n", " "))
        assert words[0] == "curl"
        assert any(word.startswith("http://localhost/") for word in words)


def test_a_host_that_somebody_made_up_is_only_text(shared_site: Site) -> None:
    page = shared_site.http.get("/docs", headers={"Host": 'x"><script>1</script>'})
    assert "<script" not in page.get_data(as_text=True)


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        # Chromium's sandbox doesn't work for root, as whom many machines run their tests.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser.new_page(locale="en-US")
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_it_without_a_complaint_and_asks_nobody_else(
    shared_site: Site, page: Page, width: int
) -> None:
    complaints: list[str] = []
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", note)
    page.set_viewport_size({"width": width, "height": 800})
    with serving(shared_site) as address:
        page.goto(f"{address}/docs")
        page.get_by_role("link", name="POST /v1/sent", exact=True).click()
        expect(page.get_by_role("heading", name="POST /v1/sent", exact=True)).to_be_in_viewport()
        assert page.evaluate(TOO_WIDE) == 0
        assert complaints == []
        page.get_by_role("link", name="openapi.json").click()
        expect(page.locator("body")).to_contain_text('"openapi":"3.1.0"')
        assert [url for url in asked if not url.startswith(f"{address}/")] == []

"""Everything that a browser was shown, sent and kept: what must hold no openid is looked for in all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote

from playwright.sync_api import BrowserContext, Error, Page, Request, Response

STORAGE = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, document.referrer])"


@dataclass
class Recorder:
    """Watches a browser's context; `kept` are (where, what) of all that went through it."""

    context: BrowserContext
    kept: list[tuple[str, str]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    referers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", self._sent)
        self.context.on("response", self._came)
        self.context.on("page", lambda page: page.on("framenavigated", lambda frame: self._note("url", frame.url)))

    def look(self, page: Page) -> None:
        """What the page holds now, and what the browser keeps."""
        self._note("html", page.content())
        self._note("storage", page.evaluate(STORAGE))
        for cookie in self.context.cookies():
            self._note("cookie", f"{cookie.get('name')}={cookie.get('value')}")
        for request in self.requests:
            for name, value in request.all_headers().items():
                self._note("referer" if name == "referer" else "header sent", f"{name}: {value}")
                if name == "referer":
                    self.referers.append(value)
        self.requests.clear()

    def places(self, secret: str) -> set[str]:
        """Where a secret was seen, also in the writing of addresses."""
        return {where for where, what in self.kept if secret in what or secret in unquote(what)}

    def _sent(self, request: Request) -> None:
        self._note("url", request.url)
        self._note("form", request.post_data or "")
        self.requests.append(request)

    def _came(self, response: Response) -> None:
        for header in response.headers_array():
            self._note("header", f"{header['name']}: {header['value']}")
        try:
            self._note("html", response.text())
        except Error:
            # redirects have no body
            return

    def _note(self, where: str, what: str) -> None:
        if what:
            self.kept.append((where, what))

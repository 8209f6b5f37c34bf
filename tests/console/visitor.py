"""A browser without scripts: keeps cookies, presses buttons with the token that the page gave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from ums.services import operators
from ums.services.gateway import Gateway

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAGS = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One answer as a person sees it."""

    status: int
    html: str
    location: str
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """What can be read, each run of white space as one blank."""
        return " ".join(unescape(_TAGS.sub(" ", self.html)).split())

    @property
    def next(self) -> str:
        """Where the link to the next page leads; empty where there is none."""
        before, found, _ = self.html.partition('" rel="next"')
        return unescape(before.rpartition('href="')[2]).partition("#")[0] if found else ""


class Visitor:
    """Somebody with a browser; signed in once `sign_in` was called."""

    def __init__(self, app: Flask, *, language: str = "en") -> None:
        self.http = app.test_client()
        self._headers = {"Accept-Language": language}

    def get(self, path: str) -> Visit:
        return _visit(self.http.get(path, headers=self._headers))

    def post(self, path: str, **fields: str) -> Visit:
        """Press a button; the token is the one that this browser was given."""
        return self.post_as(path, {"csrf_token": self.token(), **fields})

    def post_as(self, path: str, fields: Mapping[str, str]) -> Visit:
        """Send exactly these fields."""
        return _visit(self.http.post(path, data=dict(fields), headers=self._headers))

    def token(self) -> str:
        found = _TOKEN.search(self.get("/console/login").html)
        assert found
        return found[1]

    def sign_in(self, gateway: Gateway, role: str, name: str = "") -> Visitor:
        login_url = operators.add(gateway, name or f"the {role}", role).login_url
        assert self.post(urlsplit(login_url).path).status == 303
        return self


def _visit(response: TestResponse) -> Visit:
    with response:
        return Visit(
            status=response.status_code,
            html=response.get_data(as_text=True),
            location=response.headers.get("Location", ""),
            headers=dict(response.headers),
        )

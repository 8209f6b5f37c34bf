"""A small client, for tests and scripts: the platform's calls and the sandbox's controls."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import requests

from sandbox import paths
from sandbox.web_grants import BASE

SECONDS = 15.0
WORD = "any"


class SandboxClient:
    """One kept-alive session to a running sandbox. Nothing is hidden: every method returns the raw response."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def control(
        self, method: str, place: str, document: object = None, **query: str | int | float
    ) -> requests.Response:
        """A call below ``/_sandbox/``; raises ``requests.HTTPError`` where the sandbox refuses it."""
        response = self.ask(method, f"/_sandbox/{place}", document, query)
        response.raise_for_status()
        return response

    def ask(
        self, method: str, path: str, document: object = None, query: Mapping[str, str | int | float] | None = None
    ) -> requests.Response:
        """Whatever call, whatever the answer. ``document`` is sent as JSON; None sends no body."""
        return self._session.request(
            method, self.url + path, json=document, params=query, timeout=SECONDS, allow_redirects=False
        )

    def post_raw(self, path: str, body: bytes, token: str = "") -> requests.Response:
        """A POST whose body is whatever you like."""
        query = {"access_token": token} if token else None
        return self._session.post(self.url + path, data=body, params=query, timeout=SECONDS)

    def token(self, appid: str, secret: str = WORD) -> str:
        """A stable access token."""
        return str(self.stable_token(appid, secret).json()["access_token"])

    def stable_token(self, appid: str, secret: str = WORD, *, force: bool = False) -> requests.Response:
        document = {"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": force}
        return self.ask("POST", paths.STABLE, document)

    def read(self, path: str, token: str, **query: str) -> requests.Response:
        """A platform GET with a token."""
        return self.ask("GET", path, None, {"access_token": token, **query})

    def post(self, path: str, token: str, document: object) -> requests.Response:
        """A platform POST with a token."""
        return self.ask("POST", path, document, {"access_token": token})

    def send(
        self, path: str, token: str, openid: str, template_id: str, values: Mapping[str, object], **more: object
    ) -> requests.Response:
        """A message; ``values`` are the template's keys with their bare values."""
        data = {key: {"value": value} for key, value in values.items()}
        return self.post(path, token, {"touser": openid, "template_id": template_id, "data": data, **more})

    def person(self, openids: Mapping[str, str], unionid: str, **about: object) -> None:
        """Has several accounts (openids by appid) know the same human being."""
        for appid, openid in openids.items():
            user = {"openid": openid, "unionid": unionid, **about}
            self.control("PUT", "users", {"appid": appid, "users": [user]})

    def browse_as(self, appid: str, openid: str) -> None:
        """Who visits an account's web pages from now on; "" has the page ask."""
        self.control("PUT", "browser", {"appid": appid, "openid": openid})

    def authorise(self, address: str, answer: str = "allow") -> str:
        """Where the page at ``address`` leads who is browsing: presses Allow, or with ``refuse`` Refuse."""
        page = self._session.post(address, {"answer": answer}, timeout=SECONDS, allow_redirects=False)
        return page.headers.get("Location", "")

    def login_code(self, appid: str, openid: str) -> str:
        """What ``wx.login`` gives."""
        return self._code("code", appid, openid)

    def phone_code(self, appid: str, openid: str) -> str:
        """What the button that asks for the phone number gives."""
        return self._code("phone-code", appid, openid)

    def web_code(self, appid: str, openid: str, scope: str = BASE, **more: str) -> str:
        """What the authorisation page leads back with, without a browser."""
        return self._code("web-code", appid, openid, scope=scope, **more)

    def sealed(self, appid: str, openid: str, **more: object) -> dict[str, str]:
        """What ``wx.getUserInfo`` gives: ``encryptedData``, ``iv``, ``rawData``, ``signature``."""
        order = {"appid": appid, "openid": openid, **more}
        given: dict[str, str] = self.control("POST", "users/sealed", order).json()
        return given

    def expire(self, appid: str, what: str) -> None:
        """Ends ``web_codes``, ``login_codes``, ``session_keys`` … of an account before their time."""
        self.control("POST", "users/expire", {"appid": appid, "what": what})

    def act(self, appid: str, openid: str, does: str, **more: object) -> dict[str, Any]:
        """Has a person do something: how many messages he takes, and how the push of it ended."""
        order = {"appid": appid, "openid": openid, "act": does, **more}
        told: dict[str, Any] = self.control("POST", "users/act", order).json()
        return told

    def scan(self, appid: str, openid: str, ticket: str) -> dict[str, Any]:
        """Has a person scan an account's QR code, and follow it if he doesn't yet."""
        return self.act(appid, openid, "scan", ticket=ticket)

    def answered(self, appid: str, openid: str, content: str) -> str:
        """Has a person write something: the text that he is answered at once, "" for none."""
        push = self.act(appid, openid, "message", content=content)["push"] or {}
        return str((push.get("reply") or {}).get("Content", ""))

    def _code(self, kind: str, appid: str, openid: str, **more: str) -> str:
        order = {"appid": appid, "openid": openid, **more}
        return str(self.control("POST", f"users/{kind}", order).json()["code"])

"""JSON over HTTP to a server of the demo, with a sentence for everything that isn't a good answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import requests

from ums.domain.commands import Json
from ums.domain.errors import Problem

SECONDS = 60.0

Document = dict[str, Json]


class DemoFailed(Problem):
    """The demo can't go on; the text says what happened."""


class Client:
    """Speaks to one server; `credentials` are for HTTP Basic."""

    def __init__(self, url: str, credentials: tuple[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = credentials

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Document:
        """The document at `path`. Raises DemoFailed for anything but a good answer."""
        return self._call("GET", path, query, None)

    def post(self, path: str, body: Json) -> Document:
        """The answer to `body`. Raises DemoFailed for anything but a good answer."""
        return self._call("POST", path, None, body)

    def put(self, path: str, body: Json) -> Document:
        """The answer to `body`. Raises DemoFailed for anything but a good answer."""
        return self._call("PUT", path, None, body)

    def _call(self, method: str, path: str, query: Mapping[str, str] | None, body: Json) -> Document:
        try:
            reply = self._session.request(
                method, self.url + path, params=query, json=body, timeout=SECONDS, allow_redirects=False
            )
            document = reply.json()
        except requests.RequestException as error:
            raise DemoFailed(f"{method} {path}: {error}") from error
        if reply.status_code != 200 or not isinstance(document, dict):
            raise DemoFailed(f"{method} {path} was answered {reply.status_code}: {reply.text[:2000]}")
        return document

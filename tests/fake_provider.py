"""A tiny provider on a loopback port: it gives tokens, lists templates, takes messages, and refuses on demand."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from ums.domain.commands import Json

CODES = {
    "busy": -1,
    "expired_token": 42001,
    "bad_secret": 40125,
    "quota_used_up": 45009,
    "no_permission": 48001,
    "dead_address": 40003,
    "not_following": 43004,
    "no_credit": 43101,
    "outside_window": 45015,
    "window_used_up": 45047,
    "bad_content": 47003,
}
"""What it can refuse with: the plugin's reason → its number."""

PAGE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCall:
    """One request as it came."""

    path: str
    query: dict[str, str]
    body: dict[str, str]


@dataclass(slots=True, kw_only=True)
class FakeProvider:
    """Set its attributes to say how it behaves; `calls` is what it was asked.

    `refusals` maps a path (`"/templates/notice"`) or an address (`"fake-lisi"`) to a reason of `CODES`.
    """

    secret: str = "right"
    templates: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {"message": [], "notice": []})
    keys: dict[str, str] = field(default_factory=dict)
    """What a template asks for, by its id, where that isn't `thing1` alone."""
    refusals: dict[str, str] = field(default_factory=dict)
    quotas: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The calls a day that an endpoint has, and those used."""
    unions: dict[str, str] = field(default_factory=dict)
    """What joins the addresses of somebody who logs in, by address."""
    codes_used: set[str] = field(default_factory=set)
    """Those that serve once: they end in /once."""
    calls: list[FakeCall] = field(default_factory=list)
    on_call: Callable[[FakeCall], object] = lambda call: None
    """Done while a call is under way, before it is answered."""
    _server: ThreadingHTTPServer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        provider = self

        class Handler(_Handler):
            def answer(self, call: FakeCall) -> dict[str, Json]:
                return provider.answer(call)

        self._server = _Server(("127.0.0.1", 0), Handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def called(self, path: str) -> int:
        """How many calls came to `path`."""
        return sum(call.path == path for call in self.calls)

    def answer(self, call: FakeCall) -> dict[str, Json]:
        self.calls.append(call)
        self.on_call(call)
        reason = self.refusals.get(call.path) or self.refusals.get(call.body.get("to", ""))
        if reason is None and call.path == "/token" and call.body["secret"] != self.secret:
            reason = "bad_secret"
        if reason is not None:
            return {"code": CODES[reason], "words": f"{reason} said the provider"}
        return self._good(call)

    def _good(self, call: FakeCall) -> dict[str, Json]:
        if call.path == "/token":
            return {"code": 0, "token": f"token-{self.called('/token')}"}
        if call.path == "/send":
            return {"code": 0, "id": call.body["id"]}
        if call.path.startswith("/clear/"):
            return {"code": 0}
        place = f"/{call.path.split('/')[1]}"
        ways = {"/library": self._library, "/quota": self._quota, "/templates": self._page}
        return ways.get(place, self._person)(call)

    def _quota(self, call: FakeCall) -> dict[str, Json]:
        limit, used = self.quotas.get(call.path.removeprefix("/quota/"), (1000, 0))
        return {"code": 0, "limit": limit, "used": used}

    def _person(self, call: FakeCall) -> dict[str, Json]:
        """Whose a code is: it says so itself."""
        if call.path == "/scene":
            return {"code": 0}
        code = call.body["code"]
        if not code.startswith("fake-") or code in self.codes_used:
            return {"code": CODES["bad_content"], "words": "no such code"}
        if code.endswith("/once"):
            self.codes_used.add(code)
        address = code.partition("/")[0]
        return {"code": 0, "address": address, "union": self.unions.get(address, ""), "phone": "13800138000"}

    def _library(self, call: FakeCall) -> dict[str, Json]:
        """A library of two categories, with one template `parcel` of two keywords."""
        what, _, which = call.path.removeprefix("/library/").partition("/")
        tid = which if what == "keywords" else call.body.get("tid", "parcel")
        if tid != "parcel":
            return {"code": CODES["bad_content"], "words": "there is no such template"}
        if what == "add":
            self.templates[call.body["kind"]].append(("new", "New"))
        if what == "delete":
            listed = self.templates[call.body["kind"]]
            listed[:] = [item for item in listed if item[0] != call.body["id"]]
        found = {"categories": "shops post", "titles": "parcel", "keywords": "number place", "add": "new"}
        return {"code": 0, "found": found.get(what, "")}

    def _page(self, call: FakeCall) -> dict[str, Json]:
        known = self.templates[call.query["kind"]]
        start = int(call.query["cursor"] or 0)
        found: list[Json] = [
            {"id": key, "title": title, "keys": self.keys.get(key, "thing1")}
            for key, title in known[start : start + PAGE]
        ]
        end = start + PAGE
        return {"code": 0, "templates": found, "next": str(end) if end < len(known) else ""}


class _Server(ThreadingHTTPServer):
    """Takes as many connections at once as a sending process opens; the default of 5 would drop some."""

    request_queue_size = 1024


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, call: FakeCall) -> dict[str, Json]:
        raise NotImplementedError

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what came in stands in `calls`."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        answer = self.answer(FakeCall(path=parts.path, query=dict(parse_qsl(parts.query, True)), body=body))
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the caller was killed: a test's doing
            self.wfile.write(data)

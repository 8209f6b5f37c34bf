"""A provider that gives tokens and takes sends, on a loopback port, and counts both.

`POST /token` answers like WeChat's `stable_token`: the same token until it is dropped, or another is forced. `POST
/send` refuses every token but the current one with 40001, and those that are `void`; `named` says where to look for
it.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from ums.sdk.call import Call, Exchange, Reply
from ums.sdk.errors import BadChannel, Transient
from ums.sdk.tokens import RenewalLimits, Token

LIFETIME = 7200.0
REFUSED = 40001


@dataclass(slots=True)
class TokenServer:
    """`calls` counts token calls by key; `current` says how often a key's token was dropped.

    Close `gate` to keep token calls waiting; `asked` tells that one waits. `error` refuses them, a wrong
    `secret` too.
    """

    url: str = ""
    calls: Counter[str] = field(default_factory=Counter)
    forced: Counter[str] = field(default_factory=Counter)
    stubborn: bool = False
    force_error: int = 0
    void: set[str] = field(default_factory=set)
    sends: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    gate: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    lifetime: float = LIFETIME
    error: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.gate.set()

    def token(self, key: str) -> str:
        return f"token-of-{key}-{self.dropped[key]}"

    def drop(self, key: str) -> None:
        """From now on the key's token is another one."""
        with self._lock:
            self.dropped[key] += 1

    def give(self, key: str, secret: str, *, force: bool = False) -> dict[str, str | float]:
        with self._lock:
            self.calls[key] += 1
            self.forced[key] += force
            self.dropped[key] += force and not (self.stubborn or self.force_error)
        self.asked.set()
        self.gate.wait()
        error = 40125 if secret != "right" else self.error or (self.force_error if force else 0)
        if error:
            return {"errcode": error, "errmsg": "no token"}
        return {"access_token": self.token(key), "expires_in": self.lifetime}

    def take(self, key: str, token: str) -> dict[str, str | float]:
        with self._lock:
            self.sends[token] += 1
        return {"errcode": 0 if token == self.token(key) and token not in self.void else REFUSED}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    provider: TokenServer

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if parts.path == "/token":
            answer = self.provider.give(query["key"], query["secret"], force="force" in query)
        else:
            answer = self.provider.take(query["key"], query[query.get("named", "access_token")])
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


@contextmanager
def token_server() -> Iterator[TokenServer]:
    """A running provider."""
    provider = TokenServer()
    handler = type("Handler", (_Handler,), {"provider": provider})
    with _Server(("127.0.0.1", 0), handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            provider.gate.set()
            server.shutdown()
            thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What fetches the token of `key`."""

    url: str
    key: str
    secret: str = "right"

    limits: ClassVar[RenewalLimits] = RenewalLimits()

    def __call__(self) -> Exchange[Token]:
        return self._fetch({})

    def renewed(self) -> Exchange[Token]:
        return self._fetch({"force": "1"})

    def _fetch(self, more: dict[str, str]) -> Exchange[Token]:
        query = {"key": self.key, "secret": self.secret, **more}
        reply: Reply = yield Call("POST", f"{self.url}/token", query=query, repeatable=True)
        answer = json.loads(reply.body)
        if answer.get("errcode") == -1:
            raise Transient("busy", provider_code=-1)
        if "errcode" in answer:
            raise BadChannel("bad_secret", provider_code=answer["errcode"], provider_message=answer["errmsg"])
        return Token(value=answer["access_token"], lifetime=answer["expires_in"])


def send(url: str, key: str, named: str = "access_token") -> Exchange[int]:
    """A send that is repeated once with a renewed token, as the plugins of the family do; returns the errcode."""
    query = {"key": key, "named": named}
    call = Call("POST", f"{url}/send", query=query, body=b"{}", token=True, token_name=named)
    reply = yield call
    if json.loads(reply.body)["errcode"] == REFUSED:
        reply = yield call.renewed()
    code: int = json.loads(reply.body)["errcode"]
    return code

"""An application's callback URL: a real HTTP server on loopback that keeps what it is sent and answers as told."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import time_machine
from standardwebhooks import Webhook

PATIENCE = 20.0
"""Seconds that a test waits for something that should come at once."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Item = dict[str, Json]


class Received(NamedTuple):
    """One request, as it arrived."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def items(self) -> list[Item]:
        """The receipts in its body."""
        found: list[Item] = json.loads(self.body)
        assert isinstance(found, list)
        return found

    @property
    def webhook_id(self) -> str:
        return self.headers["webhook-id"]

    def is_signed_by(self, secret: str) -> bool:
        """Whether the `standardwebhooks` package believes it, at the time that its timestamp says."""
        with time_machine.travel(float(self.headers["webhook-timestamp"]), tick=False):
            try:
                Webhook(secret).verify(self.body, dict(self.headers))
            except Exception:
                return False
        return True


class Answer(NamedTuple):
    """What is answered to a post. With an `until`, not before that is set."""

    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = {}
    until: threading.Event | None = None


class Receiver:
    """`answers` are used up one by one, then every post is answered with `usual`; GETs echo `echostr`."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: deque[Answer] = deque()
        self.usual = Answer()
        self.chokes_on: str | None = None
        """A userid: posts that hold a receipt of his are answered with 500."""
        self.echo: bytes | None = None
        """What is answered to a verification in place of the text it asks for."""
        self.url = ""
        self.arrived = threading.Condition()

    @property
    def posts(self) -> list[Received]:
        with self.arrived:
            return [one for one in self.received if one.method == "POST"]

    @property
    def items(self) -> list[Item]:
        """Every receipt that arrived, in order."""
        return [item for post in self.posts for item in post.items]

    def wait_for_posts(self, number: int) -> list[Received]:
        """The posts, once there are that many. Raises AssertionError when they don't come."""
        give_up = time.monotonic() + PATIENCE
        with self.arrived:
            while sum(one.method == "POST" for one in self.received) < number:
                assert self.arrived.wait(give_up - time.monotonic()), "the posts did not come"
        return self.posts

    def take(self, received: Received) -> Answer:
        with self.arrived:
            self.received.append(received)
            self.arrived.notify_all()
            if received.method == "GET":
                asked = received.query.get("echostr", [""])[0].encode()
                return Answer(body=asked if self.echo is None else self.echo)
            if self.chokes_on is not None and self.chokes_on in {item["userid"] for item in received.items}:
                return Answer(500)
            return self.answers.popleft() if self.answers else self.usual


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = receiver

    def handle_error(self, *_: object) -> None:
        """A caller that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _answer(self) -> None:
        assert isinstance(self.server, _Server)
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        received = Received(self.command, target.path, parse_qs(target.query), dict(self.headers.items()), body)
        answer = self.server.receiver.take(received)
        if answer.until is not None:
            answer.until.wait(PATIENCE)
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at work."""
    receiver = Receiver()
    server = _Server(receiver)
    receiver.url = f"http://127.0.0.1:{server.server_port}/receipts"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

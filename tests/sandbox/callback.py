"""A real callback server on loopback that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

WAIT_SECONDS = 15.0


class Received(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    content_type: str
    body: bytes


class Callback:
    """``answers`` are used up one by one, then every push is answered with ``success``."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: deque[tuple[int, bytes]] = deque()
        self.url = ""
        self._arrived = threading.Condition()

    def take(self, received: Received) -> tuple[int, bytes]:
        with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()
            if received.method == "GET":
                return 200, received.query.get("echostr", "").encode()
            return self.answers.popleft() if self.answers else (200, b"success")

    def wait_for(self, number: int) -> list[Received]:
        """The pushes, once there are that many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.received) >= number, WAIT_SECONDS)
            return list(self.received)


@contextmanager
def callback_server() -> Iterator[Callback]:
    callback = Callback()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            target = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            kind = self.headers.get("Content-Type", "")
            received = Received(self.command, target.path, dict(parse_qsl(target.query)), kind, body)
            status, answer = callback.take(received)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    callback.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/code?kept=1"
    try:
        yield callback
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""A platform that takes everything and keeps the very bytes it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

TAKEN = b'{"errcode":0,"errmsg":"ok","msgid":2918131553548107776}'
TOKEN = json.dumps({"access_token": "T" * 64, "expires_in": 7200}).encode()


class Kept(NamedTuple):
    """One POST: its path, its content type and its body as they came."""

    path: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Recorder:
    """Where it listens, and what it got."""

    url: str
    kept: list[Kept] = field(default_factory=list)

    def sent(self, path: str) -> list[Kept]:
        return [one for one in self.kept if one.path == path]


@contextmanager
def recording() -> Iterator[Recorder]:
    kept: list[Kept] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            path = urlsplit(self.path).path
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.append(Kept(path, self.headers["Content-Type"], body))
            answer = TOKEN if path.endswith("stable_token") else TAKEN
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Recorder(f"http://127.0.0.1:{server.server_address[1]}", kept)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

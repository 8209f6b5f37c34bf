"""A server that answers as a test says, over real connections, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ums.domain.commands import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; without a status the connection is closed instead."""

    status: int | None = 200
    body: Json = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class Scripted:
    """Where it is, what it has been asked, and what it answers next."""

    address: str = ""
    replies: list[Reply]
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def answering(*replies: Reply) -> Iterator[Scripted]:
    """A server with these answers, one for each request."""
    script = Scripted(replies=list(replies))

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): text for name, text in self.headers.items()}
            script.asked.append(Asked(method=self.command, path=self.path, headers=headers, body=body))
            reply = script.replies.pop(0)
            self.close_connection = True
            if reply.status is None:
                return
            text = (json.dumps(reply.body) if reply.text is None else reply.text).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(text)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def __getattr__(self, name: str) -> Callable[[], None]:
            """Every method, `do_GET` and its like, is answered alike."""
            if not name.startswith("do_"):
                raise AttributeError(name)
            return self._answer

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

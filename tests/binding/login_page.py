"""A tiny application with a login page and a backend that has the gateway's credentials; real HTTP on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from ums.client import ApiError, Client

Pages = Callable[[str, dict[str, str]], str]


@contextmanager
def serving(pages: Pages, **headers: str) -> Iterator[str]:
    """Answers every path with what `pages` makes of it and of the query or the form; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(parse_qs(urlsplit(self.path).query))

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._answer(parse_qs(self.rfile.read(length).decode()))

        def _answer(self, given: dict[str, list[str]]) -> None:
            page = pages(urlsplit(self.path).path, {name: texts[0] for name, texts in given.items()})
            body = f"<!doctype html><meta charset=utf-8><title>shop</title>{page}".encode()
            self.send_response(200)
            for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is written while tests run."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def login_page(client: Client) -> Pages:
    """Logs in who is known; asks who it is, and completes the result, for everybody else."""

    def page(path: str, given: dict[str, str]) -> str:
        if path != "/login":
            return "<h1>Your orders</h1>"
        if "userid" in given:
            try:
                done = client.bind_complete(given["result"], given["userid"])
            except ApiError as error:
                return f"<h1>No: {error.code}</h1>"
            return f"<h1>Hello {escape(done['userid'])}</h1>"
        told = client.bind_result(given.get("result", ""))
        if told["bound"]:
            return f"<h1>Welcome back {escape(told['userid'])}</h1>"
        return (
            f'<h1>Who are you?</h1><form method="post" action="/login">'
            f'<input type="hidden" name="result" value="{escape(given["result"])}">'
            '<label>Name <input name="userid"></label><button>Log in</button></form>'
        )

    return page

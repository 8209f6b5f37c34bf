"""A small forward proxy on raw sockets: it forwards absolute-form requests, and makes tunnels for CONNECT.

`mood` says how it treats who comes: `good`, an HTTP status to refuse with, `close`, or `silence`.
"""

from __future__ import annotations

import base64
import contextlib
import io
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.provider.fault_server import running


@dataclass(slots=True)
class ProxyServer:
    """`asked` holds the heads of the requests that came to the proxy itself; `known` is who may use it."""

    listener: socket.socket
    context: ssl.SSLContext | None = None
    mood: str = "good"
    known: tuple[str, str] | None = None
    asked: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def place(self) -> str:
        return f"localhost:{self.listener.getsockname()[1]}"

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://{self.place}"

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError):
            raw.settimeout(10)
            connection = self.context.wrap_socket(raw, server_side=True) if self.context else raw
            # unbuffered: what follows a CONNECT is the tunnel's
            with connection, connection.makefile("rb", buffering=0) as incoming:
                while head := _head(incoming):
                    self.asked.append(head)
                    if not self._treat(connection, incoming, head):
                        return

    def _treat(self, connection: socket.socket, incoming: io.RawIOBase, head: str) -> bool:
        """True where the connection stays for a further request."""
        if self.mood == "silence":
            self.stopping.wait()
        if self.mood in {"silence", "close"}:
            return False
        method, target, _ = head.split(" ", 2)
        body = b"" if method == "CONNECT" else _exactly(incoming, _length(head))
        if (status := self._refusal(head)) is not None:
            connection.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
            return False
        if method == "CONNECT":
            self._tunnel(connection, target)
            return False
        return _forwarded(connection, body, head, target)

    def _refusal(self, head: str) -> str | None:
        if self.mood != "good":
            return self.mood
        if self.known is None:
            return None
        expected = base64.b64encode(":".join(self.known).encode()).decode()
        return None if f"proxy-authorization: basic {expected}".lower() in head.lower() else "407"

    def _tunnel(self, connection: socket.socket, target: str) -> None:
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as upstream:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            while not self.stopping.is_set():
                pending = isinstance(connection, ssl.SSLSocket) and connection.pending()
                ready = [connection] if pending else select.select([connection, upstream], [], [], 0.1)[0]
                for one in ready:
                    data = one.recv(65536)
                    (upstream if one is connection else connection).sendall(data)
                    if not data:
                        return


def _forwarded(connection: socket.socket, body: bytes, head: str, target: str) -> bool:
    """The request carried to where its target says, and the answer brought back."""
    parts = urlsplit(target)
    first, _, rest = head.partition("\r\n")
    bare = first.replace(f"{parts.scheme}://{parts.netloc}", "")
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as upstream:
        upstream.sendall(f"{bare}\r\n{rest}\r\n\r\n".encode() + body)
        answer = b""
        while b"\r\n\r\n" not in answer and (piece := upstream.recv(65536)):
            answer += piece
        connection.sendall(answer)
    return bool(answer)


def _head(incoming: io.RawIOBase) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = incoming.read(1)
        if not byte:
            return ""
        head += byte
    return head[:-4].decode()


def _length(head: str) -> int:
    lengths = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length")]
    return int(lengths[0]) if lengths else 0


def _exactly(incoming: io.RawIOBase, number: int) -> bytes:
    body = b""
    while len(body) < number and (piece := incoming.read(number - len(body))):
        body += piece
    return body


@contextmanager
def proxy_server(*, secure: bool = False) -> Iterator[ProxyServer]:
    """A running proxy on a free port of loopback, spoken to over TLS where `secure`."""
    with running(ProxyServer, secure=secure) as server:
        yield server

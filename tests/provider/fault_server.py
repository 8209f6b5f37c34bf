"""A server that misbehaves on raw sockets: the path of a request says how.

It counts every request that it read whole, so that a test sees what was sent twice.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

CERTIFICATE = Path(__file__).with_name("localhost.pem")
TLS_HANDSHAKE = b"\x16"
GOOD = b'{"errcode":0}'
DRIP = 0.05
"""Seconds between two bytes: never long enough for a socket's own timeout."""


@dataclass(slots=True)
class Peer:
    """One connection, while one request on it is answered; `turn` counts the connection's requests from 1."""

    connection: socket.socket
    turn: int
    stopping: threading.Event

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self, body: bytes, *, status: str = "200 OK", headers: str = "") -> bool:
        """A whole answer; True: the connection stays."""
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self.send(head.encode() + body)
        return True

    def drip(self, data: bytes) -> None:
        for byte in data:
            if self.stopping.wait(DRIP):
                return
            self.send(bytes((byte,)))

    def reset(self) -> None:
        """Make the kernel end the connection with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Fault = Callable[[Peer], bool | None]
"""Answers one request; True where the connection stays open."""


def _rst_before_answer(peer: Peer) -> None:
    peer.reset()


def _rst_mid_answer(peer: Peer) -> None:
    peer.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"err')
    # The client has the head before the reset throws away what is on its way.
    peer.stopping.wait(0.1)
    peer.reset()


def _close_without_answer(peer: Peer) -> None:
    """Nothing is said."""


def _drip_headers(peer: Peer) -> None:
    peer.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Padding: x\r\n" * 1000)


def _drip_body(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 14000\r\n\r\n")
    peer.drip(b"x" * 14000)


def _silence(peer: Peer) -> None:
    peer.stopping.wait()


def _endless_continue(peer: Peer) -> None:
    while not peer.stopping.wait(0.01):
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def _endless_headers(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\n")
    while not peer.stopping.is_set():
        peer.send(b"X-Padding: x\r\n" * 100)


def _endless_body(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while not peer.stopping.is_set():
        peer.send(_LUMP)


def _endless_chunks(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not peer.stopping.is_set():
        peer.send(b"10000\r\n" + _LUMP + b"\r\n")


def _huge_length(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while not peer.stopping.is_set():
        peer.send(_LUMP)


def _length_too_big(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + GOOD)


def _length_too_small(peer: Peer) -> bool:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + GOOD + b"HTTP/1.1 200 OK\r\n\r\nsmuggled")
    return True


def _gzip_bomb(peer: Peer) -> bool:
    return peer.answer(BOMB, headers="Content-Encoding: gzip\r\n")


def _gzip(peer: Peer) -> bool:
    return peer.answer(gzip.compress(GOOD), headers="Content-Encoding: gzip\r\n")


def _chunked(peer: Peer) -> bool:
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + GOOD + b"\r\n0\r\n\r\n")
    return True


def _until_close(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + GOOD)


def _close_when_reused(peer: Peer) -> bool:
    return peer.turn == 1 and peer.answer(GOOD)


def _close_when_idle(peer: Peer) -> bool:
    peer.answer(GOOD)
    return False


def _no_http(peer: Peer) -> None:
    peer.send(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")


def _broken_header(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nthis is no header\r\nContent-Length: 13\r\n\r\n" + GOOD)


def _answers(body: bytes, *, status: str = "200 OK", headers: str = "") -> Fault:
    return lambda peer: peer.answer(body, status=status, headers=headers)


_LUMP = b"x" * 65536
BOMB = gzip.compress(bytes(32 * 1024 * 1024), compresslevel=1)

FAULTS: dict[str, Fault] = {
    "/ok": _answers(GOOD),
    "/rst_before_answer": _rst_before_answer,
    "/rst_mid_answer": _rst_mid_answer,
    "/close_without_answer": _close_without_answer,
    "/drip_headers": _drip_headers,
    "/drip_body": _drip_body,
    "/silence": _silence,
    "/endless_continue": _endless_continue,
    "/endless_headers": _endless_headers,
    "/endless_body": _endless_body,
    "/endless_chunks": _endless_chunks,
    "/huge_length": _huge_length,
    "/length_too_big": _length_too_big,
    "/length_too_small": _length_too_small,
    "/gzip_bomb": _gzip_bomb,
    "/gzip": _gzip,
    "/cut_gzip": _answers(gzip.compress(GOOD)[:-9], headers="Content-Encoding: gzip\r\n"),
    "/false_gzip": _answers(GOOD, headers="Content-Encoding: gzip\r\n"),
    "/brotli": _answers(GOOD, headers="Content-Encoding: br\r\n"),
    "/chunked": _chunked,
    "/until_close": _until_close,
    "/close_when_reused": _close_when_reused,
    "/close_when_idle": _close_when_idle,
    "/no_http": _no_http,
    "/broken_header": _broken_header,
    "/cut_json": _answers(b'{"errcode":'),
    "/empty": _answers(b""),
    "/html": _answers(b"<html>sign in</html>", headers="Content-Type: text/html\r\n"),
    "/invalid_utf8": _answers(b'{"errmsg":"\xff\xfe"}'),
    "/cookie": _answers(GOOD, headers="Set-Cookie: session=secret; Path=/\r\n"),
    "/204": _answers(b"", status="204 No Content"),
    "/301": _answers(b"", status="301 Moved Permanently", headers="Location: /ok\r\n"),
    "/302": _answers(b"", status="302 Found", headers="Location: /ok\r\n"),
    "/307": _answers(b"", status="307 Temporary Redirect", headers="Location: /ok\r\n"),
    "/407": _answers(b"who", status="407 Proxy Authentication Required"),
    "/429": _answers(b"slow down", status="429 Too Many Requests", headers="Retry-After: 30\r\n"),
    "/500": _answers(b"oops", status="500 Internal Server Error"),
    "/502": _answers(b"oops", status="502 Bad Gateway"),
    "/503": _answers(b"oops", status="503 Service Unavailable", headers="Retry-After: 0\r\n"),
}


@dataclass(slots=True)
class FaultServer:
    """`seen` counts the requests read whole, by path; `heads` holds their heads; `closed` is set by each close."""

    listener: socket.socket
    context: ssl.SSLContext | None = None
    seen: Counter[str] = field(default_factory=Counter)
    heads: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}" if self.context else f"http://127.0.0.1:{self.port}"

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError):
            raw.settimeout(10)
            connection = self.context.wrap_socket(raw, server_side=True) if self.context else raw
            with connection, connection.makefile("rb") as incoming:
                self._converse(connection, incoming)
        self.closed.set()

    def _converse(self, connection: socket.socket, incoming: io.BufferedReader) -> None:
        turn = 0
        while path := self._read(incoming):
            turn += 1
            if not FAULTS[path](Peer(connection, turn, self.stopping)):
                return

    def _read(self, incoming: io.BufferedReader) -> str:
        start = incoming.peek(1)[:1]
        if start in {b"", TLS_HANDSHAKE}:
            return "/no_http" if start else ""
        lines = list(iter(incoming.readline, b"\r\n"))
        head = b"".join(lines).decode()
        lengths = [line.split(":")[1] for line in head.splitlines() if line.lower().startswith("content-length")]
        incoming.read(int(lengths[0]) if lengths else 0)
        path = head.split()[1].partition("?")[0]
        self.heads.append(head)
        self.seen[path] += 1
        return path


class Server(Protocol):
    """Takes connections until its listener ends; what it still does ends with `stopping`."""

    stopping: threading.Event

    def accept(self) -> None: ...


S = TypeVar("S", bound=Server)


@contextmanager
def running(make: Callable[[socket.socket, ssl.SSLContext | None], S], *, secure: bool) -> Iterator[S]:
    """What `make` makes of a free port of loopback, taking connections, with TLS where `secure`."""
    context = None
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        server = make(listener, context)
        thread = threading.Thread(target=server.accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def fault_server(*, secure: bool = False) -> Iterator[FaultServer]:
    """A running server on a free port of loopback, with TLS where `secure`."""
    with running(FaultServer, secure=secure) as server:
        yield server


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port of loopback on which nobody listens, kept from others."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that a further one is never answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        try:
            yield listener.getsockname()[1]
        finally:
            for filler in fillers:
                filler.close()

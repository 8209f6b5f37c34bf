"""HTTP/1.1 as far as lean mode speaks it: requests with a Content-Length, answered in order, connections kept.

The heads of a sender's calls are the same to the byte but for their length, so each is read once. All answers take
the same time, so they leave in the order in which they were asked for, whatever connection they belong to: one
timer serves thousands of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple, cast
from urllib.parse import parse_qsl

from sandbox.exchange import as_json
from sandbox.lean.tally import Said, Tally

LARGEST_HEAD = 16 * 1024
LARGEST_BODY = 1024 * 1024
TICK = 0.001
"""Seconds between two looks at who is to be answered, while many are."""
_END = b"\r\n\r\n"


class Head(NamedTuple):
    """A request without its body, of which it says the length; ``wrong`` is why it can't be read."""

    method: str = ""
    path: str = ""
    query: Mapping[str, str] = {}
    length: int = 0
    closes: bool = False
    wrong: str = ""


@lru_cache(maxsize=4096)
def head_of(raw: bytes) -> Head:
    """What the lines before a body say."""
    line, *fields = raw.decode("latin-1").split("\r\n")
    method, _, rest = line.partition(" ")
    target, _, version = rest.rpartition(" ")
    if not target or version not in {"HTTP/1.1", "HTTP/1.0"}:
        return Head(wrong="that is not HTTP/1.1")
    given = {name.strip().lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    length = given.get("content-length", "0")
    if "transfer-encoding" in given or not length.isdecimal() or int(length) > LARGEST_BODY:
        return Head(wrong=f"lean mode wants a Content-Length of at most {LARGEST_BODY}")
    path, _, query = target.partition("?")
    closes = given.get("connection", "").lower() == "close" or version == "HTTP/1.0"
    return Head(method, path, dict(parse_qsl(query)), int(length), closes)


class Pending(NamedTuple):
    """An answer that waits for its time."""

    due: float
    connection: Connection
    said: Said
    closes: bool


class Line:
    """Everybody who waits for an answer, in one line."""

    def __init__(self, latency: float) -> None:
        self.tally = Tally()
        self._latency = latency
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Pending] = deque()
        self._connections: set[Connection] = set()
        self.is_over = False

    def connected(self) -> Connection:
        """A new connection."""
        connection = Connection(self)
        self._connections.add(connection)
        return connection

    def left(self, connection: Connection) -> None:
        """That one is over."""
        self._connections.discard(connection)

    def end(self) -> None:
        """Cut all connections, those too that come now."""
        self.is_over = True
        for connection in tuple(self._connections):
            connection.cut()

    def put(self, connection: Connection, said: Said, *, closes: bool) -> None:
        """Have this said when its time has come."""
        if not self._latency:
            self._say(Pending(0.0, connection, said, closes))
            return
        if not self._waiting:
            self._loop.call_later(self._latency, self._say_due)
        self._waiting.append(Pending(self._loop.time() + self._latency, connection, said, closes))

    def _say_due(self) -> None:
        now = self._loop.time()
        while self._waiting and self._waiting[0].due <= now:
            self._say(self._waiting.popleft())
        if self._waiting:
            self._loop.call_later(max(self._waiting[0].due - now, TICK), self._say_due)

    def _say(self, pending: Pending) -> None:
        if pending.said.holds:
            self.tally.release(pending.said.holds)
        pending.connection.say(pending.said, closes=pending.closes)


class Connection(asyncio.Protocol):
    """One connection of a sender's."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._came = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._line.is_over:
            self.cut()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._line.left(self)

    def cut(self) -> None:
        """End it at once."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._came = self._came + data if self._came else data
        while self._came and self._take():
            pass

    def _take(self) -> bool:
        """Take a request off what has come; whether there was a whole one."""
        end = self._came.find(_END)
        if end < 0:
            return len(self._came) > LARGEST_HEAD and self._refuse("the head is too large")
        head = head_of(self._came[:end])
        if head.wrong:
            return self._refuse(head.wrong)
        start = end + len(_END)
        if len(self._came) - start < head.length:
            return False
        body = self._came[start : start + head.length]
        self._came = self._came[start + head.length :]
        said = self._line.tally.answer(head.method, head.path, head.query, body)
        self._line.put(self, said, closes=head.closes)
        return True

    def _refuse(self, wrong: str) -> bool:
        """Say what is wrong, and read no further: where the next request begins nobody knows."""
        self._came = b""
        self._line.put(self, Said(as_json({"error": wrong}), HTTPStatus.BAD_REQUEST), closes=True)
        return False

    def say(self, said: Said, *, closes: bool) -> None:
        """Answer, if anybody still listens."""
        if self._transport is None:
            return
        self._transport.write(_opening(said.status, len(said.body), closes) + said.body)
        if closes:
            self._transport.close()


@lru_cache(maxsize=256)
def _opening(status: HTTPStatus, length: int, closes: bool) -> bytes:
    kept = "close" if closes else "keep-alive"
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {length}\r\nConnection: {kept}\r\n\r\n"
    ).encode()

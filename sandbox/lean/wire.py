"""HTTP/1.1 as far as lean mode speaks it: requests with a Content-Length, answered in order, connections kept.

The heads of a sender's calls are the same to the byte but for their length, so each is read once. All answers take
the same time, so they leave in the order in which they were asked for, whatever connection they belong to: one
timer serves thousands of them. What comes is first gathered, and then read in one go, which costs less.
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
        self._heard: list[Connection] = []
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

    def heard(self, connection: Connection) -> None:
        """Something has come there: have it read with what has come elsewhere."""
        if not self._heard:
            self._loop.call_soon(self._read_all)
        self._heard.append(connection)

    def _read_all(self) -> None:
        heard, self._heard = self._heard, []
        for connection in heard:
            connection.read()

    def put(self, connection: Connection, said: Said, *, closes: bool) -> None:
        """Have this said when its time has come."""
        if not self._latency:
            self._say(connection, said, closes)
            return
        if not self._waiting:
            self._loop.call_later(self._latency, self._say_due)
        self._waiting.append(Pending(self._loop.time() + self._latency, connection, said, closes))

    def _say_due(self) -> None:
        now, waiting = self._loop.time(), self._waiting
        while waiting and waiting[0].due <= now:
            _, connection, said, closes = waiting.popleft()
            self._say(connection, said, closes)
        if waiting:
            self._loop.call_later(max(waiting[0].due - now, TICK), self._say_due)

    def _say(self, connection: Connection, said: Said, closes: bool) -> None:
        body, status, holds = said
        if holds:
            self.tally.release(holds)
        connection.say(_opening(status, len(body), closes) + body, closes=closes)


class Connection(asyncio.Protocol):
    """One connection of a sender's."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._came = b""
        self._is_heard = False
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
        if not self._is_heard:
            self._is_heard = True
            self._line.heard(self)

    def read(self) -> None:
        """Answer all whole requests that have come."""
        self._is_heard = False
        while self._came and self._take():
            pass

    def _take(self) -> bool:
        """Take a request off what has come; whether there was a whole one."""
        end = self._came.find(_END)
        if end < 0:
            return len(self._came) > LARGEST_HEAD and self._refuse("the head is too large")
        method, path, query, length, closes, wrong = head_of(self._came[:end])
        if wrong:
            return self._refuse(wrong)
        start = end + len(_END)
        if len(self._came) - start < length:
            return False
        body = self._came[start : start + length]
        self._came = self._came[start + length :]
        said = self._line.tally.answer(method, path, query, body)
        self._line.put(self, said, closes=closes)
        return True

    def _refuse(self, wrong: str) -> bool:
        """Say what is wrong, and read no further: where the next request begins nobody knows."""
        self._came = b""
        self._line.put(self, Said(as_json({"error": wrong}), HTTPStatus.BAD_REQUEST), closes=True)
        return False

    def say(self, answer: bytes, *, closes: bool) -> None:
        """Answer, if anybody still listens."""
        if self._transport is None:
            return
        self._transport.write(answer)
        if closes:
            self._transport.close()


@lru_cache(maxsize=256)
def _opening(status: int, length: int, closes: bool) -> bytes:
    kept = "close" if closes else "keep-alive"
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {length}\r\nConnection: {kept}\r\n\r\n"
    ).encode()

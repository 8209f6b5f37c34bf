"""A load generator that leaves the processors to what it measures: one thread, some kept-alive connections."""

from __future__ import annotations

import itertools
import math
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

Ask = Callable[[int], bytes]
"""The whole request with this number, as it goes over the wire."""

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: gateway", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Measured:
    """How long each request took, in seconds, and how long all of them."""

    taken: list[float]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.taken) / self.seconds

    def percentile(self, percent: int) -> float:
        """In milliseconds; of a single request, what it took."""
        taken = self.taken * 2 if len(self.taken) == 1 else self.taken
        return statistics.quantiles(taken, n=100)[percent - 1] * 1000


@dataclass(slots=True)
class _Line:
    """One connection, with what has come of its answer."""

    wire: socket.socket
    asked_at: float = 0.0
    came: bytes = b""

    def is_answered(self) -> bool:
        """Take what has come; whether the answer is whole. Raises RuntimeError for any but 200."""
        self.came += self.wire.recv(65536)
        head, end, body = self.came.partition(_END)
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(self.came.decode("latin-1"))
        length = int(head.lower().partition(_LENGTH)[2].partition(b"\r")[0])
        return len(body) >= length


def measure(
    url: str, ask: Ask, *, connections: int, seconds: float = math.inf, requests: int | None = None
) -> Measured:
    """Keep `connections` busy for `seconds` or until so many `requests` are made, each with one at a time.

    Raises RuntimeError for a refusal.
    """
    numbers = iter(itertools.count() if requests is None else range(requests))
    taken: list[float] = []
    with selectors.DefaultSelector() as selector:
        start = time.perf_counter()
        for _ in range(connections):
            wire = _connected(url)
            selector.register(wire, selectors.EVENT_READ, _Line(wire))
        for key in selector.get_map().values():
            _send(key.data, ask(next(numbers)))
        while selector.get_map():
            for key, _ in selector.select():
                line: _Line = key.data
                if not line.is_answered():
                    continue
                now = time.perf_counter()
                taken.append(now - line.asked_at)
                number = next(numbers, None) if now - start < seconds else None
                if number is not None:
                    _send(line, ask(number))
                else:
                    selector.unregister(line.wire)
                    line.wire.close()
    return Measured(taken, time.perf_counter() - start)


def _connected(url: str) -> socket.socket:
    address = urlsplit(url)
    wire = socket.create_connection((address.hostname or "", address.port or 80))
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def _send(line: _Line, sent: bytes) -> None:
    line.came = b""
    line.asked_at = time.perf_counter()
    line.wire.sendall(sent)

"""The transport for what is neither secure nor through a proxy: providers in one's own network, or a sandbox.

It does what HTTP/1.1 asks of a client that sends whole bodies and reads small answers, and nothing else: about a
fifth of a library's work for each call (docs/decisions.md). Connections are kept; a request is written to one once.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections import deque
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from ums.provider.http import HEADERS, plain_url, url_of
from ums.provider.losses import not_through
from ums.provider.plain_connection import Connection, Names, Place, Wanted
from ums.provider.rounds import Round
from ums.provider.transport import CONNECTING, Answered
from ums.sdk.call import Call

_PLAIN = re.compile(r"http://[A-Za-z0-9.-]+(?::([1-9][0-9]{0,4}))?(?:/[!\"$-~]*)?")
"""Addresses about which there is nothing to wonder; all others are the library's."""

HIGHEST_PORT = 65535


@lru_cache(maxsize=1024)
def _is_plain_address(url: str) -> bool:
    found = _PLAIN.fullmatch(url)
    return found is not None and int(found[1] or 80) <= HIGHEST_PORT


def is_plain(call: Call) -> bool:
    """Whether this transport can carry the call."""
    return call.proxy is None and _is_plain_address(call.url)


class Target(NamedTuple):
    """Where a request goes, and all of it that stands before the length of its body."""

    place: Place
    opening: bytes


def _target(method: str, url: str, content_type: str) -> Target:
    address = urlsplit(url)
    path = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
    fields = {"Host": address.netloc, **HEADERS} | ({"Content-Type": content_type} if content_type else {})
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    opening = "\r\n".join([*lines, "Content-Length: "]).encode("latin-1")
    return Target((address.hostname or "", address.port or 80), opening)


@lru_cache(maxsize=256)
def _shared_target(method: str, url: str, content_type: str, token_name: str, token: str | None) -> Target:
    """A token's sends share one target: thousands a second, as long as the token lives."""
    return _target(method, plain_url(url, token_name, token), content_type)


class PlainTransport:
    """Made on the event loop that is running; `in_flight` is as in `LoopDriver`."""

    def __init__(self, *, in_flight: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._free = in_flight
        self._idle: dict[Place, list[Connection]] = {}
        self._queue: deque[Wanted] = deque()
        self._connections: set[Connection] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._names = Names(self._loop)
        self._reads: Round[Connection] = Round(self._loop, Connection.read)
        self._writes: Round[Connection] = Round(self._loop, Connection.write)

    def carry(self, call: Call, token: str | None, answered: Answered) -> None:
        """As `Transport` says."""
        body = call.body
        content_type = call.content_type if body else ""
        if call.query:
            place, opening = _target(call.method, url_of(call, token), content_type)
        else:
            place, opening = _shared_target(call.method, call.url, content_type, call.token_name, token)
        request = b"%b%d\r\n\r\n%b" % (opening, len(body), body)
        wanted = Wanted(call, place, request, answered, self._loop.time() + call.seconds)
        idle = self._idle.get(place)
        while idle:
            connection = idle.pop()
            if connection.is_open:
                connection.ask(wanted)
                return
        self._connect_or_queue(wanted)

    async def close(self) -> None:
        """As `Transport` says."""
        self._queue.clear()
        for task in tuple(self._connecting):
            task.cancel()
        for connection in tuple(self._connections):
            connection.drop()

    def asked(self, connection: Connection) -> None:
        """A connection has a request to write: it does so with others."""
        self._writes.add(connection)

    def came(self, connection: Connection) -> None:
        """A connection has something to read: it does so with others."""
        self._reads.add(connection)

    def rest(self, connection: Connection) -> None:
        """A connection has done its work, and can do more."""
        wanted = self._next_to(connection.place) if self._queue else None
        if wanted is None:
            self._idle.setdefault(connection.place, []).append(connection)
            return
        self._queue.remove(wanted)
        connection.ask(wanted)

    def _next_to(self, place: Place) -> Wanted | None:
        """Who has waited longest for a connection to this place."""
        return next((one for one in self._queue if one.place == place), None)

    def left(self, connection: Connection) -> None:
        """A connection is no more."""
        self._connections.discard(connection)
        self.forget(connection)
        self._end_connecting()

    def forget(self, connection: Connection) -> None:
        """A connection can do no more work."""
        idle = self._idle.get(connection.place, [])
        if connection in idle:
            idle.remove(connection)

    def _connect_or_queue(self, wanted: Wanted) -> None:
        if not self._free and not self._drop_an_idle_one():
            self._queue.append(wanted)
            self._loop.call_at(self._gives_up_at(wanted), self._give_up, wanted)
            return
        self._free -= 1
        task = self._loop.create_task(self._connect(wanted))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def _drop_an_idle_one(self) -> bool:
        """Make room where connections to other places idle."""
        for idle in self._idle.values():
            if idle:
                idle.pop(0).drop()
                return True
        return False

    def _gives_up_at(self, wanted: Wanted) -> float:
        """When there must be a connection for a call."""
        return wanted.ends_at - wanted.call.seconds * (1 - CONNECTING)

    def _give_up(self, wanted: Wanted) -> None:
        if wanted in self._queue:
            self._queue.remove(wanted)
            wanted.answered(not_through(wanted.call, "connect_timeout"))

    async def _connect(self, wanted: Wanted) -> None:
        try:
            async with asyncio.timeout_at(self._gives_up_at(wanted)):
                connection = await self._connected(wanted.place)
        except TimeoutError:
            failure = not_through(wanted.call, "connect_timeout")
        except socket.gaierror as error:
            failure = not_through(wanted.call, "dns_failed", error)
        except ConnectionRefusedError as error:
            failure = not_through(wanted.call, "connection_refused", error)
        except OSError as error:
            failure = not_through(wanted.call, "not_connected", error)
        else:
            connection.ask(wanted)
            return
        self._end_connecting()
        wanted.answered(failure)

    async def _connected(self, place: Place) -> Connection:
        """A new connection, to the first of the host's addresses that takes it."""
        trouble: OSError | None = None
        for address in await self._names.addresses(place):
            try:
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self, self._loop, place), address, place[1]
                )
            except OSError as error:
                trouble = error
            else:
                self._connections.add(connection)
                return connection
        raise trouble or OSError(f"{place[0]} has no address")

    def _end_connecting(self) -> None:
        """A place is free: for whoever waits longest."""
        self._free += 1
        if self._queue:
            self._connect_or_queue(self._queue.popleft())

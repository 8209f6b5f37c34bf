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
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from ums.provider.http import HEADERS, url_of
from ums.provider.losses import Unreadable, lost, not_through
from ums.provider.plain_answer import Reading
from ums.provider.transport import CONNECTING, IDLE_KEPT, NAMES_KEPT, Answered
from ums.sdk.call import Call, Reply
from ums.sdk.errors import SendError

_PLAIN = re.compile(r"http://[A-Za-z0-9.-]+(?::([1-9][0-9]{0,4}))?(?:/[!\"$-~]*)?")
"""Addresses about which there is nothing to wonder; all others are the library's."""

HIGHEST_PORT = 65535

Place = tuple[str, int]


@lru_cache(maxsize=1024)
def _is_plain_address(url: str) -> bool:
    found = _PLAIN.fullmatch(url)
    return found is not None and int(found[1] or 80) <= HIGHEST_PORT


def is_plain(call: Call) -> bool:
    """Whether this transport can carry the call."""
    return call.proxy is None and call.url.startswith("http://") and _is_plain_address(call.url)


class Target(NamedTuple):
    """Where a request goes, and all of it that stands before the length of its body."""

    place: Place
    opening: bytes


@lru_cache(maxsize=256)
def _target(method: str, url: str, content_type: str) -> Target:
    """A token's sends share one target: thousands a second, as long as the token lives."""
    address = urlsplit(url)
    path = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
    fields = {"Host": address.netloc, **HEADERS} | ({"Content-Type": content_type} if content_type else {})
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    opening = "\r\n".join([*lines, "Content-Length: "]).encode("latin-1")
    return Target((address.hostname or "", address.port or 80), opening)


@lru_cache(maxsize=256)
def _url(url: str, token: str | None) -> str:
    return url_of(Call("", url), token)


class _Wanted(NamedTuple):
    """A call that waits for its connection, or for its answer; `ends_at` is by the loop's clock."""

    call: Call
    place: Place
    request: bytes
    answered: Answered
    ends_at: float


class PlainTransport:
    """Made on the event loop that is running; `in_flight` is as in `LoopDriver`."""

    def __init__(self, *, in_flight: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._free = in_flight
        self._idle: dict[Place, list[_Connection]] = {}
        self._queue: deque[_Wanted] = deque()
        self._connections: set[_Connection] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._names = _Names(self._loop)

    def carry(self, call: Call, token: str | None, answered: Answered) -> None:
        """As `Transport` says."""
        url = url_of(call, token) if call.query else _url(call.url, token)
        target = _target(call.method, url, call.content_type if call.body else "")
        request = b"%b%d\r\n\r\n%b" % (target.opening, len(call.body), call.body)
        wanted = _Wanted(call, target.place, request, answered, self._loop.time() + call.seconds)
        idle = self._idle.get(target.place, [])
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

    def rest(self, connection: _Connection) -> None:
        """A connection has done its work, and can do more."""
        wanted = next((one for one in self._queue if one.place == connection.place), None)
        if wanted is None:
            self._idle.setdefault(connection.place, []).append(connection)
            return
        self._queue.remove(wanted)
        connection.ask(wanted)

    def left(self, connection: _Connection) -> None:
        """A connection is no more."""
        self._connections.discard(connection)
        self.forget(connection)
        self._end_connecting()

    def forget(self, connection: _Connection) -> None:
        """A connection can do no more work."""
        idle = self._idle.get(connection.place, [])
        if connection in idle:
            idle.remove(connection)

    def _connect_or_queue(self, wanted: _Wanted) -> None:
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

    def _gives_up_at(self, wanted: _Wanted) -> float:
        """When there must be a connection for a call."""
        return wanted.ends_at - wanted.call.seconds * (1 - CONNECTING)

    def _give_up(self, wanted: _Wanted) -> None:
        if wanted in self._queue:
            self._queue.remove(wanted)
            wanted.answered(not_through(wanted.call, "connect_timeout"))

    async def _connect(self, wanted: _Wanted) -> None:
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

    async def _connected(self, place: Place) -> _Connection:
        """A new connection, to the first of the host's addresses that takes it."""
        trouble: OSError | None = None
        for address in await self._names.addresses(place):
            try:
                _, connection = await self._loop.create_connection(
                    lambda: _Connection(self, self._loop, place), address, place[1]
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


class _Names:
    """The addresses of hosts, each asked for once by all who want it just now, and remembered for a while."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._asked: dict[Place, asyncio.Task[list[str]]] = {}

    async def addresses(self, place: Place) -> list[str]:
        """Raises OSError where there is none."""
        asked = self._asked.get(place)
        if asked is None:
            asked = self._asked[place] = self._loop.create_task(self._ask(place))
            asked.add_done_callback(lambda task: self._remember(place, task))
        # Shielded: one call that gives up must not take the answer from the others.
        return await asyncio.shield(asked)

    async def _ask(self, place: Place) -> list[str]:
        found = await self._loop.getaddrinfo(*place, type=socket.SOCK_STREAM)
        return [str(address[0]) for *_, address in found]

    def _remember(self, place: Place, asked: asyncio.Task[list[str]]) -> None:
        if asked.cancelled() or asked.exception() is not None:
            self._asked.pop(place, None)
        else:
            self._loop.call_later(NAMES_KEPT, self._asked.pop, place, None)


class _Connection(asyncio.Protocol):
    """One connection: it carries one call at a time, and is dropped for anything unexpected.

    It has one timer at most, which goes off now and then and looks whether the call under way, or its idling, has
    come to its end: a timer for each call would cost more than the rest of this class.
    """

    def __init__(self, pool: PlainTransport, loop: asyncio.AbstractEventLoop, place: Place) -> None:
        self.place = place
        self._pool = pool
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._wanted: _Wanted | None = None
        self._reading = Reading()
        self._ends_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @property
    def is_open(self) -> bool:
        """Whether a call may be made, as far as can be known."""
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, wanted: _Wanted) -> None:
        """Make a call; nothing of it is written twice."""
        if self._transport is None:
            self._loop.call_soon(wanted.answered, not_through(wanted.call, "not_connected"))
            return
        self._wanted = wanted
        self._reading = Reading()
        self._watch(wanted.ends_at)
        self._transport.write(wanted.request)

    def data_received(self, data: bytes) -> None:
        if self._wanted is None:
            self.drop()  # nobody asked: the next answer would be taken for another's
            return
        try:
            reply = self._reading.take(data)
        except Unreadable as trouble:
            self._fail(trouble.reason)
        else:
            if reply is not None:
                self._answer(reply)

    def eof_received(self) -> None:
        """The connection closes, of which `connection_lost` tells; it carries no other call."""
        self._pool.forget(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        self._pool.left(self)
        if self._wanted is None:
            return
        try:
            reply = self._reading.end() if error is None else self._cut()
        except Unreadable as trouble:
            self._fail(trouble.reason, error)
        else:
            self._answer(reply)

    def drop(self) -> None:
        """End it, without a farewell."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
            self._pool.forget(self)

    def _cut(self) -> Reply:
        raise Unreadable("answer_cut" if self._reading.has_begun else "connection_lost")

    def _answer(self, reply: Reply) -> None:
        wanted, self._wanted = self._wanted, None
        if self._reading.keeps and self._transport is not None:
            self._watch(self._loop.time() + IDLE_KEPT)
            self._pool.rest(self)
        else:
            self.drop()
        if wanted is not None:
            wanted.answered(reply)

    def _fail(self, reason: str, error: Exception | None = None) -> None:
        wanted, self._wanted = self._wanted, None
        self.drop()
        if wanted is not None:
            failure: SendError = lost(wanted.call, reason, error)
            wanted.answered(failure)

    def _watch(self, ends_at: float) -> None:
        """Look at the time by then, if no earlier look is due."""
        self._ends_at = ends_at
        if self._timer is not None:
            if self._timer.when() <= ends_at:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(ends_at, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() < self._ends_at:
            self._watch(self._ends_at)
        elif self._wanted is not None:
            self._fail("answer_timeout")
        else:
            self.drop()

"""One connection of the plain transport, and where hosts are found."""

from __future__ import annotations

import asyncio
import socket
from typing import NamedTuple, Protocol, cast

from ums.provider.losses import Unreadable, lost, not_through
from ums.provider.plain_answer import Reading, at_once
from ums.provider.transport import IDLE_KEPT, NAMES_KEPT, Answered
from ums.sdk.call import Call, Reply

MUCH = 64 * 1024
"""Bytes of an answer that are read at once: no answer of a usual size has so many."""

Place = tuple[str, int]
"""A host and its port."""


class Wanted(NamedTuple):
    """A call that waits for its connection, or for its answer; `ends_at` is by the loop's clock."""

    call: Call
    place: Place
    request: bytes
    answered: Answered
    ends_at: float


class Pool(Protocol):
    """Who a connection belongs to."""

    def asked(self, connection: Connection) -> None:
        """A connection has a request to write: have it do so."""

    def came(self, connection: Connection) -> None:
        """A connection has something to read: have it do so."""

    def rest(self, connection: Connection) -> None:
        """A connection has done its work, and can do more."""

    def forget(self, connection: Connection) -> None:
        """A connection can do no more work."""

    def left(self, connection: Connection) -> None:
        """A connection is no more."""


class Names:
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


class Connection(asyncio.Protocol):
    """One connection: it carries one call at a time, and is dropped for anything unexpected.

    It has one timer at most, which goes off now and then and looks whether the call under way, or its idling, has
    come to its end: a timer for each call would cost more than the rest of this class.
    """

    def __init__(self, pool: Pool, loop: asyncio.AbstractEventLoop, place: Place) -> None:
        self.place = place
        self._pool = pool
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._wanted: Wanted | None = None
        self._is_written = True
        self._came = b""
        """What has come and isn't read yet."""
        self._reading: Reading | None = None
        """What has come of an answer that comes in pieces, or is out of the ordinary."""
        self._ends_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @property
    def is_open(self) -> bool:
        """Whether a call may be made, as far as can be known."""
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, wanted: Wanted) -> None:
        """Make a call, soon; nothing of it is written twice."""
        if self._transport is None:
            self._loop.call_soon(wanted.answered, not_through(wanted.call, "not_connected"))
            return
        self._wanted = wanted
        self._is_written = False
        self._reading = None
        self._watch(wanted.ends_at)
        self._pool.asked(self)

    def write(self) -> None:
        """Write what was asked for, unless the connection has ended meanwhile."""
        if self._wanted is not None and self._transport is not None and not self._transport.is_closing():
            self._is_written = True
            self._transport.write(self._wanted.request)

    def data_received(self, data: bytes) -> None:
        if self._wanted is None:
            self.drop()  # nobody asked: the next answer would be taken for another's
            return
        if not self._came:
            self._pool.came(self)
        self._came += data
        if len(self._came) > MUCH:
            self.read()

    def read(self) -> None:
        """Make something of what has come."""
        data, self._came = self._came, b""
        if self._wanted is None or not data:
            return
        try:
            reply = at_once(data) if self._reading is None else None
            if reply is not None:
                self._answer(reply, keeps=True)
                return
            self._reading = reading = self._reading or Reading()
            reply = reading.take(data)
        except Unreadable as trouble:
            self._fail(trouble.reason)
        else:
            if reply is not None:
                self._answer(reply, keeps=reading.keeps)

    def eof_received(self) -> None:
        """The connection closes, of which `connection_lost` tells; it carries no other call."""
        self._pool.forget(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        self._pool.left(self)
        if self._came:
            self.read()
        if self._wanted is None:
            return
        try:
            reply = self._ended_by(error)
        except Unreadable as trouble:
            self._fail(trouble.reason, error)
        else:
            self._answer(reply, keeps=False)

    def drop(self) -> None:
        """End it, without a farewell."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
            self._pool.forget(self)

    def _ended_by(self, error: Exception | None) -> Reply:
        """The answer that ends with its connection. Raises Unreadable."""
        reading = self._reading or Reading()
        if error is None:
            return reading.end()
        raise Unreadable("answer_cut" if reading.has_begun else "connection_lost")

    def _answer(self, reply: Reply, *, keeps: bool) -> None:
        wanted, self._wanted = self._wanted, None
        if keeps and self._transport is not None:
            self._watch(self._loop.time() + IDLE_KEPT)
            self._pool.rest(self)
        else:
            self.drop()
        if wanted is not None:
            wanted.answered(reply)

    def _fail(self, reason: str, error: Exception | None = None) -> None:
        wanted, self._wanted = self._wanted, None
        self.drop()
        if wanted is None:
            return
        if self._is_written:
            wanted.answered(lost(wanted.call, reason, error))
        else:
            wanted.answered(not_through(wanted.call, "not_connected", error))

    def _watch(self, ends_at: float) -> None:
        """Look at the time by then, if no earlier look is due."""
        self._ends_at = ends_at
        if self._timer is not None:
            if self._looks_at <= ends_at:
                return
            self._timer.cancel()
        self._looks_at, self._timer = ends_at, self._loop.call_at(ends_at, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() < self._ends_at:
            self._watch(self._ends_at)
        elif self._wanted is not None:
            self._fail("answer_timeout")
        else:
            self.drop()

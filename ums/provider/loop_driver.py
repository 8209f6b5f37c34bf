"""Runs exchanges on one event loop, thousands at a time, for the sending side.

An exchange goes on from within the answer to its call: no task, no future, nothing to be woken up, unless a token
has to be waited for. What carries the calls stands behind `ums.provider.transport`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from ums.provider.plain_transport import PlainTransport, is_plain
from ums.provider.transport import Transport
from ums.sdk.call import Call, Exchange, Reply, Talk
from ums.sdk.errors import SendError

T = TypeVar("T")

OnCall = Callable[[], bool | None]
"""Told that a call is about to leave; False keeps it back."""


class AsyncTokenSource(Protocol):
    """One channel's access token, for an event loop."""

    def at_hand(self) -> str | None:
        """A token that should be good, if one can be had without waiting."""

    async def get(self) -> str:
        """A token that should be good. Raises SendError where none can be had."""

    async def expire(self, value: str) -> None:
        """The provider refused `value`: never hand it out again, if it is still the one kept."""


class LoopDriver:
    """Runs exchanges on the event loop that is running when it is made; close it on the same loop.

    `in_flight` is the largest number of connections, and so of calls at one time; more wait their turn, and
    waiting is part of a call's time. `authorities` is as in `RequestsDriver`. With `by_library` the library carries
    everything, the plain calls too.
    """

    def __init__(self, *, in_flight: int = 256, authorities: str | None = None, by_library: bool = False) -> None:
        self._in_flight, self._authorities = in_flight, authorities
        self._library: Transport | None = None
        self._plain: Transport = PlainTransport(in_flight=in_flight)
        self._by_library = by_library
        self._waiting: set[asyncio.Task[None]] = set()
        self.is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; exchanges under way are lost, and never end."""
        self.abandon()
        await self._plain.close()
        if self._library is not None:
            await self._library.close()

    def abandon(self) -> None:
        """Let no exchange go on any more."""
        self.is_closed = True
        for task in tuple(self._waiting):
            task.cancel()

    def start(
        self,
        exchange: Exchange[T],
        ended: Callable[[T | Exception], None],
        *,
        token: AsyncTokenSource | None = None,
        on_call: OnCall | None = None,
    ) -> None:
        """Run the exchange; `ended` is handed its result, or what it raised, perhaps before this returns.

        `on_call` is called once, when the exchange's first call is about to leave: with its token at hand,
        and before a connection is sought. An exchange that makes no call, or gets no token, never calls it.
        Where it returns False the call doesn't leave: the exchange is let go, and never ends.
        """
        _Run(self, ended, token, on_call).begin(exchange)

    async def run(
        self,
        exchange: Exchange[T],
        *,
        token: AsyncTokenSource | None = None,
        on_call: OnCall | None = None,
    ) -> T:
        """Run the exchange to its end and return its result; else as `start`. Raises what the exchange raises."""
        end: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def ended(outcome: T | Exception) -> None:
            if end.done():
                return
            if isinstance(outcome, Exception):
                end.set_exception(outcome)
            else:
                end.set_result(outcome)

        self.start(exchange, ended, token=token, on_call=on_call)
        return await end

    def carry(self, call: Call, token: str | None, answered: Callable[[Reply | SendError], None]) -> None:
        """Have one call carried, by whichever transport can."""
        transport = self._by_the_library() if self._by_library or not is_plain(call) else self._plain
        transport.carry(call, token, answered)

    def _by_the_library(self) -> Transport:
        """What carries secure calls and those through proxies, made with the first of them."""
        if self._library is None:
            from ums.provider.library_transport import LibraryTransport  # only here, for what it costs to load

            self._library = LibraryTransport(in_flight=self._in_flight, authorities=self._authorities)
        return self._library

    def wait(self, waiting: asyncio.Task[None]) -> None:
        """Keep somebody who waits for a token until he has it."""
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)


class _Run(Generic[T]):
    """One exchange under way."""

    __slots__ = ("_driver", "_ended", "_on_call", "_source", "_talk", "_used")

    def __init__(
        self,
        driver: LoopDriver,
        ended: Callable[[T | Exception], None],
        source: AsyncTokenSource | None,
        on_call: OnCall | None,
    ) -> None:
        self._driver, self._ended, self._source, self._on_call = driver, ended, source, on_call
        self._used: str | None = None

    def begin(self, exchange: Exchange[T]) -> None:
        try:
            self._talk = Talk(exchange)
        except Exception as error:
            self._ended(error)
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Make the call that the exchange asks for by now, or end."""
        call = self._talk.call
        if call is None:
            self._ended(self._talk.result)
        elif not call.token:
            self._carry(call, None)
        elif self._source is None:
            self._ended(TypeError("the exchange asks for an access token, but its plugin has none (HasToken)"))
        else:
            at_hand = None if call.renew and self._used is not None else self._source.at_hand()
            if at_hand is not None:
                self._used = at_hand
                self._carry(call, at_hand)
            else:
                self._driver.wait(asyncio.get_running_loop().create_task(self._wait(call, self._source)))

    async def _wait(self, call: Call, source: AsyncTokenSource) -> None:
        """Make the call once there is a token for it."""
        try:
            if call.renew and self._used is not None:
                await source.expire(self._used)
            self._used = source.at_hand() or await source.get()
        except Exception as error:
            self._answered(error)
        else:
            self._carry(call, self._used)

    def _carry(self, call: Call, token: str | None) -> None:
        if self._driver.is_closed:
            return
        on_call, self._on_call = self._on_call, None
        if on_call is not None and on_call() is False:
            return
        self._driver.carry(call, token, self._answered)

    def _answered(self, answer: Reply | Exception) -> None:
        if self._driver.is_closed:
            return
        try:
            if isinstance(answer, Reply):
                self._talk.answer(answer)
            else:
                # A token's failure is one exception for many exchanges: each would add its frames to it.
                self._talk.fail(answer.with_traceback(None))
        except Exception as error:
            self._ended(error)
        else:
            self._go_on()

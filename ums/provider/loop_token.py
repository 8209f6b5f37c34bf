"""The token store as an event loop sees it: out of memory at once, or from a thread for all who wait."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from ums.provider.flights import Fetch
from ums.provider.tokens import TokenStore

THREADS = 16
"""Tokens that can be fetched at the same time; threads of their own, so that name resolution isn't held up."""


class LoopTokens:
    """Makes channels' tokens usable on the event loop."""

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ums-token")

    def source(self, key: str, fetch: Fetch) -> LoopToken:
        """The token of `key`; keep it as long as the credentials in `fetch` are the channel's."""
        return LoopToken(self._store, self._threads, key, fetch)

    def close(self) -> None:
        """Start no fetch any more; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class LoopToken:
    """One channel's access token, for use on one event loop.

    While a token is good it comes out of memory, even when it is due for renewal: that goes on in the
    background. When there is none, everyone waits for the same fetch.
    """

    def __init__(self, store: TokenStore, threads: ThreadPoolExecutor, key: str, fetch: Fetch) -> None:
        self._store = store
        self._threads = threads
        self._key = key
        self._fetch = fetch
        self._flight: asyncio.Future[str] | None = None

    def at_hand(self) -> str | None:
        """A token that should be good, if one can be had without waiting."""
        held = self._store.memory.look(self._key)
        if held is None:
            return None
        if self._store.memory.is_due(held):
            self._start()
        return held.value

    async def get(self) -> str:
        """A token that should be good. Raises SendError where none can be had."""
        # Shielded: one send that gives up must not take the token from those that wait with it.
        return await asyncio.shield(self._start())

    async def expire(self, value: str) -> None:
        """The provider refused `value`: never hand it out again, if it is still the one kept."""
        if self._store.memory.refuse(self._key, value):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self._store.forget, self._key, value)

    def _start(self) -> asyncio.Future[str]:
        if self._flight is None:
            loop = asyncio.get_running_loop()
            self._flight = loop.run_in_executor(self._threads, self._store.get, self._key, self._fetch)
            self._flight.add_done_callback(self._end)
        return self._flight

    def _end(self, flight: asyncio.Future[str]) -> None:
        self._flight = None
        # Looked at here, because a renewal in the background has nobody who waits for it.
        if not flight.cancelled():
            flight.exception()

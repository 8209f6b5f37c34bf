"""A way to a server through us, that can be cut (closed, refused), or fall silent as a parted network does."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Self

PIECE = 65536


class Proxy:
    """Listens on `port`, leads to `target`. It runs in a thread of its own until the block ends."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def fall_silent(self) -> None:
        """Pass nothing on from now on, and close nothing."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def speak(self) -> None:
        """Pass on what was kept back, and all that comes."""
        self._is_cut = False
        self._loop.call_soon_threadsafe(self._flows.set)

    def cut(self) -> None:
        """Close every connection, and each new one at once."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._close_all)

    async def _listen(self) -> None:
        self._flows.set()
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        self._close_all()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.close()
            return
        self._writers.add(writer)
        try:
            await self._flows.wait()
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        self._writers.add(back)
        await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()
        self._writers.discard(writer)

    def _close_all(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()
        self._writers.clear()

"""Listening in lean mode, and ending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.lean.wire import Line

BACKLOG = 4096


@asynccontextmanager
async def answering(host: str, port: int, latency_ms: float) -> AsyncIterator[tuple[str, int]]:
    """Answers on the running loop; yields where it listens. Who still waits when it ends is cut off."""
    line = Line(latency_ms / 1000)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(line.connected, host, port, backlog=BACKLOG)
    try:
        address = server.sockets[0].getsockname()
        yield address[0], address[1]
    finally:
        server.close()
        line.end()

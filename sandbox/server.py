"""Listening and ending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from sandbox.door import Door
from sandbox.lean.server import answering
from sandbox.options import Options
from sandbox.state import State

SHUTDOWN_SECONDS = 0.5
BACKLOG = 4096
KEEP_ALIVE_SECONDS = 300.0


@asynccontextmanager
async def listening(options: Options) -> AsyncIterator[str]:
    """Runs a sandbox on the running loop; yields its URL.

    Calls still waiting for their answer when it ends get half a second, then their connections are cut.
    """
    if options.lean:
        async with answering(options.host, options.port, options.latency_ms) as address:
            yield _url(address)
        return
    state = State.begin(options)
    server = web.Server(
        Door(state).answer,
        handler_cancellation=True,
        access_log=None,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
    )
    runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    await state.pushes.start()
    try:
        await web.TCPSite(runner, options.host, options.port, backlog=BACKLOG).start()
        yield _url(runner.addresses[0])
    finally:
        await runner.cleanup()
        await state.pushes.stop()


def _url(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    host, port = address[0], address[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's loop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()

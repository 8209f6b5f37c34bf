"""Listening with all that the sandbox can do, and ending."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from sandbox.door import Door
from sandbox.options import Options
from sandbox.state import State

SHUTDOWN_SECONDS = 0.5
BACKLOG = 4096
KEEP_ALIVE_SECONDS = 300.0


@asynccontextmanager
async def answering(options: Options) -> AsyncIterator[tuple[str, int]]:
    """Answers on the running loop; yields where it listens.

    Calls still waiting for their answer when it ends get half a second, then their connections are cut.
    """
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
        address = runner.addresses[0]
        yield address[0], address[1]
    finally:
        await runner.cleanup()
        await state.pushes.stop()

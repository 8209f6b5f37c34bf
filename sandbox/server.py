"""Listening and ending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.lean.server import answering
from sandbox.options import Options


@asynccontextmanager
async def listening(options: Options) -> AsyncIterator[str]:
    """Runs a sandbox on the running loop; yields its URL."""
    if options.lean:
        async with answering(options.host, options.port, options.latency_ms) as address:
            yield _url(address)
        return
    # only here, for what it costs to load: lean mode needs none of it
    from sandbox.whole import answering as answering_everything

    async with answering_everything(options) as address:
        yield _url(address)


def _url(address: tuple[str, int]) -> str:
    host, port = address
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's loop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()

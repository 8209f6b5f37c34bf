"""A sandbox in a thread of this process, for tests and examples."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from sandbox.options import Options
from sandbox.server import listening, new_loop

START_SECONDS = 30.0


@contextmanager
def running(options: Options | None = None) -> Iterator[str]:
    """Starts a sandbox (on a free loopback port unless told otherwise), yields its URL, ends it."""
    chosen = options or Options()
    started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=_run, args=(chosen, started), name="sandbox", daemon=True)
    thread.start()
    url, loop, ending = started.result(START_SECONDS)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()


def _run(options: Options, started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    async def serve() -> None:
        ending = asyncio.Event()
        async with listening(options) as url:
            started.set_result((url, asyncio.get_running_loop(), ending))
            await ending.wait()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        try:
            runner.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

"""One sending process, from start to SIGTERM."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import threading
from collections.abc import Callable

from ums.clock import Clock
from ums.dispatch import recovery
from ums.dispatch.loop import Dispatcher
from ums.dispatch.timer import Timer
from ums.registry import Registry
from ums.services.gateway import Gateway
from ums.settings import Settings

STDIN = 0


def run(settings: Settings, registry: Registry, clock: Clock, *, ends_with_stdin: bool = False) -> None:
    """Send until SIGTERM or SIGINT; then finish what is in flight and return.

    `ends_with_stdin` also ends the process when its standard input does: so it can't outlive a parent that
    holds the other end.
    """
    gateway = Gateway.open(settings, registry, clock, checkpoints=True)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_send(gateway, ends_with_stdin=ends_with_stdin))
    finally:
        gateway.close()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it installs: the same loop with a third less work for each call."""
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


async def _send(gateway: Gateway, *, ends_with_stdin: bool) -> None:
    dispatcher = Dispatcher(gateway)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, dispatcher.stop)
    if ends_with_stdin:
        _watch_stdin(lambda: loop.call_soon_threadsafe(dispatcher.stop))
    await asyncio.to_thread(recovery.reclaim_abandoned, gateway)
    timer = Timer(gateway)
    timer.start()
    try:
        await dispatcher.run()
    finally:
        await asyncio.to_thread(timer.stop)


def _watch_stdin(ended: Callable[[], object]) -> None:
    def watch() -> None:
        # not sys.stdin: its lock, held by a thread at exit, aborts the interpreter
        while os.read(STDIN, 1024):
            continue
        ended()

    threading.Thread(target=watch, name="stdin", daemon=True).start()

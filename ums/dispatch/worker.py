"""One sending process, from start to SIGTERM."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ums.clock import Clock
from ums.collecting import collect_seldom
from ums.dispatch import recovery
from ums.dispatch.loop import Dispatcher
from ums.dispatch.signals import on_signals
from ums.registry import Registry
from ums.services import installation_key
from ums.services.gateway import Gateway
from ums.settings import Settings

HANDOVER = 0.0005
"""Seconds for which the loop may keep the interpreter from the desk, which asks a server with every statement.

Python's own 5 ms are half a turn, for which other processes wait as well.
"""


def run(settings: Settings, registry: Registry, clock: Clock, *, helps: bool = False) -> None:
    """Send until SIGTERM or SIGINT; then finish what is in flight and return.

    One that `helps` only sends: audiences, callbacks, what happens by the clock and the log of the database are
    another's.
    Raises Conflict where the database was sealed with another key: every channel would be parked for it.
    """
    with opened(settings, registry, clock, helps=helps) as (gateway, runner):
        runner.run(_send(gateway, helps=helps))


@contextmanager
def opened(
    settings: Settings, registry: Registry, clock: Clock, *, helps: bool = False
) -> Iterator[tuple[Gateway, asyncio.Runner]]:
    """The gateway as such a process uses it, and what runs its loop. Raises Conflict as `run` does."""
    gateway = Gateway.open(settings, registry, clock, checkpoints=not helps, gives_way=True)
    try:
        installation_key.check(gateway)
        collect_seldom()
        if not gateway.database.path:
            sys.setswitchinterval(HANDOVER)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            yield gateway, runner
    finally:
        gateway.close()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it installs: the same loop with less work for each call."""
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


async def _send(gateway: Gateway, *, helps: bool) -> None:
    dispatcher = Dispatcher(gateway)
    on_signals(dispatcher.stop)
    await asyncio.to_thread(recovery.reclaim_abandoned, gateway)
    if helps:
        await dispatcher.run()
        return
    from ums.dispatch.companions import beside  # only here: those that help need none of what it loads

    async with beside(gateway, dispatcher.stop):
        await dispatcher.run()

"""All that a sending process does beside sending, where it doesn't only help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ums.dispatch.callbacks import CallbackPoster
from ums.dispatch.clock_watch import ClockWatch
from ums.dispatch.expander import Expander
from ums.dispatch.signals import on_signals
from ums.dispatch.timer import Timer
from ums.services.gateway import Gateway


@asynccontextmanager
async def beside(gateway: Gateway, stop: Callable[[], None]) -> AsyncIterator[None]:
    """All that isn't sending, until the block ends; signals call `stop`."""
    poster = CallbackPoster(gateway)
    on_signals(stop, poster.ask_to_stop)
    timer = Timer(gateway)
    companions = (timer, Expander(gateway), ClockWatch(gateway, timer.set_back))
    for companion in companions:
        companion.start()
    poster.start()
    try:
        yield
    finally:
        for companion in companions:
            await asyncio.to_thread(companion.stop)
        await asyncio.to_thread(poster.stop, gateway.settings.grace_seconds)

"""How a process is told to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable


def on_signals(*stops: Callable[[], None]) -> None:
    """Have SIGTERM and SIGINT call these, on the loop that runs."""

    def stop() -> None:
        for one in stops:
            one()

    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)

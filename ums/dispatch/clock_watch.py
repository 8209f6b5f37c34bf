"""Notices that the machine's clock was set back, and has what waits for it go on.

Everything that is due stands in the tables by the clock's time. Set an hour back, a gateway would do nothing for an
hour: what was due a moment ago isn't yet, and neither is the next tick of the timer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ums.domain.errors import Unavailable
from ums.logs import get_logger
from ums.services import setbacks
from ums.services.gateway import Gateway

log = get_logger(__name__)

LOOK_SECONDS = 1.0


class ClockWatch:
    """Compares the clock with one that nobody sets; `on_set_back` is told in the watch's own thread."""

    def __init__(self, gateway: Gateway, on_set_back: Callable[[], None]) -> None:
        self._gateway = gateway
        self._on_set_back = on_set_back
        self._ahead = self._difference()
        self._owed: float | None = 0.0
        """By how much it was set back, as far as that isn't mended yet; None: nothing is to be mended."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock-watch")

    def start(self) -> None:
        """Begin, in a thread of its own, with what a clock that was set back before our start left behind."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """Compare, and mend."""
        ahead = self._difference()
        back, self._ahead = self._ahead - ahead, ahead
        if back > setbacks.SLACK:
            self._owed = back + (self._owed or 0.0)
            self._on_set_back()
        if self._owed is None:
            return
        try:
            setbacks.mend(self._gateway, self._owed)
        except Unavailable as trouble:
            log.warning("mending was put off", action="mending_put_off", cause=trouble.message)
        else:
            self._owed = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except Exception:  # a defect here must not end the watch
                log.exception("what a clock set back left could not be mended", action="mending_failed")
                self._owed = None
            self._stopping.wait(LOOK_SECONDS)

    def _difference(self) -> float:
        return self._gateway.clock.now() - time.monotonic()

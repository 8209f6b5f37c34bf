"""The thread of a sending process that expands audiences, and lets everyone else write first."""

from __future__ import annotations

import threading

from ums.domain.errors import Unavailable
from ums.logs import get_logger
from ums.services import expanding
from ums.services.gateway import Gateway

log = get_logger(__name__)

IDLE_SECONDS = 0.1
"""Between looks for messages to expand, while there are none."""
TROUBLE_SECONDS = 0.5
PAUSE = 0.003
"""After each page: whoever waits for the write lock asks for it every 2 ms, and gets it before the next page."""


class Expander:
    """Expands audiences until it is stopped."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="expander")

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the page under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._page())

    def _page(self) -> float:
        """Expand a page, if there is one; the seconds to pause then."""
        try:
            expanding.begin_due(self._gateway)
            if not expanding.expand_page(self._gateway):
                return IDLE_SECONDS
        except Unavailable as trouble:
            log.warning("expanding was put off", action="expanding_put_off", cause=trouble.message)
            return TROUBLE_SECONDS
        except Exception:  # one message that can't be expanded must not end the thread
            log.exception("a message could not be expanded", action="expanding_failed")
            return TROUBLE_SECONDS
        return PAUSE

"""The threads of a sending process that expand audiences, and let everyone else write first."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from ums.domain.errors import Unavailable
from ums.logs import get_logger
from ums.services import expanding
from ums.services.expanding import GrownPage
from ums.services.gateway import Gateway

log = get_logger(__name__)

IDLE_SECONDS = 0.1
"""Between looks for messages to expand, while there are none."""
TROUBLE_SECONDS = 0.5
PAUSE = 0.0015
"""After each page: whoever waits for the write lock asks for it every millisecond, and gets it before the next."""


class Expander:
    """Expands audiences until it is stopped: while a page is being written, the next is routed."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="expander")
        self._writer = ThreadPoolExecutor(1, "expander-writer")
        self._under_way: tuple[GrownPage, Future[bool]] | None = None

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the pages under way."""
        self._stopping.set()
        self._thread.join()
        self._writer.shutdown()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._page())

    def _page(self) -> float:
        """Expand a page, if there is one; the seconds to pause then."""
        try:
            expanding.begin_due(self._gateway)
            return 0.0 if self._expand() else IDLE_SECONDS
        except Unavailable as trouble:
            log.warning("expanding was put off", action="expanding_put_off", cause=trouble.message)
            return TROUBLE_SECONDS
        except Exception:  # one message that can't be expanded must not end the thread
            log.exception("a message could not be expanded", action="expanding_failed")
            return TROUBLE_SECONDS

    def _expand(self) -> bool:
        """Route a page, and have it written as soon as the one before it is; whether there was anything to do."""
        before, self._under_way = self._under_way, None
        try:
            page = expanding.next_page(self._gateway, before[0] if before else None)
        finally:
            was_kept = before is None or before[1].result()
        if page is not None and was_kept:
            self._under_way = page, self._writer.submit(self._keep, page)
        return page is not None or before is not None

    def _keep(self, page: GrownPage) -> bool:
        was_kept = expanding.keep_page(self._gateway, page)
        time.sleep(PAUSE)
        return was_kept

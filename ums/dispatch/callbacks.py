"""The threads that post receipts: one looks for what is to be posted, a few make the calls.

Which post is made by whom is settled in the database (`ums.services.posting`), so that several processes may
do this at once. Here calls are spread: no URL gets more than its share of them, and URLs that fail, and may
each hold a thread for as long as a call may take, leave half of the threads to the others.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from ums.domain.errors import Unavailable
from ums.logs import get_logger
from ums.services import posting
from ums.services.gateway import Gateway
from ums.services.posting import Post, Tried
from ums.store.callback_batches import Work

log = get_logger(__name__)

CALLS = 16
"""Calls under way at one time in a process."""
FAILING_CALLS = 8
"""Those of them that may go to URLs that failed last."""
LOOK_EVERY = 0.5
"""Seconds between looks for what is to be posted."""


class CallbackPoster:
    """Posts receipts until it is told to stop."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._stopping = threading.Event()
        self._freed = threading.Condition()
        self._under_way: Counter[int] = Counter()
        self._failing = 0
        self._settling = 0
        self._is_over = False
        self._last = 0
        self._trouble = ""
        self._looker = threading.Thread(target=self._look, name="ums-callbacks", daemon=True)

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._looker.start()

    def ask_to_stop(self) -> None:
        """Begin no further call; returns at once."""
        self._stopping.set()
        with self._freed:
            self._freed.notify_all()

    def stop(self, grace: float) -> None:
        """Begin no further call, and wait up to `grace` seconds for those under way.

        One that takes longer is left behind: its post is made again when its lease has run out. Whatever it hears
        is written no more, since the database may be closed once this has returned.
        """
        self.ask_to_stop()
        self._looker.join()
        with self._freed:
            if not self._freed.wait_for(lambda: not self._under_way.total(), grace):
                left = self._under_way.total()
                log.warning("calls to receivers were left behind", action="callbacks_left", calls=left)
            self._is_over = True
            self._freed.wait_for(lambda: not self._settling)

    def _look(self) -> None:
        while not self._stopping.is_set():
            begun = self._turn()
            with self._freed:
                if not begun and not self._stopping.is_set():
                    self._freed.wait(LOOK_EVERY)

    def _turn(self) -> int:
        """Begin one call to each URL that something may be posted to; how many were begun."""
        try:
            found = posting.work(self._gateway)
            begun = sum(map(self._begin, self._in_turn(found)))
        except Unavailable as trouble:
            self._told_of(trouble.message)
            return 0
        except Exception:  # what can't be looked at now is looked at again
            log.exception("a look for receipts failed", action="callbacks_failed")
            return 0
        self._told_of("")
        return begun

    def _in_turn(self, found: Sequence[Work]) -> list[Work]:
        """The URLs after the one that was served last come first, so that none is always too late."""
        return sorted(found, key=lambda work: (work.callback_id <= self._last, work.callback_id))

    def _begin(self, work: Work) -> bool:
        """Begin the next call to a URL, if there is one to be made and room for it."""
        with self._freed:
            full = self._under_way.total() >= CALLS or (work.failing and self._failing >= FAILING_CALLS)
        if full or self._stopping.is_set() or self._under_way[work.callback_id] >= posting.AT_ONCE:
            return False
        post = posting.claim(self._gateway, work.callback_id)
        if post is None:
            return False
        self._last = work.callback_id
        with self._freed:
            self._under_way[work.callback_id] += 1
            self._failing += work.failing
        name = f"ums-callback-{work.callback_id}"
        threading.Thread(target=self._make, args=(post, work), name=name, daemon=True).start()
        return True

    def _make(self, post: Post, work: Work) -> None:
        try:
            self._settle(post, posting.carry(self._gateway, post))
        except Exception:  # the lease runs out, and the post is made again under the same id
            log.exception("a post could not be settled", action="callback_unsettled", callback=work.callback_id)
        finally:
            with self._freed:
                self._under_way[work.callback_id] -= 1
                self._failing -= work.failing
                self._freed.notify_all()

    def _settle(self, post: Post, tried: Tried) -> None:
        """Write down what came of a call, unless it was left behind."""
        with self._freed:
            if self._is_over:
                return
            self._settling += 1
        try:
            posting.settle(self._gateway, post, tried)
        finally:
            with self._freed:
                self._settling -= 1
                self._freed.notify_all()

    def _told_of(self, trouble: str) -> None:
        """Say when a trouble of the database begins and changes, not at every look."""
        if trouble and trouble != self._trouble:
            log.error("receipts can't be posted", action="callbacks_refused", cause=trouble)
        self._trouble = trouble

"""Keeping other processes alive beside the first web process: started anew, with back-off, whenever they end."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from ums.cli.children import SLACK_SECONDS, Child
from ums.logs import get_logger

log = get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
STEADY_SECONDS = 60.0
"""A child that has lived so long is started anew without much ado."""


def wait_before_restart(failures: int) -> float:
    """Seconds until the next start, after this many short lives in a row."""
    return min(FIRST_WAIT * 2.0 ** max(failures - 1, 0), LONGEST_WAIT)


class Companion:
    """Runs `arguments` as a child until the block ends, then gives it `grace_seconds` to stop.

    `role` is what it is called in the log; it inherits the open `files`.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        grace_seconds: float,
        *,
        role: str = "sending",
        files: Sequence[int] = (),
    ) -> None:
        self._arguments = arguments
        self._role = role
        self._files = files
        self._environ = environ
        self._grace_seconds = grace_seconds
        self._ending = threading.Event()
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep_running, name="companion", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def begin_stop(self) -> None:
        """Tell the child to end, and start no other; returns at once."""
        self._ending.set()
        with self._lock:
            if self._child is not None:
                self._child.terminate()

    def stop(self) -> None:
        """End the child gracefully and for good; returns when it has ended. Safe to call twice."""
        self._ending.set()
        with self._lock:
            if self._child is not None:
                self._child.stop(self._grace_seconds + SLACK_SECONDS)
        self._thread.join()

    def _keep_running(self) -> None:
        failures = 0
        while not self._ending.is_set():
            started = time.monotonic()
            status = self._one_life()
            if self._ending.is_set():
                return
            failures = 1 if time.monotonic() - started > STEADY_SECONDS else failures + 1
            wait = wait_before_restart(failures)
            log.error("a process has ended", action="worker_ended", role=self._role, status=status, restart_in=wait)
            self._ending.wait(wait)

    def _one_life(self) -> int | str | None:
        """Start a child and wait for its end: its status, or why the machine wouldn't start it (it may later)."""
        try:
            child = self._start()
        except OSError as error:
            return str(error)
        return child.wait() if child is not None else None

    def _start(self) -> Child | None:
        with self._lock:
            if self._ending.is_set():
                return None
            if self._child is not None:
                self._child.stop(0)
            self._child = Child(self._arguments, environ=self._environ, files=self._files)
            return self._child

"""Processes of a test's own that tell it things over a pipe.

They are forked from one that has loaded the modules they need and opened nothing: to load them anew takes a process
two seconds of processor time, and some tests need sixteen.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Concatenate, ParamSpec

P = ParamSpec("P")

Pipe = Connection
"""What a process is told, and its answers."""

PATIENCE = 60.0
"""Seconds that a test waits for an answer that should come at once."""

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["tests.provider.token_process", "tests.services.rate_process"])


class Forked:
    """Runs `main`, which says "ready" first."""

    def __init__(self, main: Callable[Concatenate[Pipe, P], None], *words: P.args, **named: P.kwargs) -> None:
        self._pipe, theirs = _forking.Pipe()
        self._process = _forking.Process(target=main, args=(theirs, *words), kwargs=named, daemon=True)
        self._process.start()
        theirs.close()

    def wait_until_ready(self) -> None:
        assert self.answer() == "ready"

    def tell(self, *words: object) -> None:
        self._pipe.send(words)

    def answer(self) -> Any:
        assert self._pipe.poll(PATIENCE), "it does not answer"
        return self._pipe.recv()

    def kill(self) -> None:
        """End it at once, wherever it is. Safe to call twice."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

"""Work of one kind, gathered while the loop is at other work, and then done in one go.

After a system call little of what the processor had at hand of ours is left. A loop that reads an answer, thinks
about it and writes a request, thousands of times a second, thinks longer than one that reads many, then thinks
about them all, then writes many (docs/decisions.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Round(Generic[T]):
    """Has `work` done for each that is added, in their order, before the loop waits for anything again."""

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Callable[[T], None]) -> None:
        self._loop, self._work = loop, work
        self._waiting: list[T] = []

    def add(self, one: T) -> None:
        """Have it done soon."""
        if not self._waiting:
            self._loop.call_soon(self._go)
        self._waiting.append(one)

    def _go(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            try:
                self._work(one)
            except Exception as error:  # the others' answers must not be lost with it
                self._loop.call_exception_handler({"message": "work of a round failed", "exception": error})

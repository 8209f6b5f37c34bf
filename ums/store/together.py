"""Group commit: what several threads want written at the same moment goes into one transaction.

A commit on a safe journal costs a write to the disk, whoever waits for it and however little it holds.
The thread that comes first writes for all that come until it commits; of those who come meanwhile, the first writes
for the others next. One that fails takes nobody with it: the transaction is undone, and done again without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar, cast

from sqlalchemy.orm import Session

T = TypeVar("T")

MOST = 100
"""Works that one transaction takes in; those beyond wait for the next."""


class _Waiting(Protocol):
    error: BaseException | None

    def run(self, session: Session) -> None: ...
    def wake(self, *, to_lead: bool) -> None: ...


class _Errand(Generic[T]):
    """One thread's work, and what came of it."""

    def __init__(self, work: Callable[[Session], T]) -> None:
        self._work = work
        self._result: T | None = None
        self._asleep = threading.Lock()
        self._asleep.acquire()
        self._leads = False
        self.error: BaseException | None = None

    def run(self, session: Session) -> None:
        """Do the work; it may have to be done again, where another's failed in the same transaction."""
        try:
            self._result = self._work(session)
        except BaseException as error:
            self.error = error
            raise

    def wait(self) -> bool:
        """Sleep until it is done, or its thread is to write for the others: which of the two."""
        self._asleep.acquire()
        return self._leads

    def wake(self, *, to_lead: bool) -> None:
        """End its thread's sleep; it must be asleep, or about to be."""
        self._leads = to_lead
        self._asleep.release()

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return cast("T", self._result)


class Together:
    """Runs works of many threads in shared transactions of `write`, which `sync` then brings to the disk."""

    def __init__(
        self, write: Callable[[], AbstractContextManager[Session]], sync: Callable[[], None] = lambda: None
    ) -> None:
        self._write = write
        self._sync = sync
        self._guard = threading.Lock()
        self._line: list[_Waiting] = []
        self._is_led = False
        """Whether some thread writes for the others just now."""

    def run(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, once it is committed and synced; it is run again where another's failure undid it.

        Raises what it raises, with nothing of it kept.
        """
        errand = _Errand(work)
        with self._guard:
            self._line.append(errand)
            leads = not self._is_led
            self._is_led = True
        if leads or errand.wait():
            self._lead(errand)
        return errand.result()

    def _lead(self, own: _Waiting) -> None:
        """Write for `own`, the first in line, and for those who follow; then hand over."""
        done = self._served()
        try:
            self._sync()
        except BaseException as error:
            for errand in done:
                errand.error = errand.error or error
        with self._guard:
            self._is_led = bool(self._line)
            if self._line:
                self._line[0].wake(to_lead=True)
        for errand in done:
            if errand is not own:
                errand.wake(to_lead=False)

    def _served(self) -> list[_Waiting]:
        """Run those in line; those it ran, each with its result or its error."""
        served: list[_Waiting] = []
        left = self._taken(MOST)
        while left:
            errands, left = left, self._left_of(left)
            served += [errand for errand in errands if errand not in left]
        return served

    def _left_of(self, errands: list[_Waiting]) -> list[_Waiting]:
        """Run the errands in one transaction, and those who come meanwhile, who are added to them.

        Those that must be run once more: one has failed, and what was done of them is undone.
        """
        try:
            with self._write() as session:
                for errand in self._coming(errands):
                    errand.run(session)
        except BaseException as error:
            left = [errand for errand in errands if errand.error is None]
            if len(left) < len(errands):
                return left
            for errand in errands:  # the commit failed, or there was none
                errand.error = error
        return []

    def _coming(self, errands: list[_Waiting]) -> Iterator[_Waiting]:
        """The errands, and after them those that have come into the line since, up to as many as there may be."""
        yield from tuple(errands)
        while came := self._taken(MOST - len(errands)):
            errands += came
            yield from came

    def _taken(self, most: int) -> list[_Waiting]:
        """The first in line, who leave it."""
        with self._guard:
            taken, self._line = self._line[:most], self._line[most:]
        return taken

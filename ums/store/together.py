"""Group commit: what several threads want written at the same moment goes into one transaction.

A commit on a safe journal costs a write to the disk, whoever waits for it and however little it holds.
The thread that gets its turn first writes for all that are waiting. One that fails takes nobody with it: the
transaction is undone, and done again without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar, cast

from sqlalchemy.orm import Session

T = TypeVar("T")


class _Waiting(Protocol):
    done: bool
    error: BaseException | None

    def run(self, session: Session) -> None: ...


class _Errand(Generic[T]):
    """One thread's work, and what came of it."""

    def __init__(self, work: Callable[[Session], T]) -> None:
        self._work = work
        self._result: T | None = None
        self.error: BaseException | None = None
        self.done = False

    def run(self, session: Session) -> None:
        """Do the work; it may have to be done again, where another's failed in the same transaction."""
        try:
            self._result = self._work(session)
        except BaseException as error:
            self.error = error
            raise

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return cast("T", self._result)


class Together:
    """Runs works of many threads in shared transactions of `write`."""

    def __init__(self, write: Callable[[], AbstractContextManager[Session]]) -> None:
        self._write = write
        self._guard = threading.Lock()
        self._turn = threading.Lock()
        self._line: list[_Waiting] = []

    def run(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, once it is committed; it is run again where another's failure undid it.

        Raises what it raises, with nothing of it kept.
        """
        errand = _Errand(work)
        with self._guard:
            self._line.append(errand)
        with self._turn:
            if not errand.done:
                self._serve()
        return errand.result()

    def _serve(self) -> None:
        with self._guard:
            errands, self._line = self._line, []
        left: Sequence[_Waiting] = errands
        while left:
            left = self._left_of(left)
        for errand in errands:
            errand.done = True

    def _left_of(self, errands: Sequence[_Waiting]) -> Sequence[_Waiting]:
        """Those of the errands that must be run once more: one has failed, and what was done of them is undone."""
        try:
            with self._write() as session:
                for errand in errands:
                    errand.run(session)
        except BaseException as error:
            left = [errand for errand in errands if errand.error is None]
            if len(left) < len(errands):
                return left
            for errand in errands:  # the commit failed, or there was none
                errand.error = error
        return ()

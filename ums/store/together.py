"""Group commit: what several threads want written at the same moment goes into one transaction.

A commit on a safe journal costs a write to the disk, whoever waits for it and however little it holds.
The thread that gets its turn first writes for all that are waiting; each has a savepoint of its own, so
that one that fails takes nobody with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")


class _Waiting(Protocol):
    done: bool

    def run(self, session: Session, *, alone: bool) -> None: ...

    def fail(self, error: BaseException) -> None: ...


class _Errand(Generic[T]):
    """One thread's work, and what came of it."""

    def __init__(self, work: Callable[[Session], T]) -> None:
        self._work = work
        self._result: list[T] = []
        self._error: BaseException | None = None
        self.done = False

    def run(self, session: Session, *, alone: bool) -> None:
        """Do the work; alone in its transaction it needs no savepoint, and fails with it."""
        if alone:
            self._result.append(self._work(session))
            return
        try:
            with session.begin_nested():
                self._result.append(self._work(session))
        except Exception as error:  # handed to the thread whose work it is
            self._error = error

    def fail(self, error: BaseException) -> None:
        self._error = self._error or error

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._result[0]


class Together:
    """Runs works of many threads in shared transactions of `write`."""

    def __init__(self, write: Callable[[], AbstractContextManager[Session]]) -> None:
        self._write = write
        self._guard = threading.Lock()
        self._turn = threading.Lock()
        self._line: list[_Waiting] = []

    def run(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, once it is committed. Raises what it raises, with nothing of it kept."""
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
        try:
            with self._write() as session:
                for errand in errands:
                    errand.run(session, alone=len(errands) == 1)
        except BaseException as error:  # the commit failed: nothing of anybody's was kept
            for errand in errands:
                errand.fail(error)
        for errand in errands:
            errand.done = True

"""The ways into the database, whichever it is: SQLite serves one machine, PostgreSQL several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ums.store.watching import ChangeWatch

T = TypeVar("T")


class Database(ABC):
    """One database, opened; these are the only ways in."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.commits = 0
        """How often something was kept, except promptly: each costs a write to the disk."""

    @property
    def path(self) -> str:
        """Where its file is; empty where a server keeps it."""
        return ""

    @property
    def name(self) -> str:
        """What people know it by: its file's path, or its URL without the password."""
        return self.path or self.engine.url.render_as_string(hide_password=True)

    @abstractmethod
    def read(self) -> AbstractContextManager[Session]:
        """A session for looking; nothing it changes is kept. Raises Unavailable as `write` does."""

    @abstractmethod
    def write(self) -> AbstractContextManager[Session]:
        """A transaction: kept when the block ends, undone when it raises. Nobody else writes meanwhile.

        Raises Unavailable when the turn to write doesn't come, or the database refuses to write (disk full,
        read-only) or doesn't answer.
        """

    @abstractmethod
    def write_beside(self) -> AbstractContextManager[Session]:
        """As `write`, but others may write beside it, in the same way.

        For what runs all the time. What it reads to decide by, its own statements must lock, or fence.
        """

    @abstractmethod
    def write_together(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, written in one transaction with what other threads want written just now.

        For many small writes at once, made as `write_beside` makes them; `work` may be run again where it was
        undone. Raises what `work` raises, and Unavailable as `write` does.
        """

    @abstractmethod
    def write_promptly(self, work: Callable[[Session], T]) -> T:
        """As `write_together`, for those who can't wait, and have another place for what they want written.

        They share transactions with each other alone. Raises what `work` raises, and Unavailable where the turn to
        write doesn't come within half a second; nobody but the caller tells the log.
        """

    def is_pressed(self) -> bool:
        """Whether somebody who can't wait has asked for the turn to write lately: others keep theirs short then."""
        return False

    @abstractmethod
    def make_sure(self) -> None:
        """Have on the disk what can be read by now. Raises Unavailable as `write` does."""

    @abstractmethod
    def watch(self) -> ChangeWatch:
        """Tells whether anything has been committed; to be closed by whoever asked for it."""

    @abstractmethod
    def close(self) -> None:
        """Let go of all connections."""

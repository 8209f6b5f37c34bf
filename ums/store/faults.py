"""Which exceptions mean that the database doesn't answer just now, and how callers are told of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, OperationalError, TimeoutError

from ums.domain.errors import Unavailable
from ums.logs import get_logger

log = get_logger(__name__)

DATABASE_FAULTS: tuple[type[Exception], ...] = (OperationalError, TimeoutError)
"""Locked, full, gone, or all its connections in use."""

FILE_FAULTS: tuple[type[Exception], ...] = (DatabaseError,)
"""On opening a database: the file is none, or is damaged."""


@contextmanager
def told(*, quietly: bool = False) -> Iterator[None]:
    """The database's own troubles, as a caller is told of them; and the log, unless it is done quietly."""
    try:
        yield
    except DATABASE_FAULTS as error:
        words = getattr(error, "orig", None) or "all its connections are in use"
        if not quietly:
            log.error("the database doesn't answer", action="database_unavailable", cause=str(words))
        raise Unavailable(f"The database can't take this right now ({words}); try again.", retry_after=2) from error
    except DatabaseError as error:
        # its subclasses are faults of what was asked; the class itself stands for a file that can't be read
        if type(error) is not DatabaseError:
            raise
        log.error("the database is damaged", action="database_damaged", cause=str(error.orig))
        raise Unavailable(
            f"The database is damaged ({error.orig}); an operator must put back a copy of it.", retry_after=60
        ) from error

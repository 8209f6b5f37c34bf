"""What a database is asked, as its driver hears it: some statements go there directly."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Engine, event

Note = Callable[[str, Any], None]
"""Told a statement and its values."""


@contextmanager
def statements(engine: Engine, word: str = "") -> Iterator[list[str]]:
    """The statements that hold a word, as they are run on connections that are made meanwhile."""
    seen: list[str] = []

    def look(statement: str, _: object = None) -> None:
        if word in statement:
            seen.append(statement)

    def connected(connection: object, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(look)
        else:
            cast("Any", connection).cursor_factory = noting(look)

    engine.dispose()
    event.listen(engine, "connect", connected)
    yield seen
    event.remove(engine, "connect", connected)


def noting(note: Note) -> type:
    """The cursors of a connection to PostgreSQL that tell what they are given."""
    from psycopg import Cursor

    class Noting(Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
            note(query.decode() if isinstance(query, bytes) else str(query), params)
            return super().execute(query, params, **more)

        def executemany(self, query: Any, params_seq: Any, **more: Any) -> None:
            rows = list(params_seq)
            note(str(query), rows[0])
            super().executemany(query, rows, **more)

    return Noting

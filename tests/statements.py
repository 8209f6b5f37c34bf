"""What a database is asked, as its driver hears it: some statements go there directly."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
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
    with _pipelines_heard(look) if engine.dialect.name == "postgresql" else nullcontext():
        yield seen
    event.remove(engine, "connect", connected)


@contextmanager
def _pipelines_heard(note: Note) -> Iterator[None]:
    """What is sent along a pipeline goes through no cursor."""
    from ums.store.pipelining import Answer, Pipeline

    usual = Pipeline.send

    def heard(self: Pipeline, statement: bytes, values: Sequence[object]) -> Answer:
        note(statement.decode(), values)
        return usual(self, statement, values)

    Pipeline.send = heard  # type: ignore[method-assign]
    try:
        yield
    finally:
        Pipeline.send = usual  # type: ignore[method-assign]


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

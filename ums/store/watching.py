"""Noticing for next to nothing that something has been committed, so that an idle worker stays idle."""

from __future__ import annotations

from sqlalchemy import Engine


class ChangeWatch:
    """Tells whether another connection has committed since it was last asked.

    SQLite keeps a counter for that (sqlite.org/pragma.html, "data_version"); of any other database it is
    always assumed. Used by one thread.
    """

    def __init__(self, engine: Engine) -> None:
        self._counts = engine.dialect.name == "sqlite"
        self._connection = engine.raw_connection()
        self._seen = -1

    def changed(self) -> bool:
        if not self._counts:
            return True
        cursor = self._connection.cursor()
        (version,) = cursor.execute("PRAGMA data_version").fetchone()
        cursor.close()
        before, self._seen = self._seen, version
        return bool(version != before)

    def close(self) -> None:
        self._connection.close()

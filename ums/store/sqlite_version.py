"""Whether the SQLite underneath has the fault that the gateway works around."""

from __future__ import annotations

import sqlite3

MENDED = (3, 51, 3)
"""The first version without the WAL-reset fault (sqlite.org/wal.html, "WAL-reset bug")."""


def warning(url: str, version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str | None:
    """A sentence for the log where the database at `url` is SQLite's, and that older than the mended version."""
    if version >= MENDED or not url.startswith("sqlite:"):
        return None
    here, mended = (".".join(map(str, number)) for number in (version, MENDED))
    return (
        f"SQLite {here} is older than {mended}: it has a rare fault when several connections fold the write-ahead "
        "log at once. Only one process of ums does; let no program but ums write to the database, and update "
        "SQLite when you can."
    )

"""Opening the database that a URL names.

What keeps SQLite and PostgreSQL safe stands in `sqlite.py` and `postgresql.py`; nobody else needs to know which
of the two it is.
"""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.orm import Session

from ums.domain.errors import Conflict
from ums.store import postgresql, sqlite
from ums.store.database import Database

__all__ = ["Database", "Session", "database_on", "engine_options", "open_database"]


def open_database(url: str, *, checkpoints: bool = False, gives_way: bool = False) -> Database:
    """Open the database at `url`; whether it is there, and answers, shows at its first use.

    `checkpoints` is for the one process that folds SQLite's write-ahead log back into the file, `gives_way` for
    those that let others write first. Raises Conflict where what PostgreSQL needs isn't installed.
    """
    engine = create_engine(url, **engine_options(url))
    return database_on(engine, checkpoints=checkpoints, gives_way=gives_way)


def database_on(engine: Engine, *, checkpoints: bool = False, gives_way: bool = False) -> Database:
    """The database of an engine that was made with `engine_options`, and hasn't been used yet."""
    if _is_sqlite(engine.url):
        return sqlite.Sqlite(engine, checkpoints=checkpoints, gives_way=gives_way)
    return postgresql.Postgresql(postgresql.prepare(engine))


def engine_options(url: str) -> dict[str, object]:
    """What an engine for this URL is made with, Flask-SQLAlchemy's too. Raises Conflict as `open_database` does."""
    if _is_sqlite(make_url(url)):
        return sqlite.engine_options()
    if not postgresql.is_installed():
        raise Conflict("PostgreSQL needs the package psycopg, which is not here: pip install 'ums[scale]'.")
    return postgresql.engine_options()


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"

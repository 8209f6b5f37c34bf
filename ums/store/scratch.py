"""A database for one measurement, on the server of another."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, NullPool, create_engine, make_url

from ums.store.db import engine_options
from ums.store.faults import told

PREFIX = "ums_scratch_"


@contextmanager
def scratch_database(beside: str) -> Iterator[str]:
    """The URL of an empty database on the PostgreSQL server of `beside`; dropped in the end, whoever still uses it.

    The database `beside` itself is only connected to. Raises Unavailable where the server doesn't answer or
    refuses, Conflict where what PostgreSQL needs isn't installed.
    """
    url = make_url(beside)
    name = f"{PREFIX}{secrets.token_hex(6)}"
    with told():
        _execute(url, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with told():
            _execute(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _execute(url: URL, statement: str) -> None:
    """Outside of any transaction, as making a database must be."""
    options = engine_options(url.render_as_string(hide_password=False))
    engine = create_engine(
        url, isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args=options["connect_args"]
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)

"""A PostgreSQL database for a while."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import NullPool, create_engine, make_url

from ums.store.db import engine_options
from ums.store.faults import told

_KEPT = ("connect_args",)


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """The URL of a new, empty database beside the one at `url`, which is only asked to make it; dropped in the end.

    Raises Conflict where the driver isn't installed, Unavailable where the server doesn't answer or won't make it.
    """
    options = {name: value for name, value in engine_options(url).items() if name in _KEPT}
    server = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool, **options)
    name = f"ums_scratch_{secrets.token_hex(6)}"
    with told(), server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with told(), server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

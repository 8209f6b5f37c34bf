"""PostgreSQL's troubles, as SQLAlchemy sorts them.

In the server's first words: what it adds quotes the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIModule

_REFUSED = frozenset({"25006", "25P03", "42501", "42P01"})
"""A server that only reads, as a stand-by does; a transaction that slept; no right to the tables; no tables.

psycopg calls them faults of the server's, or of what was asked.
"""
_DAMAGED = frozenset({"XX001", "XX002"})


def plainly(context: ExceptionContext) -> BaseException | None:
    """What is raised instead of a trouble that the engine has met."""
    known = context.sqlalchemy_exception
    return _plain(known, is_disconnect=context.is_disconnect) if isinstance(known, DBAPIError) else None


def of_driver(connection: Connection, statement: str, error: Exception) -> BaseException:
    """What is raised for a trouble that the driver was met with; a connection that is lost is let go of."""
    dialect = connection.dialect
    faults = dialect.loaded_dbapi.Error
    known = DBAPIError.instance(statement, None, error, faults, hide_parameters=True, dialect=dialect)
    if not isinstance(known, DBAPIError):
        return known
    is_disconnect = dialect.is_disconnect(
        cast("DBAPIModule.Error", error), connection.connection.dbapi_connection, None
    )
    if is_disconnect:
        connection.invalidate(error)
    return _plain(known, is_disconnect=is_disconnect) or known


def _plain(known: DBAPIError, *, is_disconnect: bool) -> DBAPIError | None:
    trouble = known.orig
    diagnosis = getattr(trouble, "diag", None)
    if trouble is None or diagnosis is None:
        return None
    lines = str(trouble).strip().splitlines()
    trouble.args = (diagnosis.message_primary or (lines[0] if lines else type(trouble).__name__),)
    state = getattr(trouble, "sqlstate", None)
    kind = OperationalError if state in _REFUSED else DatabaseError if state in _DAMAGED else type(known)
    return kind(known.statement, None, trouble, hide_parameters=True, connection_invalidated=is_disconnect)

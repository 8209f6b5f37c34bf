"""Which exceptions mean that the database doesn't answer just now; for those who may not know SQLAlchemy."""

from __future__ import annotations

from sqlalchemy.exc import DatabaseError, OperationalError, TimeoutError

DATABASE_FAULTS: tuple[type[Exception], ...] = (OperationalError, TimeoutError)
"""Locked, full, gone, or all its connections in use."""

FILE_FAULTS: tuple[type[Exception], ...] = (DatabaseError,)
"""On opening a database: the file is none, or is damaged."""

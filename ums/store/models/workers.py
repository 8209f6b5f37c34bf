"""Sending processes and the leases they hold."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Ref, Word


class WorkerRow(Base):
    """One life of one sending process; the id is new at every start. The lease is on the worker, not on rows."""

    __tablename__ = "workers"

    id: Mapped[Word] = mapped_column(primary_key=True)
    host: Mapped[Line]
    pid: Mapped[int]
    state: Mapped[Word]
    started_at: Mapped[Moment]
    lease_until: Mapped[Moment]
    slots: Mapped[int] = mapped_column(default=0, server_default="0")
    """Calls that it may have under way at a time."""


class LeaseRow(Base):
    """A job that only one process may do at a time."""

    __tablename__ = "leases"

    name: Mapped[Word] = mapped_column(primary_key=True)
    owner: Mapped[Word]
    until: Mapped[Moment]


class WalkRow(Base):
    """How far a table has been gone through by its numbers, from the oldest row on."""

    __tablename__ = "walks"

    name: Mapped[Word] = mapped_column(primary_key=True)
    walked_to: Mapped[Ref]


class BatchRow(Base):
    """A permission to claim up to `size` due deliveries of one lane; it is gone when a worker has taken it.

    A broker carries its id to a worker. What it permits is counted as under way until then.
    """

    __tablename__ = "batches"

    id: Mapped[Id]
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    endpoint: Mapped[Word]
    priority: Mapped[int]
    size: Mapped[int]
    published_at: Mapped[Moment]

"""Upstream systems: their credentials, and which channels they may send on."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Document, Id, Items, Line, Moment, Ref, Sealed, Word, Words


class ApplicationRow(Base):
    """`policy` holds what an operator allows it and keeps from it, as `ums.domain.policy` reads it.

    `linking` is how it has its people bound, as `ums.domain.linking` reads it.
    """

    __tablename__ = "applications"

    id: Mapped[Id]
    name: Mapped[Line] = mapped_column(unique=True)
    channel_key: Mapped[Word] = mapped_column(unique=True)
    sealed_secret: Mapped[Sealed]
    state: Mapped[Word] = mapped_column(default="open")
    preference: Mapped[Items | None]
    policy: Mapped[Document] = mapped_column(default=dict)
    linking: Mapped[Document] = mapped_column(default=dict, server_default="{}")
    created_at: Mapped[Moment]


class AccessKeyRow(Base):
    __tablename__ = "access_keys"

    id: Mapped[Id]
    access_key: Mapped[Word] = mapped_column(unique=True)
    sealed_secret: Mapped[Sealed]
    created_at: Mapped[Moment]


class GrantRow(Base):
    """One channel of each type at most for an application; one channel may serve many applications."""

    __tablename__ = "grants"

    application_id: Mapped[Ref] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True)
    type: Mapped[Word] = mapped_column(primary_key=True)
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), index=True)


class IdempotencyRow(Base):
    """The first answer to an Idempotency-Key, written in the same transaction as what it answers."""

    __tablename__ = "idempotency_keys"

    application_id: Mapped[Ref] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[Line] = mapped_column(primary_key=True)
    fingerprint: Mapped[Word]
    answer: Mapped[Words]
    created_at: Mapped[Moment] = mapped_column(index=True)

"""Sensitive words, and how often lists that processes keep in memory have changed."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Word


class WordRow(Base):
    """`folded` is the form that texts are compared with, so that no word stands twice."""

    __tablename__ = "words"

    id: Mapped[Id]
    word: Mapped[Line]
    folded: Mapped[Line] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class RevisionRow(Base):
    """`number` grows with every change of what `name` says, in the same transaction."""

    __tablename__ = "revisions"

    name: Mapped[Word] = mapped_column(primary_key=True)
    number: Mapped[int]

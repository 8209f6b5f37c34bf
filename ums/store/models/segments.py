"""Segments: filters over the users that operators have saved."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Document, Id, Line, Moment


class SegmentRow(Base):
    """`filter` as the admin API takes it."""

    __tablename__ = "segments"

    id: Mapped[Id]
    name: Mapped[Line] = mapped_column(unique=True)
    filter: Mapped[Document]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]

"""Who changed what through the admin API."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Word, Words


class AuditRow(Base):
    """One change. It names the operator as he was called then: he may be removed, the note stays."""

    __tablename__ = "audits"

    id: Mapped[Id]
    at: Mapped[Moment]
    operator: Mapped[Line]
    action: Mapped[Word]
    thing: Mapped[Words]
    detail: Mapped[Words] = mapped_column(default="")

"""Message templates: what a message says on every channel, in all its versions."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Contents, Id, Line, Moment, Ref, Variables


class MessageTemplateRow(Base):
    """`version` is the one that counts now."""

    __tablename__ = "message_templates"

    id: Mapped[Id]
    name: Mapped[Line] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[Moment]


class MessageTemplateVersionRow(Base):
    """Written once and never changed."""

    __tablename__ = "message_template_versions"

    template_id: Mapped[Ref] = mapped_column(
        ForeignKey("message_templates.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line]
    variables: Mapped[Variables]
    channels: Mapped[Contents]
    created_at: Mapped[Moment]

"""Rules that operators have made: how the channels of a message follow one another."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Steps


class RuleRow(Base):
    """A message keeps the steps that it was sent with; changing a rule changes messages to come."""

    __tablename__ = "rules"

    id: Mapped[Id]
    name: Mapped[Line] = mapped_column(unique=True)
    steps: Mapped[Steps]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]

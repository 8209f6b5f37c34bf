"""What callers have taken of their requests a minute."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Moment, Word


class RateRow(Base):
    """One row for each ChannelKey and AccessKey that calls; `began` is when its window began."""

    __tablename__ = "rates"

    key: Mapped[Word] = mapped_column(primary_key=True)
    began: Mapped[Moment]
    taken: Mapped[int]

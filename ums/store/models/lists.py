"""Blacklists and whitelists: userids that a message is kept from, or kept to."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Ref, Word


class ListRow(Base):
    """Messages name it by `number`, which only its own kind counts; `size` is how many userids it holds."""

    __tablename__ = "user_lists"
    __table_args__ = (UniqueConstraint("kind", "number"), UniqueConstraint("kind", "name"))

    id: Mapped[Id]
    kind: Mapped[Word]
    number: Mapped[Ref]
    name: Mapped[Line]
    size: Mapped[int] = mapped_column(Integer(), default=0)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class ListedRow(Base):
    """A userid on a list, whether or not there is such a user."""

    __tablename__ = "user_list_entries"

    list_id: Mapped[Ref] = mapped_column(ForeignKey("user_lists.id", ondelete="CASCADE"), primary_key=True)
    userid: Mapped[Word] = mapped_column(primary_key=True)

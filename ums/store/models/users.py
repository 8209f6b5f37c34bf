"""Users of the upstream systems, and the addresses and tags bound to them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Ref, Word


class UserRow(Base):
    __tablename__ = "users"

    id: Mapped[Id]
    userid: Mapped[Word] = mapped_column(unique=True)
    created_at: Mapped[Moment]


class BindingRow(Base):
    """One value of one property under one binding identifier; tags are bindings too."""

    __tablename__ = "bindings"
    __table_args__ = (
        UniqueConstraint("user_id", "property", "bind_id", "value"),
        # whose address is this (receipts, retired addresses), and who carries this tag, in the order of users
        Index(None, "property", "bind_id", "value", "user_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    property: Mapped[Word]
    bind_id: Mapped[Word]
    value: Mapped[Line]
    state: Mapped[Word] = mapped_column(default="active")
    cause: Mapped[Line] = mapped_column(default="")
    updated_at: Mapped[Moment]

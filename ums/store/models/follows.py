"""Who follows, who may be written to freely, and whose data is being erased."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Ref, Word


class FollowRow(Base):
    """Whether an address follows, since when, and how that is known; where there is no row, nothing is."""

    __tablename__ = "follows"
    __table_args__ = (
        # whom binding again makes reachable
        Index(
            "ix_follows_refused",
            "channel_id",
            "address",
            sqlite_where=text("told_by = 'refusal'"),
            postgresql_where=text("told_by = 'refusal'"),
        ),
        {"sqlite_with_rowid": False},
    )

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[Line] = mapped_column(primary_key=True)
    following: Mapped[bool]
    told_by: Mapped[Word]
    at: Mapped[Moment]


class WindowRow(Base):
    """The last window that an address opened in one way: how many messages it takes, and has taken.

    `reserved` belong to deliveries that are being sent, or of which nobody knows what became.
    """

    __tablename__ = "windows"
    __table_args__ = (
        # those that closed long ago
        Index(None, "closes_at"),
        {"sqlite_with_rowid": False},
    )

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[Line] = mapped_column(primary_key=True)
    opened_by: Mapped[Word] = mapped_column(primary_key=True)
    opened_at: Mapped[Moment]
    closes_at: Mapped[Moment]
    messages: Mapped[int]
    used: Mapped[int]
    reserved: Mapped[int]


class WindowHoldRow(Base):
    """Which window a delivery takes a place in, while it is being sent and as long as it is unconfirmed."""

    __tablename__ = "window_holds"

    delivery_id: Mapped[Ref] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True)
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    address: Mapped[Line]
    opened_by: Mapped[Word]
    opened_at: Mapped[Moment]


class ListeningRow(Base):
    """Since when a channel's pushes come to the gateway; where there is no row, none has told of anything yet."""

    __tablename__ = "listening"

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[Moment]


class ErasureRow(Base):
    """An address that is being taken out of what is kept of deliveries, up to the delivery `walked_to`.

    Once it is through, `walked_to` is -1, and the address's digest stands in its place for a while.
    """

    __tablename__ = "erasures"
    __table_args__ = (UniqueConstraint("channel_id", "address"),)

    id: Mapped[Id]
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    address: Mapped[Line]
    cause: Mapped[Word]
    at: Mapped[Moment]
    walked_to: Mapped[Ref] = mapped_column(default=0)

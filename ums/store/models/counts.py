"""What has been sent of late, counted for an application's limits."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Moment, Ref, Word


class UserSendRow(Base):
    """A message that a provider took for a user; kept only where the application's frequency is capped.

    `message_id` is no foreign key: a message can be dropped without looking here for each of its users.
    """

    __tablename__ = "user_sends"
    __table_args__ = (
        # what no cap looks back to any more
        Index(None, "application_id", "at"),
        # SQLite keeps the rows in the key itself, so that a look at a thousand users reads one tree
        {"sqlite_with_rowid": False},
    )

    application_id: Mapped[Ref] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True)
    userid: Mapped[Word] = mapped_column(primary_key=True)
    message_id: Mapped[Ref] = mapped_column(primary_key=True)
    at: Mapped[Moment]


class BroadcastDayRow(Base):
    """How many broadcasts an application has made on a day, such as `2027-01-15`."""

    __tablename__ = "broadcast_days"

    application_id: Mapped[Ref] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[Word] = mapped_column(primary_key=True)
    broadcasts: Mapped[int]

"""Where applications are told of their messages, what they are told, and how the posts went."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Items, Line, Moment, Ref, Sealed, Word, Words


class CallbackRow(Base):
    """`failing_since` and `failures` count from the last success; the URL is left alone until `rests_until`."""

    __tablename__ = "callbacks"
    __table_args__ = (
        UniqueConstraint("application_id", "url"),
        # is there anybody to tell
        Index(
            "ix_callbacks_usable",
            "application_id",
            sqlite_where=text("enabled AND state = 'verified'"),
            postgresql_where=text("enabled AND state = 'verified'"),
        ),
    )

    id: Mapped[Id]
    application_id: Mapped[Ref] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    url: Mapped[Words]
    types: Mapped[Items]
    enabled: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    state: Mapped[Word]
    reason: Mapped[Words] = mapped_column(default="")
    sealed_secret: Mapped[Sealed]
    sealed_old_secret: Mapped[Sealed | None]
    old_until: Mapped[Moment] = mapped_column(default=0.0)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[Moment | None]
    rests_until: Mapped[Moment] = mapped_column(default=0.0)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class CallbackBatchRow(Base):
    """One post. `owner` is new for each try and fences what is written of it, until `lease_until` it is under way.

    `due` is empty when it is tried no more by itself.
    """

    __tablename__ = "callback_batches"
    __table_args__ = (
        # what is to be posted to a URL; what has been tried long enough
        Index(
            "ix_callback_batches_open",
            "callback_id",
            "due",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        # a URL's posts, to replay and to forget
        Index(None, "callback_id", "created_at"),
        # those that have been kept long enough
        Index(
            "ix_callback_batches_ended",
            "ended_at",
            sqlite_where=text("ended_at IS NOT NULL"),
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    webhook_id: Mapped[Word] = mapped_column(unique=True)
    callback_id: Mapped[Ref] = mapped_column(ForeignKey("callbacks.id", ondelete="CASCADE"))
    state: Mapped[Word]
    size: Mapped[int]
    tries: Mapped[int] = mapped_column(default=0)
    due: Mapped[Moment | None]
    first_tried_at: Mapped[Moment | None]
    owner: Mapped[Word | None]
    lease_until: Mapped[Moment] = mapped_column(default=0.0)
    created_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]


class CallbackEventRow(Base):
    """One item of a post; without `batch_id` it waits to be put into one. It outlives the delivery it tells of."""

    __tablename__ = "callback_events"
    __table_args__ = (
        # what is to be put into a post
        Index(
            "ix_callback_events_waiting",
            "callback_id",
            "id",
            sqlite_where=text("batch_id IS NULL"),
            postgresql_where=text("batch_id IS NULL"),
        ),
        # what a post holds
        Index(
            "ix_callback_events_batch_id",
            "batch_id",
            sqlite_where=text("batch_id IS NOT NULL"),
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    callback_id: Mapped[Ref] = mapped_column(ForeignKey("callbacks.id", ondelete="CASCADE"))
    message_id: Mapped[Ref]
    delivery_id: Mapped[Ref]
    type: Mapped[int]
    userid: Mapped[Word]
    channel_type: Mapped[Word]
    address: Mapped[Line]
    status: Mapped[Word]
    reason: Mapped[Words]
    provider_code: Mapped[int | None]
    provider_message: Mapped[Words]
    created_at: Mapped[Moment]
    batch_id: Mapped[Ref | None] = mapped_column(ForeignKey("callback_batches.id", ondelete="CASCADE"))


class CallbackAttemptRow(Base):
    """One try of a post: what came back, in `seconds`."""

    __tablename__ = "callback_attempts"
    __table_args__ = (Index(None, "batch_id"), Index(None, "callback_id", "id"))

    id: Mapped[Id]
    callback_id: Mapped[Ref]
    batch_id: Mapped[Ref] = mapped_column(ForeignKey("callback_batches.id", ondelete="CASCADE"))
    began_at: Mapped[Moment]
    seconds: Mapped[Moment]
    status: Mapped[int | None]
    fault: Mapped[Word]
    answer: Mapped[Words]

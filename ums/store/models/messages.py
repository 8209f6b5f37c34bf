"""Messages, their deliveries (the rows that are queued), every attempt, every receipt."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Contents, Document, Id, Items, Line, Moment, Ref, Steps, Word, Words


class MessageRow(Base):
    """`audience` says whom a message is for that is not expanded at once; `expanded_to` is how far it has come.

    The template that made its contents may be gone. `purged` counts deliveries that are kept no more; once there
    are none left, since `purged_at`, the contents and the audience are gone as well.
    """

    __tablename__ = "messages"

    id: Mapped[Id]
    msgid: Mapped[Word] = mapped_column(unique=True)
    application_id: Mapped[Ref] = mapped_column(ForeignKey("applications.id"))
    status: Mapped[Word]
    rule_id: Mapped[int]
    rule: Mapped[Steps]
    template_id: Mapped[int | None]
    template_version: Mapped[int | None]
    contents: Mapped[Contents]
    priority: Mapped[int]
    recipients: Mapped[int]
    sendno: Mapped[Line | None]
    owner: Mapped[Line | None]
    callback: Mapped[Document]
    audience: Mapped[Document] = mapped_column(default=dict)
    start_at: Mapped[Moment] = mapped_column(default=0.0)
    expanded_to: Mapped[Ref] = mapped_column(default=0)
    test: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]
    retracted_at: Mapped[Moment | None]
    purged: Mapped[Items] = mapped_column(default=list)
    purged_at: Mapped[Moment | None]

    __table_args__ = (
        # an application's messages, the newest first
        Index(None, "application_id", "id"),
        # which messages may be done by now
        Index(
            "ix_messages_unfinished",
            "id",
            sqlite_where=text("status = 'sending'"),
            postgresql_where=text("status = 'sending'"),
        ),
        # which messages are to begin, and which are still being expanded
        Index(
            "ix_messages_ahead",
            "status",
            "start_at",
            sqlite_where=text("status IN ('scheduled', 'expanding')"),
            postgresql_where=text("status IN ('scheduled', 'expanding')"),
        ),
        # which messages have been taken back of late
        Index(
            "ix_messages_retracted_at",
            "retracted_at",
            sqlite_where=text("retracted_at IS NOT NULL"),
            postgresql_where=text("retracted_at IS NOT NULL"),
        ),
        # whose deliveries have been kept long enough
        Index(
            "ix_messages_ended",
            "finished_at",
            "id",
            sqlite_where=text("finished_at IS NOT NULL AND purged_at IS NULL"),
            postgresql_where=text("finished_at IS NOT NULL AND purged_at IS NULL"),
        ),
        # which messages themselves have been kept long enough
        Index(
            "ix_messages_purged",
            "finished_at",
            sqlite_where=text("purged_at IS NOT NULL"),
            postgresql_where=text("purged_at IS NOT NULL"),
        ),
    )


class DeliveryRow(Base):
    """One message to one address. `owner` and `attempt` fence every result that is written.

    `attempt` numbers the claims, `tries` the attempts that count for the back-off, `calls` the calls made.
    `look_at` is when the rule looks at its step again, `cause` why that step was taken. `credit` is the template of
    which it holds a credit of its address, while it is being sent and as long as it is unconfirmed.
    """

    __tablename__ = "deliveries"

    id: Mapped[Id]
    message_id: Mapped[Ref] = mapped_column(ForeignKey("messages.id"))
    userid: Mapped[Word]
    channel_id: Mapped[Ref | None] = mapped_column(ForeignKey("channels.id"))
    endpoint: Mapped[Word]
    address: Mapped[Line]
    priority: Mapped[int]
    status: Mapped[Word]
    open: Mapped[bool]
    reason: Mapped[Words] = mapped_column(default="")
    provider_code: Mapped[int | None]
    provider_message: Mapped[Words] = mapped_column(default="")
    provider_id: Mapped[Word | None]
    step: Mapped[int] = mapped_column(default=0)
    fallback_of: Mapped[Ref | None]
    cause: Mapped[Words] = mapped_column(default="")
    look_at: Mapped[Moment | None]
    due: Mapped[Moment | None]
    expires_at: Mapped[Moment]
    owner: Mapped[Word | None]
    credit: Mapped[Line | None]
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    calls: Mapped[int] = mapped_column(default=0)
    first_called_at: Mapped[Moment | None]
    updated_at: Mapped[Moment]

    __table_args__ = (
        # a message's deliveries in order; one user's deliveries of a message
        Index(None, "message_id", "id"),
        Index(None, "message_id", "userid"),
        *(
            Index(f"ix_deliveries_{name}", *columns, sqlite_where=text(where), postgresql_where=text(where))
            for name, columns, where in (
                # the claim: what is due on an endpoint, high priority first
                ("claim", ("channel_id", "endpoint", "priority", "due", "id"), "status = 'queued'"),
                # which messages have a share in that, and what is due of each
                ("share", ("channel_id", "endpoint", "priority", "message_id", "due", "id"), "status = 'queued'"),
                # one call at a time per address; what a dead worker held
                ("busy", ("channel_id", "address"), "status = 'sending'"),
                # what is out of time before it was handed over
                ("expiry", ("expires_at",), "status = 'queued'"),
                # what has waited long enough for its receipt
                ("receipt_wait", ("due",), "status = 'accepted' AND open"),
                # which steps of rules have waited long enough
                ("look", ("look_at",), "look_at IS NOT NULL"),
                # whose receipt is this
                ("provider_id", ("channel_id", "provider_id"), "provider_id IS NOT NULL"),
                # which test messages wait for their receipts to be played
                ("test", ("id",), "endpoint = '(test)' AND status = 'accepted' AND open"),
                # which deliveries hold a credit though they aren't being sent any more
                ("credit", ("updated_at",), "credit IS NOT NULL AND status NOT IN ('sending', 'queued')"),
                # is the message done
                ("open", ("message_id",), "open"),
            )
        ),
    )


class AttemptRow(Base):
    """One call to a provider for a delivery, with the provider's raw words."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: Mapped[Id]
    delivery_id: Mapped[Ref] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"))
    number: Mapped[int]
    outcome: Mapped[Word]
    reason: Mapped[Words] = mapped_column(default="")
    provider_code: Mapped[int | None]
    provider_message: Mapped[Words] = mapped_column(default="")
    called_at: Mapped[Moment]
    ended_at: Mapped[Moment]


class ReceiptRow(Base):
    """Every report of a provider, kept even when it moves nothing.

    `delivery_id` stays empty until the delivery it speaks of is found: a receipt may come before the
    send's answer is stored.
    """

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("channel_id", "event_id"),
        # a delivery's receipts
        Index(
            "ix_receipts_delivery_id",
            "delivery_id",
            sqlite_where=text("delivery_id IS NOT NULL"),
            postgresql_where=text("delivery_id IS NOT NULL"),
        ),
        # receipts that are waiting for their delivery
        Index(
            "ix_receipts_unmatched",
            "channel_id",
            "provider_id",
            sqlite_where=text("delivery_id IS NULL"),
            postgresql_where=text("delivery_id IS NULL"),
        ),
    )

    id: Mapped[Id]
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    event_id: Mapped[Line]
    provider_id: Mapped[Word]
    address: Mapped[Line]
    status: Mapped[Word]
    reason: Mapped[Words]
    words: Mapped[Words]
    provider_code: Mapped[int | None]
    received_at: Mapped[Moment]
    delivery_id: Mapped[Ref | None] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"))

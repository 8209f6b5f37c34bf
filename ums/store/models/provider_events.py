"""What providers told besides receipts."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Document, Id, Line, Moment, Ref, Word


class ProviderEventRow(Base):
    """One event of a provider, kept once, whatever it is and whether or not anything uses it."""

    __tablename__ = "provider_events"
    __table_args__ = (
        UniqueConstraint("channel_id", "event_id"),
        # those that have been kept long enough
        Index("ix_provider_events_received_at", "received_at"),
        # a channel's, the last first; those of one kind; those about one person
        Index(None, "channel_id", "id"),
        Index(None, "channel_id", "kind", "id"),
        Index(None, "channel_id", "address"),
    )

    id: Mapped[Id]
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    event_id: Mapped[Line]
    kind: Mapped[Word]
    address: Mapped[Line]
    at: Mapped[Moment]
    received_at: Mapped[Moment]
    details: Mapped[Document]

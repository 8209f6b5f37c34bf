"""Channels: their settings and state, their endpoints' pace, their templates, their tokens."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ums.domain.template import ChangeItem
from ums.domain.template_breaks import BreaksItem
from ums.store.models.schema import Base, Document, Id, Items, Line, Moment, Ref, Sealed, Word, Words


class ChannelRow(Base):
    """`version` grows with every change of the settings, so that processes notice."""

    __tablename__ = "channels"

    id: Mapped[Id]
    code: Mapped[Word] = mapped_column(unique=True)
    type: Mapped[Word]
    name: Mapped[Line]
    settings: Mapped[Document]
    sealed_settings: Mapped[Sealed]
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[Word] = mapped_column(default="ready")
    reason: Mapped[Words] = mapped_column(default="")
    parked_at: Mapped[Moment | None]
    probes: Mapped[int] = mapped_column(default=0)
    probe_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    refreshed_at: Mapped[Moment | None]
    refresh_notes: Mapped[Document] = mapped_column(default=dict)
    breaker: Mapped[BreakerRow | None] = relationship(lazy="joined", viewonly=True)


class EndpointRow(Base):
    """The bucket that all processes draw the right to call from; `rate` is calls a second, 0 without limit."""

    __tablename__ = "endpoints"

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[Word] = mapped_column(primary_key=True)
    rate: Mapped[float]
    allowance: Mapped[float]
    refilled_at: Mapped[Moment]
    paused_until: Mapped[Moment | None]
    blocked: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[Words] = mapped_column(default="")


class BreakerRow(Base):
    """A channel whose calls have failed of late; `opened_at` is empty where it is called all the same.

    `calls` and `failed` fade from `noted_at` on. `probe_id` is the one delivery that is tried meanwhile.
    """

    __tablename__ = "breakers"

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    calls: Mapped[float]
    failed: Mapped[float]
    noted_at: Mapped[Moment]
    reason: Mapped[Words] = mapped_column(default="")
    opened_at: Mapped[Moment | None]
    probes: Mapped[int] = mapped_column(default=0)
    probe_at: Mapped[Moment | None]
    probe_id: Mapped[Ref | None]


class RemoteTemplateRow(Base):
    __tablename__ = "remote_templates"
    __table_args__ = (UniqueConstraint("channel_id", "template_id"),)

    id: Mapped[Id]
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    template_id: Mapped[Line]
    kind: Mapped[Word]
    title: Mapped[Line]
    content: Mapped[Words]
    example: Mapped[Words]
    fields: Mapped[Items]
    long_term: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[Word] = mapped_column(default="active")
    position: Mapped[int]


class TemplateRefreshRow(Base):
    """A refresh that found the list changed; `breaks` is what that broke, as it stood then."""

    __tablename__ = "template_refreshes"
    __table_args__ = (
        # a channel's last ones
        Index(None, "channel_id", "id"),
    )

    id: Mapped[Id]
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    at: Mapped[Moment]
    total: Mapped[int]
    changes: Mapped[list[ChangeItem]] = mapped_column(JSON())
    breaks: Mapped[BreaksItem] = mapped_column(JSON())


class LibraryAnswerRow(Base):
    """What a provider's template library has said: its quotas are small, its answers change rarely.

    `question` is the SHA-256 of what was asked, which may be long.
    """

    __tablename__ = "library_answers"
    __table_args__ = (
        # what has been said of late
        Index(None, "channel_id", "question", "id"),
    )

    id: Mapped[Id]
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    question: Mapped[Word]
    at: Mapped[Moment]
    answer: Mapped[Items]


class TokenRow(Base):
    """An access token all processes share, and the lease of the one that is renewing it."""

    __tablename__ = "tokens"

    key: Mapped[Line] = mapped_column(primary_key=True)
    sealed_value: Mapped[Sealed | None]
    expires_at: Mapped[Moment] = mapped_column(default=0.0)
    lease_owner: Mapped[Word | None]
    lease_until: Mapped[Moment] = mapped_column(default=0.0)

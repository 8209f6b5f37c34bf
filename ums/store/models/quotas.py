"""Calls counted by the day, what providers say of their quotas, and how often those were cleared."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Ref, Word, Words


class EndpointCallsRow(Base):
    """An endpoint's calls on a day of quotas, such as `2027-01-15`; the first `cleared` of them count no more."""

    __tablename__ = "endpoint_calls"

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    endpoint: Mapped[Word] = mapped_column(primary_key=True)
    day: Mapped[Word] = mapped_column(primary_key=True)
    calls: Mapped[int]
    cleared: Mapped[int] = mapped_column(default=0)


class EndpointQuotaRow(Base):
    """What a provider said last of an endpoint, on which day, and what we had counted then; an operator's limit.

    `note` says why it could not be asked the last time.
    """

    __tablename__ = "endpoint_quotas"

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    endpoint: Mapped[Word] = mapped_column(primary_key=True)
    own_limit: Mapped[int | None]
    daily_limit: Mapped[int] = mapped_column(default=0)
    used: Mapped[int] = mapped_column(default=0)
    remain: Mapped[int] = mapped_column(default=0)
    pace_calls: Mapped[int] = mapped_column(default=0)
    pace_seconds: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=0)
    day: Mapped[Word] = mapped_column(default="")
    asked_at: Mapped[Moment | None]
    note: Mapped[Words] = mapped_column(default="")


class QuotaClearRow(Base):
    """A provider was told to count anew: the calls of one endpoint, or all of the account's (`endpoint` empty)."""

    __tablename__ = "quota_clears"
    __table_args__ = (
        # how many there were in a month
        Index(None, "channel_id", "at"),
    )

    id: Mapped[Id]
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    endpoint: Mapped[Word]
    at: Mapped[Moment]


class TokenRenewalRow(Base):
    """A token that was asked for by force, so that no process does it more often than the provider lets it."""

    __tablename__ = "token_renewals"
    __table_args__ = (
        # the last ones of a token
        Index(None, "key", "at"),
    )

    id: Mapped[Id]
    key: Mapped[Line]
    at: Mapped[Moment]

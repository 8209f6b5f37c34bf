"""Third-party platforms, the accounts that have authorised one, and what is under way to that end."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Document, Id, Items, Line, Moment, Ref, Sealed, Word


class PlatformRow(Base):
    """The installation's third-party platform at one provider; `version` grows with every change of its settings.

    `ticket_at` is when the provider made the ticket.
    """

    __tablename__ = "platforms"

    key: Mapped[Word] = mapped_column(primary_key=True)
    settings: Mapped[Document]
    sealed_settings: Mapped[Sealed]
    version: Mapped[int] = mapped_column(default=1)
    sealed_ticket: Mapped[Sealed | None]
    ticket_at: Mapped[Moment | None]
    created_at: Mapped[Moment]


class AuthorisationRow(Base):
    """An account of a provider that has authorised the platform, and the channel that its pushes go to.

    `at` is when the provider last said that it was granted or withdrawn, `redeemed` the digest of the last code
    that told what was granted: each serves once, and comes by two ways.
    """

    __tablename__ = "authorisations"
    __table_args__ = (
        # what is left when a channel goes
        Index(None, "channel_id"),
    )

    account: Mapped[Word] = mapped_column(primary_key=True)
    channel_id: Mapped[Ref | None] = mapped_column(ForeignKey("channels.id", ondelete="SET NULL"))
    state: Mapped[Word]
    name: Mapped[Line]
    address: Mapped[Word]
    facts: Mapped[Document]
    permissions: Mapped[Items]
    sealed_refresh_token: Mapped[Sealed | None]
    redeemed: Mapped[Word] = mapped_column(default="")
    at: Mapped[Moment]


class AuthorisationLinkRow(Base):
    """A link by which an account's administrator authorises, once, for a channel; `wanted` says which.

    `pages` are the provider's own addresses, sealed: whoever has them can authorise.
    """

    __tablename__ = "authorisation_links"

    digest: Mapped[Word] = mapped_column(primary_key=True)
    wanted: Mapped[Document]
    sealed_pages: Mapped[Sealed]
    expires_at: Mapped[Moment]
    taken_until: Mapped[Moment] = mapped_column(default=0.0)
    outcome: Mapped[Document | None]


class PlatformEventRow(Base):
    """What was pushed about an account's authorisation, once each; `due` while it is still to be looked into."""

    __tablename__ = "platform_events"
    __table_args__ = (
        # what is to be looked into
        Index(None, "due"),
        # what has been kept long enough
        Index(None, "received_at"),
    )

    id: Mapped[Id]
    event_id: Mapped[Line] = mapped_column(unique=True)
    kind: Mapped[Word]
    account: Mapped[Word]
    at: Mapped[Moment]
    received_at: Mapped[Moment]
    sealed_code: Mapped[Sealed | None]
    tries: Mapped[int] = mapped_column(default=0)
    due: Mapped[Moment | None]

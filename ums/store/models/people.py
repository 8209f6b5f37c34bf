"""Who people are, what they may bind, and how their bindings have changed."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Document, Id, Items, Line, Moment, Ref, Sealed, Word, Words


class IdentityRow(Base):
    """An address, and the person it belongs to; `person` is the same for all his addresses.

    `joined` is what the provider joins them by (a unionid), empty where it hasn't said. `asked_at` is when the
    provider was asked who it is; null: it is still to be asked.
    """

    __tablename__ = "identities"
    __table_args__ = (
        Index(
            "ix_identities_joined",
            "joined",
            sqlite_where=text("joined <> ''"),
            postgresql_where=text("joined <> ''"),
        ),
        Index(None, "person"),
        # those of whom the provider is still to be asked
        Index(
            "ix_identities_unasked",
            "channel_id",
            "address",
            sqlite_where=text("asked_at IS NULL"),
            postgresql_where=text("asked_at IS NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[Line] = mapped_column(primary_key=True)
    joined: Mapped[Line] = mapped_column(default="")
    person: Mapped[Word]
    asked_at: Mapped[Moment | None]
    at: Mapped[Moment]


class BindingChangeRow(Base):
    """A change of a user's addresses and its cause; `by` says more of it, and never an address."""

    __tablename__ = "binding_changes"
    __table_args__ = (
        Index(None, "userid", "id"),
        # whose history speaks of an address that is to be erased
        Index(None, "property", "bind_id", "address"),
    )

    id: Mapped[Id]
    at: Mapped[Moment]
    userid: Mapped[Word]
    property: Mapped[Word]
    bind_id: Mapped[Word]
    address: Mapped[Line]
    bound: Mapped[bool]
    cause: Mapped[Word]
    by: Mapped[Line] = mapped_column(default="")


class ConflictRow(Base):
    """Addresses of one person that can't all be one user's; `state` is open, settled or apart."""

    __tablename__ = "binding_conflicts"
    __table_args__ = (UniqueConstraint("person", "kind"), Index(None, "state", "id"))

    id: Mapped[Id]
    person: Mapped[Word]
    kind: Mapped[Word]
    userids: Mapped[Items]
    state: Mapped[Word] = mapped_column(default="open")
    at: Mapped[Moment]
    decided_at: Mapped[Moment | None]
    decided_by: Mapped[Line] = mapped_column(default="")
    decision: Mapped[Line] = mapped_column(default="")


class BindTicketRow(Base):
    """A ticket under its digest; `outcome` is what came of it, so that a reload tells it again."""

    __tablename__ = "bind_tickets"

    digest: Mapped[Word] = mapped_column(primary_key=True)
    purpose: Mapped[Word]
    application_id: Mapped[Ref] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    userid: Mapped[Word] = mapped_column(default="")
    companion_id: Mapped[Ref | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    companion: Mapped[Line] = mapped_column(default="")
    known: Mapped[Line] = mapped_column(default="")
    return_to: Mapped[Words] = mapped_column(default="")
    origin: Mapped[Line] = mapped_column(default="")
    expires_at: Mapped[Moment] = mapped_column(index=True)
    used_at: Mapped[Moment | None]


class BindVisitRow(Base):
    """A browser that is on its way over the provider's page and back, under its state's digest.

    Once it came back, `outcome` is what its page shows, to this browser alone.
    """

    __tablename__ = "bind_visits"

    digest: Mapped[Word] = mapped_column(primary_key=True)
    ticket: Mapped[Word] = mapped_column(ForeignKey("bind_tickets.digest", ondelete="CASCADE"))
    browser: Mapped[Word]
    openly: Mapped[bool]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    used_at: Mapped[Moment | None]
    outcome: Mapped[Document | None]


class BindResultRow(Base):
    """Who came, for the application to ask once; `userid` is whose the address is already.

    Pages of `origin` may ask as well, where it is not empty.
    """

    __tablename__ = "bind_results"

    digest: Mapped[Word] = mapped_column(primary_key=True)
    application_id: Mapped[Ref] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    address: Mapped[Line]
    companion_id: Mapped[Ref | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    companion: Mapped[Line] = mapped_column(default="")
    userid: Mapped[Word] = mapped_column(default="")
    origin: Mapped[Line] = mapped_column(default="")
    expires_at: Mapped[Moment] = mapped_column(index=True)


class LoginSessionRow(Base):
    """Who is logged in on a page inside the provider's app, under the session's digest."""

    __tablename__ = "login_sessions"

    digest: Mapped[Word] = mapped_column(primary_key=True)
    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    address: Mapped[Line]
    sealed_key: Mapped[Sealed]
    expires_at: Mapped[Moment] = mapped_column(index=True)


class BackfillRow(Base):
    """How far a channel's followers have been listed and asked for who they are; one for each channel."""

    __tablename__ = "backfills"

    channel_id: Mapped[Ref] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[Word]
    after: Mapped[Line] = mapped_column(default="")
    is_listed: Mapped[bool] = mapped_column(default=False)
    total: Mapped[int] = mapped_column(default=0)
    listed: Mapped[int] = mapped_column(default=0)
    asked: Mapped[int] = mapped_column(default=0)
    joined: Mapped[int] = mapped_column(default=0)
    due: Mapped[Moment]
    started_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]
    note: Mapped[Words] = mapped_column(default="")


class SiteFileRow(Base):
    """A file by which a provider finds out that a domain is ours."""

    __tablename__ = "site_files"

    name: Mapped[Word] = mapped_column(primary_key=True)
    content: Mapped[Words]
    at: Mapped[Moment]

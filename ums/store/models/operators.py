"""People who sign in to the console or hold an API token. Only digests of what they hold are kept."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ums.store.models.schema import Base, Id, Line, Moment, Ref, Word


class OperatorRow(Base):
    __tablename__ = "operators"

    id: Mapped[Id]
    name: Mapped[Line] = mapped_column(unique=True)
    role: Mapped[Word]
    token_digest: Mapped[Word | None] = mapped_column(unique=True)
    created_at: Mapped[Moment]


class LoginLinkRow(Base):
    """A one-time link into the console."""

    __tablename__ = "login_links"

    digest: Mapped[Word] = mapped_column(primary_key=True)
    operator_id: Mapped[Ref] = mapped_column(ForeignKey("operators.id", ondelete="CASCADE"))
    expires_at: Mapped[Moment]


class SessionRow(Base):
    """A signed-in browser; deleting the row signs it out."""

    __tablename__ = "sessions"

    digest: Mapped[Word] = mapped_column(primary_key=True)
    operator_id: Mapped[Ref] = mapped_column(ForeignKey("operators.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]

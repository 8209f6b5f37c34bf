"""Who is logged in on a page inside a provider's app."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ums.store.models import LoginSessionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSession:
    """A session as it is kept: whose it is, and the provider's key, sealed; `expires_at` in unix seconds."""

    channel_id: int
    address: str = field(repr=False)
    sealed_key: bytes = field(repr=False)
    expires_at: float


def add(session: Session, digest: str, login: LoginSession) -> None:
    session.execute(
        insert(LoginSessionRow).values(
            digest=digest,
            channel_id=login.channel_id,
            address=login.address,
            sealed_key=login.sealed_key,
            expires_at=login.expires_at,
        )
    )


def find(session: Session, digest: str, now: float) -> LoginSession | None:
    """A session that is not over yet."""
    query = select(LoginSessionRow).where(LoginSessionRow.digest == digest, LoginSessionRow.expires_at > now)
    row = session.scalars(query).first()
    if row is None:
        return None
    return LoginSession(
        channel_id=row.channel_id, address=row.address, sealed_key=row.sealed_key, expires_at=row.expires_at
    )


def end(session: Session, channel_id: int, address: str) -> None:
    """End all sessions of an address."""
    session.execute(
        delete(LoginSessionRow).where(LoginSessionRow.channel_id == channel_id, LoginSessionRow.address == address)
    )


def forget(session: Session, before: float) -> None:
    """Drop those that have been over since `before`."""
    session.execute(delete(LoginSessionRow).where(LoginSessionRow.expires_at < before))

"""Access tokens that all processes share, and the lease of the one that is renewing."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from ums.store.models import TokenRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedToken:
    """A token as it lies in the database; `expires_at` is in unix seconds."""

    value: bytes = field(repr=False)
    expires_at: float


def find(session: Session, key: str) -> SealedToken | None:
    """The token kept under `key`, good or not."""
    row = session.execute(
        select(TokenRow.sealed_value, TokenRow.expires_at).where(TokenRow.key == key)
    ).one_or_none()
    if row is None or row.sealed_value is None:
        return None
    return SealedToken(value=row.sealed_value, expires_at=row.expires_at)


def lease(session: Session, key: str, owner: str, now: float, seconds: float) -> bool:
    """Take the right to renew, unless another holds it.

    A lease that ends further away than two of them was taken before the clock was set back: it is over.
    """
    _ensure(session, key)
    free = or_(TokenRow.lease_until <= now, TokenRow.lease_until > now + 2 * seconds)
    taken = session.execute(
        update(TokenRow)
        .where(TokenRow.key == key, free)
        .values(lease_owner=owner, lease_until=now + seconds)
        .returning(TokenRow.key)
    )
    return taken.one_or_none() is not None


def keep(session: Session, key: str, owner: str, token: SealedToken) -> bool:
    """Keep what the lease's holder fetched, and end the lease; False if it went to another meanwhile."""
    kept = session.execute(
        update(TokenRow)
        .where(TokenRow.key == key, TokenRow.lease_owner == owner)
        .values(sealed_value=token.value, expires_at=token.expires_at, lease_owner=None, lease_until=0.0)
        .returning(TokenRow.key)
    )
    return kept.one_or_none() is not None


def put(session: Session, key: str, token: SealedToken) -> None:
    """Keep a token that was fetched without a lease."""
    _ensure(session, key)
    session.execute(
        update(TokenRow).where(TokenRow.key == key).values(sealed_value=token.value, expires_at=token.expires_at)
    )


def release(session: Session, key: str, owner: str) -> None:
    """End the lease without a token."""
    session.execute(
        update(TokenRow)
        .where(TokenRow.key == key, TokenRow.lease_owner == owner)
        .values(lease_owner=None, lease_until=0.0)
    )


def forget(session: Session, key: str, token: SealedToken) -> None:
    """Delete this very token; one that was kept since stays."""
    session.execute(
        update(TokenRow)
        .where(TokenRow.key == key, TokenRow.sealed_value == token.value)
        .values(sealed_value=None, expires_at=0.0)
    )


def drop(session: Session, key: str) -> None:
    """Delete whatever token is kept under `key`: nobody may use it any more."""
    session.execute(update(TokenRow).where(TokenRow.key == key).values(sealed_value=None, expires_at=0.0))


def _ensure(session: Session, key: str) -> None:
    if session.scalar(select(TokenRow.key).where(TokenRow.key == key)) is None:
        session.execute(insert(TokenRow).values(key=key))

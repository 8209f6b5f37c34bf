"""Tokens that were asked for by force: how often, and when one may be asked for again."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ums.store.models import TokenRenewalRow

DAY = 86_400.0


def of_late(session: Session, key: str, now: float) -> list[float]:
    """When it was done within the last day, the latest first; not what lies ahead, after a clock went back."""
    query = select(TokenRenewalRow.at).where(
        TokenRenewalRow.key == key, TokenRenewalRow.at > now - DAY, TokenRenewalRow.at <= now
    )
    return list(session.scalars(query.order_by(TokenRenewalRow.at.desc())))


def note(session: Session, key: str, now: float) -> None:
    """It is about to be done; what is older than a day is forgotten."""
    session.execute(delete(TokenRenewalRow).where(TokenRenewalRow.at <= now - DAY))
    session.add(TokenRenewalRow(key=key, at=now))
    session.flush()

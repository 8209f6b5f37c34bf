"""Attempts: every call that was made for a delivery, once, with the provider's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session


class NewAttempt(NamedTuple):
    """One call made for a delivery."""

    delivery_id: int
    number: int
    outcome: str
    reason: str
    provider_code: int | None
    provider_message: str
    called_at: float
    ended_at: float


_ADD = """
    INSERT INTO attempts (delivery_id, number, outcome, reason, provider_code, provider_message, called_at,
                          ended_at)
    VALUES (:delivery_id, :number, :outcome, :reason, :provider_code, :provider_message, :called_at, :ended_at)
"""

_AMEND = (
    _ADD
    + """
    ON CONFLICT (delivery_id, number) DO UPDATE SET
        outcome = excluded.outcome, reason = excluded.reason, provider_code = excluded.provider_code,
        provider_message = excluded.provider_message, ended_at = excluded.ended_at
"""
)


def add(session: Session, attempts: Sequence[NewAttempt]) -> None:
    """Write down calls that were made."""
    _run(session, _ADD, attempts)


def amend(session: Session, attempts: Sequence[NewAttempt]) -> None:
    """Write down what came late: a call already noted as lost gets its answer, and stays one call."""
    _run(session, _AMEND, attempts)


def _run(session: Session, statement: str, attempts: Sequence[NewAttempt]) -> None:
    if attempts:
        session.execute(text(statement), [attempt._asdict() for attempt in attempts])

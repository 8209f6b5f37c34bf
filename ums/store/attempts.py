"""Attempts: every call that was made for a delivery, once, with the provider's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from ums.domain.outcome import ACCEPTED
from ums.store.bulk import Row, insert_alike
from ums.store.direct import Value
from ums.store.models import AttemptRow


class NewAttempt(NamedTuple):
    """One call made for a delivery: first what is its own, then what most calls of a broadcast have alike."""

    delivery_id: int
    number: int
    called_at: float
    ended_at: float
    outcome: str
    reason: str
    provider_code: int | None
    provider_message: str


NAMES = NewAttempt._fields
_OWN = NAMES.index("outcome")
_attempts = cast("Table", AttemptRow.__table__)
_ACCEPTED: Row = {"outcome": ACCEPTED, "reason": "", "provider_code": None, "provider_message": ""}


_AMEND = """
    INSERT INTO attempts (delivery_id, number, outcome, reason, provider_code, provider_message, called_at,
                          ended_at)
    VALUES (:delivery_id, :number, :outcome, :reason, :provider_code, :provider_message, :called_at, :ended_at)
    ON CONFLICT (delivery_id, number) DO UPDATE SET
        outcome = excluded.outcome, reason = excluded.reason, provider_code = excluded.provider_code,
        provider_message = excluded.provider_message, ended_at = excluded.ended_at
"""


def add(session: Session, attempts: Iterable[NewAttempt]) -> None:
    """Write down calls that were made."""
    alike: defaultdict[tuple[Value, ...], list[tuple[Value, ...]]] = defaultdict(list)
    for one in attempts:
        alike[one[_OWN:]].append(one[:_OWN])
    for same, own in alike.items():
        insert_alike(session, _attempts, dict(zip(NAMES[_OWN:], same, strict=True)), NAMES[:_OWN], own)


def add_accepted(session: Session, calls: Sequence[tuple[int, int, float | None, float]]) -> None:
    """Write down calls that were taken: of each its delivery, its number, when it was made and when answered."""
    insert_alike(session, _attempts, _ACCEPTED, NAMES[:_OWN], calls)


def amend(session: Session, attempts: Sequence[NewAttempt]) -> None:
    """Write down what came late: a call already noted as lost gets its answer, and stays one call."""
    if attempts:
        session.execute(text(_AMEND), [attempt._asdict() for attempt in attempts])

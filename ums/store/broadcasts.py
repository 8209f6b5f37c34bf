"""How many broadcasts an application has made on a day."""

from __future__ import annotations

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from ums.store.models import BroadcastDayRow

_MADE = text("SELECT broadcasts FROM broadcast_days WHERE application_id = :application_id AND day = :day")

_COUNT = text("""
    INSERT INTO broadcast_days (application_id, day, broadcasts) VALUES (:application_id, :day, 1)
    ON CONFLICT (application_id, day) DO UPDATE SET broadcasts = broadcast_days.broadcasts + 1
    WHERE broadcast_days.broadcasts < :most
    RETURNING broadcasts
""")


def made(session: Session, application_id: int, day: str) -> int:
    """How many there are by now."""
    return session.execute(_MADE, {"application_id": application_id, "day": day}).scalar() or 0


def count(session: Session, application_id: int, day: str, most: int) -> bool:
    """Count one more broadcast, if there are fewer than `most` (1 or more) by now; whether it was counted.

    Belongs in the transaction that stores the message, so that the day can't be overrun and a message that
    isn't stored isn't counted.
    """
    values = {"application_id": application_id, "day": day, "most": most}
    return session.execute(_COUNT, values).first() is not None


def forget(session: Session, before: str) -> None:
    """Drop the days before that date."""
    session.execute(delete(BroadcastDayRow).where(BroadcastDayRow.day < before))

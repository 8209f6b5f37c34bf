"""How far one user's message has come along its rule."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ums.domain.delivery import DeliveryStatus
from ums.store.models import DeliveryRow


class Sibling(NamedTuple):
    """Another delivery of the same user in the same step."""

    id: int
    status: DeliveryStatus


def step_statuses(session: Session, message_id: int, userid: str, step: int) -> list[Sibling]:
    """How one user's deliveries of one step stand."""
    rows = session.execute(
        select(DeliveryRow.id, DeliveryRow.status).where(
            DeliveryRow.message_id == message_id, DeliveryRow.userid == userid, DeliveryRow.step == step
        )
    )
    return [Sibling(row.id, DeliveryStatus(row.status)) for row in rows]


def has_later_step(session: Session, message_id: int, userid: str, step: int) -> bool:
    """Whether a user's message has already moved on past a step."""
    return (
        session.execute(
            select(DeliveryRow.id)
            .where(DeliveryRow.message_id == message_id, DeliveryRow.userid == userid, DeliveryRow.step > step)
            .limit(1)
        ).first()
        is not None
    )

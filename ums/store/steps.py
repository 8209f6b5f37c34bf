"""How far one user's message has come along its rule."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session

from ums.domain.delivery import DeliveryStatus
from ums.store.models import ChannelRow, DeliveryRow


class Place(NamedTuple):
    """One step of one user's message, and the delivery that another would replace."""

    message_id: int
    userid: str
    step: int
    delivery_id: int


class Sibling(NamedTuple):
    """A delivery of one user's step: its channel, where it stands, when its rule looks at it again."""

    id: int
    type: str
    code: str
    status: DeliveryStatus
    look_at: float | None


def siblings(session: Session, place: Place) -> list[Sibling]:
    """The deliveries of one user's step."""
    rows = session.execute(
        select(DeliveryRow.id, ChannelRow.type, ChannelRow.code, DeliveryRow.status, DeliveryRow.look_at)
        .join(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
        .where(*_of(place))
    )
    return [Sibling(id_, type_, code, DeliveryStatus(status), at) for id_, type_, code, status, at in rows]


def has_later_step(session: Session, place: Place) -> bool:
    """Whether a user's message has already moved on past a step."""
    return (
        session.execute(
            select(DeliveryRow.id)
            .where(
                DeliveryRow.message_id == place.message_id,
                DeliveryRow.userid == place.userid,
                DeliveryRow.step > place.step,
            )
            .limit(1)
        ).first()
        is not None
    )


def due_for_a_look(session: Session, now: float, limit: int) -> list[Place]:
    """Steps whose wait is over."""
    rows = session.execute(
        select(DeliveryRow.message_id, DeliveryRow.userid, DeliveryRow.step, func.min(DeliveryRow.id))
        .where(DeliveryRow.look_at.is_not(None), DeliveryRow.look_at <= now)
        .group_by(DeliveryRow.message_id, DeliveryRow.userid, DeliveryRow.step)
        .limit(limit)
    )
    return [Place(*row) for row in rows]


def cancel_queued(session: Session, place: Place, reason: str, now: float) -> None:
    """Withdraw what of a step has not been handed to a provider."""
    session.execute(
        update(DeliveryRow)
        .where(*_of(place), DeliveryRow.status == DeliveryStatus.QUEUED)
        .values(status=DeliveryStatus.CANCELLED, open=False, due=None, reason=reason, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def close_look(session: Session, place: Place) -> None:
    """The rule looks at this step no more: what nothing else is to come for is closed."""
    still_open = case(
        (DeliveryRow.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.SENDING)), True),
        # an accepted delivery that waits for its receipt is due when that has been long enough
        (DeliveryRow.status == DeliveryStatus.ACCEPTED, DeliveryRow.due.is_not(None)),
        else_=False,
    )
    session.execute(
        update(DeliveryRow)
        .where(*_of(place), DeliveryRow.look_at.is_not(None))
        .values(look_at=None, open=still_open)
        .execution_options(synchronize_session=False)
    )


def _of(place: Place) -> tuple[ColumnElement[bool], ...]:
    return (
        DeliveryRow.message_id == place.message_id,
        DeliveryRow.userid == place.userid,
        DeliveryRow.step == place.step,
    )

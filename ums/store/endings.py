"""Deliveries that come to their end without a call: out of time, without a receipt, or by an operator's doing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, select, text, update
from sqlalchemy.orm import Session

from ums.domain.delivery import DeliveryStatus
from ums.domain.outcome import UNCERTAIN
from ums.domain.routing import Obstacle
from ums.domain.views import ChannelState
from ums.store.models import AttemptRow, BreakerRow, ChannelRow, DeliveryRow
from ums.store.steps import Place

_QUEUED = text("deliveries.status = 'queued'")
_LOOKED_AT = DeliveryRow.look_at.is_not(None)
"""A delivery stays open until its rule has looked at it."""
_AWAITED = text("deliveries.status = 'accepted' AND deliveries.open")
"""Written out, not bound: SQLite uses a partial index only where it can see its condition in the query."""


def anything_late(session: Session, now: float) -> bool:
    """Whether `expire_late` or `close_unreported` would find anything; a look that takes no lock."""
    late = select(DeliveryRow.id).where(_QUEUED, DeliveryRow.expires_at <= now)
    unreported = select(DeliveryRow.id).where(_AWAITED, DeliveryRow.due <= now)
    return any(session.execute(which.limit(1)).first() is not None for which in (late, unreported))


class Ended(NamedTuple):
    """A delivery that time has ended."""

    message_id: int
    id: int
    status: DeliveryStatus


_MAY_HAVE_ARRIVED = exists().where(AttemptRow.delivery_id == DeliveryRow.id, AttemptRow.outcome == UNCERTAIN)


_HELD = select(literal("channel_") + ChannelRow.state).where(
    ChannelRow.id == DeliveryRow.channel_id, ChannelRow.state != ChannelState.READY.value
)
_FAILING = select(literal(Obstacle.CHANNEL_FAILING.value)).where(
    BreakerRow.channel_id == DeliveryRow.channel_id, BreakerRow.opened_at.is_not(None)
)
_WHY_IT_WAITED = case(
    (
        DeliveryRow.reason == "",
        func.coalesce(*(why.correlate(DeliveryRow).scalar_subquery() for why in (_HELD, _FAILING)), ""),
    ),
    else_=DeliveryRow.reason,
)
"""What a delivery's own row says, or that its channel wasn't called: afterwards nobody could tell."""


def expire_late(session: Session, now: float, limit: int) -> list[Ended]:
    """End what was not handed over in time; answers what: as expired, or unconfirmed where it may have arrived."""
    status = case((_MAY_HAVE_ARRIVED, DeliveryStatus.UNCONFIRMED.value), else_=DeliveryStatus.EXPIRED.value)
    return _end(
        session,
        and_(_QUEUED, DeliveryRow.expires_at <= now),
        {"status": status, "reason": _WHY_IT_WAITED, "open": _LOOKED_AT, "due": None, "updated_at": now},
        limit,
    )


def that_may_have_arrived(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of the deliveries of which a call left that was never answered."""
    if not ids:
        return set()
    return set(session.scalars(select(DeliveryRow.id).where(DeliveryRow.id.in_(ids), _MAY_HAVE_ARRIVED)))


def close_unreported(session: Session, now: float, limit: int) -> list[Ended]:
    """Accepted deliveries whose receipt never came are final as they stand; answers which."""
    return _end(
        session,
        and_(_AWAITED, DeliveryRow.due <= now),
        {"open": _LOOKED_AT, "due": None, "updated_at": now},
        limit,
    )


def waiting_on(session: Session, channel_id: int) -> int:
    """How many deliveries are queued on a channel."""
    query = select(func.count()).select_from(DeliveryRow).where(_QUEUED, DeliveryRow.channel_id == channel_id)
    return session.scalars(query).one()


def cancel_waiting(session: Session, channel_id: int, reason: str, now: float, limit: int) -> list[Place]:
    """Withdraw what is queued on a channel; answers where that leaves its users."""
    ids = select(DeliveryRow.id).where(_QUEUED, DeliveryRow.channel_id == channel_id).limit(limit)
    statement = (
        update(DeliveryRow)
        .where(DeliveryRow.id.in_(ids.scalar_subquery()))
        .values(status=DeliveryStatus.CANCELLED, open=_LOOKED_AT, due=None, reason=reason, updated_at=now)
        .returning(DeliveryRow.message_id, DeliveryRow.userid, DeliveryRow.step, DeliveryRow.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(Place(*row) for row in session.execute(statement))


def _end(session: Session, which: ColumnElement[bool], values: dict[str, object], limit: int) -> list[Ended]:
    ids = select(DeliveryRow.id).where(which).limit(limit).scalar_subquery()
    statement = (
        update(DeliveryRow)
        .where(DeliveryRow.id.in_(ids))
        .values(**values)
        .returning(DeliveryRow.message_id, DeliveryRow.id, DeliveryRow.status)
        .execution_options(synchronize_session=False)
    )
    rows = session.execute(statement)
    return sorted(Ended(message_id, id_, DeliveryStatus(status)) for message_id, id_, status in rows)

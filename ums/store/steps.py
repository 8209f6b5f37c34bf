"""How far users' messages have come along their rules, looked up for many users of one step at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Update, case, func, select, update
from sqlalchemy.orm import Session

from ums.domain.delivery import DeliveryStatus
from ums.store.models import ChannelRow, DeliveryRow

CHUNK = 1000
"""Values in one IN list: well under what any database takes in a statement."""


_STILL_OPEN = case(
    (DeliveryRow.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.SENDING)), True),
    # an accepted delivery that waits for its receipt is due when that has been long enough
    (DeliveryRow.status == DeliveryStatus.ACCEPTED, DeliveryRow.due.is_not(None)),
    else_=False,
)
"""Whether something else is to come for a delivery that its rule looks at no more."""


class Place(NamedTuple):
    """One step of one user's message, and the delivery that another would replace."""

    message_id: int
    userid: str
    step: int
    delivery_id: int


class Sibling(NamedTuple):
    """A delivery of one user's step: its channel, where it stands, when its rule looks at it again."""

    id: int
    userid: str
    type: str
    code: str
    status: DeliveryStatus
    look_at: float | None


def siblings(session: Session, message_id: int, step: int, userids: Sequence[str]) -> dict[str, list[Sibling]]:
    """The deliveries of these users' step, by userid; of those who have moved on past it there are none."""
    found: dict[str, list[Sibling]] = {}
    for start in range(0, len(userids), CHUNK):
        chunk = userids[start : start + CHUNK]
        rows = session.execute(
            select(
                DeliveryRow.id,
                DeliveryRow.userid,
                ChannelRow.type,
                ChannelRow.code,
                DeliveryRow.status,
                DeliveryRow.look_at,
                DeliveryRow.step,
            )
            .join(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
            .where(DeliveryRow.message_id == message_id, DeliveryRow.userid.in_(chunk), DeliveryRow.step >= step)
            .order_by(DeliveryRow.id)
        ).all()
        past = {row.userid for row in rows if row.step > step}
        for id_, userid, type_, code, status, look_at, _ in rows:
            if userid not in past:
                one = Sibling(id_, userid, type_, code, DeliveryStatus(status), look_at)
                found.setdefault(userid, []).append(one)
    return found


def due_for_a_look(session: Session, now: float, limit: int) -> list[Place]:
    """Steps whose wait is over."""
    rows = session.execute(
        select(DeliveryRow.message_id, DeliveryRow.userid, DeliveryRow.step, func.min(DeliveryRow.id))
        .where(DeliveryRow.look_at.is_not(None), DeliveryRow.look_at <= now)
        .group_by(DeliveryRow.message_id, DeliveryRow.userid, DeliveryRow.step)
        .limit(limit)
    )
    return [Place(*row) for row in rows]


def leave(session: Session, delivery_ids: Sequence[int], reason: str, now: float) -> None:
    """The rule has left these deliveries' steps: what no provider has is withdrawn, and nothing looks at them."""
    _change(
        session,
        update(DeliveryRow)
        .where(DeliveryRow.status == DeliveryStatus.QUEUED)
        .values(status=DeliveryStatus.CANCELLED, open=False, due=None, look_at=None, reason=reason, updated_at=now),
        delivery_ids,
    )
    looked_at = update(DeliveryRow).where(DeliveryRow.look_at.is_not(None))
    _change(session, looked_at.values(look_at=None, open=_STILL_OPEN), delivery_ids)


def end_due_looks(session: Session, places: Sequence[Place], now: float) -> None:
    """The rule has looked at these places: those of their deliveries that were due for it are looked at no more."""
    looked_at = update(DeliveryRow).where(DeliveryRow.look_at <= now).values(look_at=None, open=_STILL_OPEN)
    for message_id in {place.message_id for place in places}:
        userids = [place.userid for place in places if place.message_id == message_id]
        of_places = looked_at.where(DeliveryRow.message_id == message_id, DeliveryRow.userid.in_(userids))
        session.execute(of_places.execution_options(synchronize_session=False))


def _change(session: Session, statement: Update, delivery_ids: Sequence[int]) -> None:
    for start in range(0, len(delivery_ids), CHUNK):
        of_chunk = statement.where(DeliveryRow.id.in_(delivery_ids[start : start + CHUNK]))
        session.execute(of_chunk.execution_options(synchronize_session=False))

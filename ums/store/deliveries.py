"""Deliveries, made: each row is an item of the queue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, insert, literal_column
from sqlalchemy.orm import Session

from ums.domain.delivery import DeliveryStatus
from ums.store.bulk import run_in_order
from ums.store.models import DeliveryRow


class NewDelivery(NamedTuple):
    """A delivery about to be stored; without `channel_id` it is an unreachable user's row."""

    userid: str
    channel_id: int | None
    endpoint: str
    address: str
    step: int
    reason: str = ""
    fallback_of: int | None = None
    cause: str = ""
    look_at: float | None = None


_NAMES = (
    "message_id", "userid", "channel_id", "endpoint", "address", "priority", "status", "open", "reason", "step",
    "fallback_of", "cause", "look_at", "due", "expires_at", "updated_at",
)  # fmt: skip
_ADD_DELIVERY = insert(cast("Table", DeliveryRow.__table__)).values(
    {name: bindparam(name) for name in _NAMES}
    | {"provider_message": literal_column("''")}
    | {name: literal_column("0") for name in ("attempt", "tries", "calls")}
)


def add(
    session: Session, message_id: int, priority: int, expires_at: float, rows: Iterable[NewDelivery], now: float
) -> None:
    """Store deliveries, ready to be claimed: the row is the queue item."""
    queued, unreachable = DeliveryStatus.QUEUED.value, DeliveryStatus.UNREACHABLE.value
    run_in_order(
        session,
        _ADD_DELIVERY,
        _NAMES,
        [
            (message_id, userid, channel_id, endpoint, address, priority, queued, True, reason, step,
             fallback_of, cause, look_at, now, expires_at, now)
            if channel_id
            else (message_id, userid, None, endpoint, address, priority, unreachable, False, reason, step,
                  fallback_of, cause, None, None, expires_at, now)
            for userid, channel_id, endpoint, address, step, reason, fallback_of, cause, look_at in rows
        ],
    )  # fmt: skip

"""Deliveries, made: each row is an item of the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from ums.domain.delivery import DeliveryStatus
from ums.store.bulk import insert_alike
from ums.store.direct import Value
from ums.store.models import DeliveryRow


class Kind(NamedTuple):
    """What deliveries of a message have in common that go the same way, or nowhere: then there is a `reason`."""

    channel_id: int | None
    endpoint: str = ""
    step: int = 0
    cause: str = ""
    look_at: float | None = None
    reason: str = ""


Own = tuple[str, str, int | None]
"""What one of them has for itself: its userid, its address, and which delivery it is the fallback of."""
NewDeliveries = Mapping[Kind, Sequence[Own]]
"""Deliveries about to be stored, those of a kind together: millions of a broadcast differ in these three alone."""

_deliveries = cast("Table", DeliveryRow.__table__)
_OWN = ("userid", "address", "fallback_of")


def number_of(new: NewDeliveries) -> int:
    """How many they are."""
    return sum(map(len, new.values()))


def add(
    session: Session, message_id: int, priority: int, expires_at: float, new: NewDeliveries, now: float
) -> None:
    """Store deliveries, ready to be claimed: the row is the queue item. Those of one kind follow one another."""
    of_message: dict[str, Value] = {
        "message_id": message_id,
        "priority": priority,
        "expires_at": expires_at,
        "updated_at": now,
        "provider_message": "",
        "attempt": 0,
        "tries": 0,
        "calls": 0,
    }
    for kind, own in new.items():
        insert_alike(session, _deliveries, of_message | _of_kind(kind, now), _OWN, own)


def _of_kind(kind: Kind, now: float) -> dict[str, Value]:
    """The columns of a kind; without a channel nothing is to be done for its deliveries."""
    is_sent = kind.channel_id is not None
    return {
        **kind._asdict(),
        "status": (DeliveryStatus.QUEUED if is_sent else DeliveryStatus.UNREACHABLE).value,
        "open": is_sent,
        "due": now if is_sent else None,
    }

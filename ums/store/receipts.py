"""Receipts: kept once each, matched to their delivery, waiting for it where they came first.

The statements are constants: providers report a thousand deliveries in seconds, and building a statement
anew takes SQLAlchemy longer than SQLite takes to run it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ums.domain.delivery import DeliveryStatus
from ums.domain.receipt import Receipt
from ums.store.direct import fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A delivery that a receipt speaks of, as it stands."""

    id: int
    message_id: int
    userid: str
    address: str
    step: int
    status: DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A receipt that came before its delivery was known."""

    receipt_id: int
    receipt: Receipt


_KEEP = text("""
    INSERT INTO receipts (channel_id, event_id, provider_id, address, status, reason, words, provider_code,
                          received_at)
    VALUES (:channel_id, :event_id, :provider_id, :address, :status, :reason, :words, :provider_code, :now)
    ON CONFLICT (channel_id, event_id) DO NOTHING
    RETURNING id
""")

_DELIVERIES = text("""
    SELECT id, message_id, userid, address, step, status FROM deliveries
    WHERE channel_id = :channel_id AND provider_id = :provider_id ORDER BY id
""")

_UNMATCHED = text("""
    SELECT id, event_id, provider_id, address, status, reason, words, provider_code FROM receipts
    WHERE delivery_id IS NULL AND channel_id = :channel_id AND provider_id IN :provider_ids ORDER BY id
""").bindparams(bindparam("provider_ids", expanding=True))

_ANY_UNMATCHED = text("SELECT 1 FROM receipts WHERE delivery_id IS NULL AND channel_id = :channel_id LIMIT 1")

_MATCH = text("UPDATE receipts SET delivery_id = :delivery_id WHERE id = :id")

_MOVE = text("""
    UPDATE deliveries SET status = :status, open = (look_at IS NOT NULL), reason = :reason, due = NULL,
        updated_at = :now,
        provider_code = CASE WHEN :reason = '' THEN provider_code ELSE :provider_code END,
        provider_message = CASE WHEN :reason = '' THEN provider_message ELSE :words END
    WHERE id = :id
""")


def keep(session: Session, channel_id: int, receipt: Receipt, now: float) -> int | None:
    """Store a receipt; its row's id, or None when the same event has been stored before."""
    values = {
        "channel_id": channel_id,
        "event_id": receipt.event_id,
        "provider_id": receipt.provider_id,
        "address": receipt.address,
        "status": receipt.status.value,
        "reason": receipt.reason,
        "words": receipt.words,
        "provider_code": receipt.provider_code,
        "now": now,
    }
    return next(iter(fetched(session, _KEEP, values, int)), None)


def delivery_of(session: Session, channel_id: int, receipt: Receipt) -> Reported | None:
    """The delivery that the provider knows by this receipt's number; of several, the one to its address."""
    values = {"channel_id": channel_id, "provider_id": receipt.provider_id}
    known = fetched(session, _DELIVERIES, values, _reported)
    return min(known, key=lambda delivery: delivery.address != receipt.address, default=None)


def _reported(id_: int, message_id: int, userid: str, address: str, step: int, status: str) -> Reported:
    return Reported(
        id=id_, message_id=message_id, userid=userid, address=address, step=step, status=DeliveryStatus(status)
    )


def unmatched(session: Session, channel_id: int, provider_ids: Sequence[str]) -> list[Unmatched]:
    """Receipts with these numbers that still wait for their delivery, in the order they came."""
    rows = session.execute(_UNMATCHED, {"channel_id": channel_id, "provider_ids": list(provider_ids)})
    return [
        Unmatched(
            receipt_id=row.id,
            receipt=Receipt(
                event_id=row.event_id,
                provider_id=row.provider_id,
                address=row.address,
                status=DeliveryStatus(row.status),
                reason=row.reason,
                words=row.words,
                provider_code=row.provider_code,
            ),
        )
        for row in rows
    ]


def has_unmatched(session: Session, channel_id: int) -> bool:
    """Whether any receipt of this channel still waits for its delivery."""
    return bool(fetched(session, _ANY_UNMATCHED, {"channel_id": channel_id}, bool))


def match(session: Session, receipt_id: int, delivery_id: int) -> None:
    """Note which delivery a receipt speaks of."""
    session.execute(_MATCH, {"id": receipt_id, "delivery_id": delivery_id})


def move(session: Session, delivery_id: int, receipt: Receipt, status: DeliveryStatus, now: float) -> None:
    """Move a delivery to the status its receipt reports; its words are kept where they say what went wrong."""
    values = {
        "id": delivery_id,
        "status": status.value,
        "reason": receipt.reason,
        "provider_code": receipt.provider_code,
        "words": receipt.words,
        "now": now,
    }
    session.execute(_MOVE, values)

"""Receipts: kept once each, matched to their delivery, waiting for it where they came first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import Session

from ums.domain.delivery import DeliveryStatus
from ums.domain.receipt import Receipt
from ums.store.models import DeliveryRow, ReceiptRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A delivery that a receipt speaks of, as it stands."""

    id: int
    message_id: int
    userid: str
    channel_id: int
    address: str
    step: int
    status: DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A receipt that came before its delivery was known."""

    receipt_id: int
    receipt: Receipt


def keep(session: Session, channel_id: int, receipt: Receipt, now: float) -> int | None:
    """Store a receipt; its row's id, or None when the same event has been stored before."""
    statement = upsert(ReceiptRow).values(
        channel_id=channel_id,
        event_id=receipt.event_id,
        provider_id=receipt.provider_id,
        address=receipt.address,
        status=receipt.status,
        reason=receipt.reason,
        words=receipt.words,
        provider_code=receipt.provider_code,
        received_at=now,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["channel_id", "event_id"])
    return session.execute(statement.returning(ReceiptRow.id)).scalar_one_or_none()


def delivery_of(session: Session, channel_id: int, receipt: Receipt) -> Reported | None:
    """The delivery that the provider knows by this receipt's number; of several, the one to its address."""
    rows = session.execute(
        select(DeliveryRow)
        .where(DeliveryRow.channel_id == channel_id, DeliveryRow.provider_id == receipt.provider_id)
        .order_by(DeliveryRow.id)
    ).scalars()
    return next(iter(sorted(map(_reported, rows), key=lambda row: row.address != receipt.address)), None)


def unmatched(session: Session, channel_id: int, provider_ids: Sequence[str]) -> list[Unmatched]:
    """Receipts with these numbers that still wait for their delivery, in the order they came."""
    rows = session.execute(
        select(ReceiptRow)
        .where(
            ReceiptRow.delivery_id.is_(None),
            ReceiptRow.channel_id == channel_id,
            ReceiptRow.provider_id.in_(provider_ids),
        )
        .order_by(ReceiptRow.id)
    ).scalars()
    return [Unmatched(receipt_id=row.id, receipt=_receipt(row)) for row in rows]


def has_unmatched(session: Session, channel_id: int) -> bool:
    """Whether any receipt of this channel still waits for its delivery."""
    return (
        session.execute(
            select(ReceiptRow.id)
            .where(ReceiptRow.delivery_id.is_(None), ReceiptRow.channel_id == channel_id)
            .limit(1)
        ).first()
        is not None
    )


def match(session: Session, receipt_id: int, delivery_id: int) -> None:
    """Note which delivery a receipt speaks of."""
    session.execute(update(ReceiptRow).where(ReceiptRow.id == receipt_id).values(delivery_id=delivery_id))


def move(session: Session, delivery_id: int, receipt: Receipt, status: DeliveryStatus, now: float) -> None:
    """Move a delivery to the status its receipt reports."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == delivery_id)
        .values(
            status=status,
            open=False,
            reason=receipt.reason,
            due=None,
            updated_at=now,
            **(
                {"provider_code": receipt.provider_code, "provider_message": receipt.words}
                if receipt.reason
                else {}
            ),
        )
    )


def _reported(row: DeliveryRow) -> Reported:
    return Reported(
        id=row.id,
        message_id=row.message_id,
        userid=row.userid,
        channel_id=row.channel_id or 0,
        address=row.address,
        step=row.step,
        status=DeliveryStatus(row.status),
    )


def _receipt(row: ReceiptRow) -> Receipt:
    return Receipt(
        event_id=row.event_id,
        provider_id=row.provider_id,
        address=row.address,
        status=DeliveryStatus(row.status),
        reason=row.reason,
        words=row.words,
        provider_code=row.provider_code,
    )

"""What providers told besides receipts: kept once each, for a time."""

from __future__ import annotations

from sqlalchemy import JSON, bindparam, text
from sqlalchemy.orm import Session

from ums.domain.push import ProviderEvent

_KEEP = text("""
    INSERT INTO provider_events (channel_id, event_id, kind, address, at, received_at, details)
    VALUES (:channel_id, :event_id, :kind, :address, :at, :received_at, :details)
    ON CONFLICT (channel_id, event_id) DO NOTHING
    RETURNING id
""").bindparams(bindparam("details", type_=JSON))

_FORGET = text("""
    DELETE FROM provider_events WHERE id IN
        (SELECT id FROM provider_events WHERE received_at < :before ORDER BY received_at LIMIT :limit)
    RETURNING id
""")


def keep(session: Session, channel_id: int, event: ProviderEvent, received_at: float) -> bool:
    """Store an event; whether it is new, and not a repeat of one stored before."""
    values = {
        "channel_id": channel_id,
        "event_id": event.event_id,
        "kind": event.kind,
        "address": event.address,
        "at": event.at,
        "received_at": received_at,
        "details": dict(event.details),
    }
    return session.execute(_KEEP, values).scalar_one_or_none() is not None


def forget(session: Session, before: float, limit: int) -> bool:
    """Drop at most `limit` events that came before a moment; whether there were any."""
    return session.execute(_FORGET, {"before": before, "limit": limit}).first() is not None

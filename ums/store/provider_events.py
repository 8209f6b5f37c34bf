"""What providers told besides receipts: kept once each, for a time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import JSON, Row, bindparam, text
from sqlalchemy.orm import Session

from ums.domain.push import KeptEvent, ProviderEvent

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


LOOKED_AT = 10_000
"""Events, the newest, of which the kinds are told."""

_KEPT = """
    SELECT kept.id, kept.kind, kept.address, kept.at, kept.received_at, kept.details,
           (SELECT users.userid FROM bindings JOIN users ON users.id = bindings.user_id
            WHERE bindings.property = :property AND bindings.value = kept.address
              AND bindings.bind_id IN (:code, 'all') ORDER BY bindings.id LIMIT 1) AS userid
    FROM provider_events AS kept
    WHERE kept.channel_id = :channel_id
"""
_PAGE = text(f"""{_KEPT}
      AND (:kind = '' OR kept.kind = :kind) AND (:before = 0 OR kept.id < :before) AND kept.received_at >= :since
    ORDER BY kept.id DESC LIMIT :limit
""").columns(details=JSON)
_ONE = text(f"{_KEPT} AND kept.id = :id").columns(details=JSON)
_KINDS = text("""
    SELECT kind, COUNT(*) FROM (
        SELECT kind FROM provider_events WHERE channel_id = :channel_id ORDER BY id DESC LIMIT :limit) AS newest
    GROUP BY kind ORDER BY kind
""")
_NAMED = text("""
    SELECT messages.msgid, deliveries.status FROM deliveries JOIN messages ON messages.id = deliveries.message_id
    WHERE deliveries.channel_id = :channel_id AND deliveries.provider_id IN :provider_ids
    ORDER BY deliveries.id LIMIT :limit
""").bindparams(bindparam("provider_ids", expanding=True))
_MOVED = text("""
    SELECT template_id, change FROM credit_movements
    WHERE channel_id = :channel_id AND address = :address AND at = :received_at AND delivery_id IS NULL ORDER BY id
""")


class Whose(NamedTuple):
    """A channel, and by which property its addresses are users'."""

    channel_id: int
    code: str
    property: str


def page(session: Session, whose: Whose, *, kind: str, since: float, before: int, limit: int) -> list[KeptEvent]:
    """A channel's events that are kept and came since then, the newest first, before the one with the id `before`.

    `kind` empty is any, `before` 0 is from the newest on.
    """
    values = {**whose._asdict(), "kind": kind, "since": since, "before": before, "limit": limit}
    return [_kept(row) for row in session.execute(_PAGE, values)]


def by_id(session: Session, whose: Whose, event_id: int) -> KeptEvent | None:
    """One event of a channel."""
    row = session.execute(_ONE, {**whose._asdict(), "id": event_id}).one_or_none()
    return None if row is None else _kept(row)


def kinds(session: Session, channel_id: int) -> dict[str, int]:
    """The kinds among a channel's newest events, and how many there are of each."""
    found = session.execute(_KINDS, {"channel_id": channel_id, "limit": LOOKED_AT})
    return {kind: int(count) for kind, count in found}


def deliveries_named(
    session: Session, channel_id: int, provider_ids: Collection[str], limit: int
) -> list[tuple[str, str]]:
    """The msgid and the status of deliveries that the provider knows by one of these ids."""
    values = {"channel_id": channel_id, "provider_ids": list(provider_ids), "limit": limit}
    return [(msgid, status) for msgid, status in session.execute(_NAMED, values)]


def credits_moved(session: Session, channel_id: int, event: KeptEvent) -> list[tuple[str, int]]:
    """The templates whose balance an event has changed, and by how much."""
    values = {"channel_id": channel_id, "address": event.address, "received_at": event.received_at}
    return [(template_id, change) for template_id, change in session.execute(_MOVED, values)]


def _kept(row: Row[*tuple[Any, ...]]) -> KeptEvent:
    return KeptEvent(
        id=row.id,
        kind=row.kind,
        address=row.address,
        userid=row.userid,
        at=row.at,
        received_at=row.received_at,
        details=row.details,
    )

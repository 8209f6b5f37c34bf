"""The third-party platform: its settings, its last ticket, and what is pushed to it about accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import LargeBinary, bindparam, delete, or_, select, text, update
from sqlalchemy.orm import Session

from ums.domain.authorisation import KeptPlatform
from ums.domain.commands import Json
from ums.store.models import PlatformEventRow, PlatformRow

_ADD_EVENT = text("""
    INSERT INTO platform_events (event_id, kind, account, at, received_at, sealed_code, tries, due)
    VALUES (:event_id, :kind, :account, :at, :received_at, :code, 0, :due)
    ON CONFLICT (event_id) DO NOTHING
    RETURNING id
""").bindparams(bindparam("code", type_=LargeBinary))


class DueEvent(NamedTuple):
    """A pushed event that is still to be looked into."""

    id: int
    kind: str
    account: str
    at: float
    code: bytes | None
    tries: int


def find(session: Session, key: str) -> KeptPlatform | None:
    """The platform of the provider `key`, if there is one."""
    row = session.get(PlatformRow, key)
    if row is None:
        return None
    return KeptPlatform(
        key=row.key,
        settings=row.settings,
        sealed_settings=row.sealed_settings,
        version=row.version,
        ticket=row.sealed_ticket,
        ticket_at=row.ticket_at,
    )


def put(session: Session, key: str, settings: Mapping[str, Json], sealed_settings: bytes, now: float) -> None:
    """Keep settings, under the next version."""
    row = session.get(PlatformRow, key)
    if row is None:
        session.add(PlatformRow(key=key, settings=dict(settings), sealed_settings=sealed_settings, created_at=now))
    else:
        row.settings, row.sealed_settings, row.version = dict(settings), sealed_settings, row.version + 1
    session.flush()


def put_ticket(session: Session, key: str, sealed: bytes, at: float) -> bool:
    """Keep a ticket, unless it is older than the one kept; whether it was."""
    kept = session.execute(
        update(PlatformRow)
        .where(PlatformRow.key == key, or_(PlatformRow.ticket_at.is_(None), PlatformRow.ticket_at <= at))
        .values(sealed_ticket=sealed, ticket_at=at)
        .returning(PlatformRow.key)
    )
    return kept.one_or_none() is not None


def drop_ticket(session: Session, key: str) -> None:
    """Forget the ticket: it is another platform's."""
    session.execute(update(PlatformRow).where(PlatformRow.key == key).values(sealed_ticket=None, ticket_at=None))


def add_event(
    session: Session, *, event_id: str, kind: str, account: str, at: float, received_at: float, code: bytes | None
) -> bool:
    """Keep an event once; whether it is new. One with a code is due at once."""
    values = {
        "event_id": event_id,
        "kind": kind,
        "account": account,
        "at": at,
        "received_at": received_at,
        "code": code,
        "due": None if code is None else received_at,
    }
    return session.execute(_ADD_EVENT, values).scalar_one_or_none() is not None


def due_events(session: Session, now: float, limit: int) -> list[DueEvent]:
    """Events to be looked into by now, the oldest first."""
    rows = session.scalars(
        select(PlatformEventRow)
        .where(PlatformEventRow.due <= now)
        .order_by(PlatformEventRow.at, PlatformEventRow.id)
        .limit(limit)
    )
    return [DueEvent(row.id, row.kind, row.account, row.at, row.sealed_code, row.tries) for row in rows]


def claim_event(session: Session, event: DueEvent, until: float) -> bool:
    """Take an event to look into, once for all processes; it is due again at `until` unless it is closed."""
    taken = session.execute(
        update(PlatformEventRow)
        .where(
            PlatformEventRow.id == event.id,
            PlatformEventRow.tries == event.tries,
            PlatformEventRow.due.is_not(None),
        )
        .values(tries=event.tries + 1, due=until)
        .returning(PlatformEventRow.id)
    )
    return taken.one_or_none() is not None


def close_event(session: Session, event_id: int) -> None:
    """It has been looked into; its code is of no more use."""
    session.execute(
        update(PlatformEventRow).where(PlatformEventRow.id == event_id).values(due=None, sealed_code=None)
    )


def forget_events(session: Session, before: float) -> None:
    """Drop the events that came before a moment."""
    session.execute(delete(PlatformEventRow).where(PlatformEventRow.received_at < before))

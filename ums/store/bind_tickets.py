"""Tickets, browsers' visits and results: kept under digests, each used once by one statement.

To select first and use afterwards would let two phones use one ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import JSON, ColumnElement, CursorResult, bindparam, delete, insert, select, text
from sqlalchemy.orm import Session

from ums.domain.bind_ticket import Purpose, Ticket
from ums.domain.json import Json
from ums.store.models import BindResultRow, BindTicketRow, BindVisitRow

_TAKE = text("""
    UPDATE bind_tickets SET used_at = :now
    WHERE digest = :digest AND used_at IS NULL AND expires_at > :now RETURNING digest
""")
_TAKE_VISIT = text("""
    UPDATE bind_visits SET used_at = :now
    WHERE digest = :digest AND browser = :browser AND used_at IS NULL AND expires_at > :now
    RETURNING ticket, openly
""")
_OUTCOME = text("UPDATE bind_visits SET outcome = :outcome WHERE digest = :digest").bindparams(
    bindparam("outcome", type_=JSON)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Who came, as it is kept for the application; `userid` is empty where the address is nobody's yet.

    Pages of `origin` may ask for it too, where that is not empty.
    """

    application_id: int
    channel_id: int
    address: str = field(repr=False)
    companion: tuple[int, str] | None = field(default=None, repr=False)
    userid: str = ""
    origin: str = ""
    expires_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A browser's visit that came back: by which ticket, and whether its person was asked openly."""

    ticket: str
    openly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVisit:
    """A visit as it stands: by which ticket, and what its page shows; nothing (None) while it is under way."""

    ticket: str
    is_back: bool
    outcome: Mapping[str, Json] | None = field(repr=False)


def add(session: Session, digest: str, ticket: Ticket) -> None:
    companion_id, companion = ticket.companion or (None, "")
    session.execute(
        insert(BindTicketRow).values(
            digest=digest,
            purpose=ticket.purpose.value,
            application_id=ticket.application_id,
            channel_id=ticket.channel_id,
            userid=ticket.userid,
            companion_id=companion_id,
            companion=companion,
            known=ticket.known,
            return_to=ticket.return_to,
            origin=ticket.origin,
            expires_at=ticket.expires_at,
        )
    )


def find(session: Session, digest: str, now: float) -> Ticket | None:
    """A ticket that may still be used."""
    query = select(BindTicketRow).where(
        BindTicketRow.digest == digest, BindTicketRow.used_at.is_(None), BindTicketRow.expires_at > now
    )
    row = session.scalars(query).first()
    return None if row is None else _ticket(row)


def kept(session: Session, digest: str) -> Ticket | None:
    """A ticket whether or not it may still be used."""
    row = session.get(BindTicketRow, digest)
    return None if row is None else _ticket(row)


def take(session: Session, digest: str, now: float) -> bool:
    """Use a ticket: whether this is the one time that it can be."""
    return session.execute(_TAKE, {"digest": digest, "now": now}).scalar() is not None


def begin_visit(
    session: Session, digest: str, *, ticket: str, browser: str, openly: bool, expires_at: float
) -> None:
    session.execute(
        insert(BindVisitRow).values(
            digest=digest, ticket=ticket, browser=browser, openly=openly, expires_at=expires_at
        )
    )


def take_visit(session: Session, digest: str, browser: str, now: float) -> Visit | None:
    """Use a visit: None where it isn't this browser's, or was used, or is over."""
    row = session.execute(_TAKE_VISIT, {"digest": digest, "browser": browser, "now": now}).first()
    return None if row is None else Visit(ticket=row[0], openly=bool(row[1]))


def close_visit(session: Session, digest: str, outcome: Mapping[str, Json]) -> None:
    """Keep what this visit's page shows."""
    session.execute(_OUTCOME, {"digest": digest, "outcome": dict(outcome)})


def visit(session: Session, digest: str, browser: str, now: float) -> KeptVisit | None:
    """A visit of this browser's, for as long as it may last."""
    row = session.get(BindVisitRow, digest)
    if row is None or row.browser != browser or row.expires_at <= now:
        return None
    return KeptVisit(ticket=row.ticket, is_back=row.used_at is not None, outcome=row.outcome)


def add_result(session: Session, digest: str, result: Result) -> None:
    companion_id, companion = result.companion or (None, "")
    session.execute(
        insert(BindResultRow).values(
            digest=digest,
            application_id=result.application_id,
            channel_id=result.channel_id,
            address=result.address,
            companion_id=companion_id,
            companion=companion,
            userid=result.userid,
            origin=result.origin,
            expires_at=result.expires_at,
        )
    )


def result(session: Session, digest: str, application_id: int, now: float) -> Result | None:
    """A result of this application's that hasn't been taken yet."""
    row = session.scalars(select(BindResultRow).where(*_fresh(digest, application_id, now))).first()
    return None if row is None else _result(row)


def result_for(session: Session, digest: str, now: float) -> Result | None:
    """A result for whichever application that hasn't been taken yet."""
    query = select(BindResultRow).where(BindResultRow.digest == digest, BindResultRow.expires_at > now)
    row = session.scalars(query).first()
    return None if row is None else _result(row)


def take_result(session: Session, digest: str, application_id: int, now: float) -> Result | None:
    """Take a result of this application's: it is there once."""
    query = delete(BindResultRow).where(*_fresh(digest, application_id, now)).returning(BindResultRow)
    row = session.scalars(query).first()
    return None if row is None else _result(row)


def forget(session: Session, before: float) -> int:
    """Drop what has been over since `before`; how many rows."""
    # visits go with their tickets
    dropped = 0
    for table in (BindResultRow, BindTicketRow):
        done = session.execute(delete(table).where(table.expires_at < before))
        dropped += cast("CursorResult[object]", done).rowcount
    return dropped


def _fresh(digest: str, application_id: int, now: float) -> tuple[ColumnElement[bool], ...]:
    return (
        BindResultRow.digest == digest,
        BindResultRow.application_id == application_id,
        BindResultRow.expires_at > now,
    )


def _ticket(row: BindTicketRow) -> Ticket:
    return Ticket(
        purpose=Purpose(row.purpose),
        application_id=row.application_id,
        channel_id=row.channel_id,
        expires_at=row.expires_at,
        userid=row.userid,
        companion=_companion(row),
        known=row.known,
        return_to=row.return_to,
        origin=row.origin,
    )


def _result(row: BindResultRow) -> Result:
    return Result(
        application_id=row.application_id,
        channel_id=row.channel_id,
        address=row.address,
        companion=_companion(row),
        userid=row.userid,
        origin=row.origin,
        expires_at=row.expires_at,
    )


def _companion(row: BindTicketRow | BindResultRow) -> tuple[int, str] | None:
    return None if row.companion_id is None else (row.companion_id, row.companion)

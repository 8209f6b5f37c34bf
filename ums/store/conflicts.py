"""Persons whose addresses can't all be one user's, until somebody decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import JSON, bindparam, select, text, update
from sqlalchemy.orm import Session

from ums.domain.person import Clash
from ums.store.models import ConflictRow

OPEN, SETTLED, APART = STATES = ("open", "settled", "apart")

# Told again it is not new, unless somebody else has come to it.
_TELL = text("""
    INSERT INTO binding_conflicts (person, kind, userids, state, at, decided_by, decision)
    VALUES (:person, :kind, :userids, 'open', :now, '', '')
    ON CONFLICT (person, kind) DO UPDATE
        SET userids = excluded.userids, state = 'open', at = excluded.at, decided_at = NULL, decided_by = '',
            decision = ''
        WHERE binding_conflicts.state = 'settled' OR CAST(binding_conflicts.userids AS TEXT) <> CAST(:same AS TEXT)
""").bindparams(bindparam("userids", type_=JSON), bindparam("same", type_=JSON))
_OVER = text("""
    UPDATE binding_conflicts SET state = 'settled', decided_at = :now, decision = :decision
    WHERE person = :person AND state = 'open'
""")
_MOVE = text("""
    UPDATE binding_conflicts SET person = :into
    WHERE person = :person AND NOT EXISTS (
        SELECT 1 FROM binding_conflicts AS others
        WHERE others.person = :into AND others.kind = binding_conflicts.kind
    )
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A conflict as it is kept; times in unix seconds."""

    id: int
    person: str
    kind: Clash
    userids: tuple[str, ...]
    state: str
    at: float
    decided_at: float | None
    decided_by: str
    decision: str


def tell(session: Session, person: str, kind: Clash, userids: Sequence[str], now: float) -> None:
    """Keep a conflict; one that was decided to stay apart stays so while it is about the same users."""
    listed = sorted(userids)
    values = {"person": person, "kind": kind.value, "userids": listed, "same": listed, "now": now}
    session.execute(_TELL, values)


def over(session: Session, person: str, decision: str, now: float) -> None:
    """There is nothing to decide about a person any more."""
    session.execute(_OVER, {"person": person, "decision": decision, "now": now})


def follow(session: Session, into: str, person: str) -> None:
    """Two persons became one: so do their conflicts."""
    if into != person:
        session.execute(_MOVE, {"into": into, "person": person})


def find(session: Session, id_: int) -> Conflict | None:
    row = session.get(ConflictRow, id_)
    return None if row is None else _value(row)


def decide(session: Session, id_: int, state: str, *, by: str, decision: str, now: float) -> bool:
    """Whether it was open, and is decided now."""
    changed = session.execute(
        update(ConflictRow)
        .where(ConflictRow.id == id_, ConflictRow.state == OPEN)
        .values(state=state, decided_by=by, decision=decision, decided_at=now)
        .returning(ConflictRow.id)
    )
    return changed.scalar() is not None


def page(session: Session, state: str, *, after: int, limit: int) -> list[Conflict]:
    """At most `limit` in a state, in the order in which they came, from the first after `after`."""
    query = select(ConflictRow).where(ConflictRow.state == state, ConflictRow.id > after)
    return [_value(row) for row in session.scalars(query.order_by(ConflictRow.id).limit(limit))]


def _value(row: ConflictRow) -> Conflict:
    return Conflict(
        id=row.id,
        person=row.person,
        kind=Clash(row.kind),
        userids=tuple(str(userid) for userid in row.userids),
        state=row.state,
        at=row.at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision=row.decision,
    )

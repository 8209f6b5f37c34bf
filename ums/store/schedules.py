"""When messages begin, how far their audiences have been expanded, and that they are taken back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, CursorResult, Update, and_, case, cast, func, select, text, update
from sqlalchemy.orm import Session

from ums.domain.audience import Audience, audience_of
from ums.domain.commands import Json
from ums.domain.message import MessageStatus
from ums.domain.rule import Rule, rule_of
from ums.store.direct import fetched
from ums.store.models import ApprovalRow, MessageRow
from ums.store.models.approvals import UNDECIDED

_AHEAD = text("messages.status IN ('scheduled', 'expanding')")
"""Written out, not bound: SQLite uses a partial index only where it can see its condition in the query."""

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """A message that is being expanded: `expanded_to` is the last user's row that has been looked at."""

    id: int
    application_id: int
    rule: Rule
    contents: dict[str, dict[str, Json]]
    audience: Audience
    expanded_to: int
    priority: int
    expires_at: float
    test: bool


class Due(NamedTuple):
    """A scheduled message whose time has come."""

    id: int
    application_id: int


_DUE = text("""
    SELECT id, application_id FROM messages
    WHERE status IN ('scheduled', 'expanding') AND status = 'scheduled' AND start_at <= :now
    ORDER BY start_at LIMIT :limit
""")


def due(session: Session, now: float) -> list[Due]:
    """Scheduled messages whose time has come, the earliest first."""
    return fetched(session, _DUE, {"now": now, "limit": BATCH}, Due)


def begin(session: Session, message_ids: Sequence[int]) -> int:
    """Let scheduled messages begin; how many were still scheduled."""
    return _changed(
        session,
        update(MessageRow)
        .where(MessageRow.id.in_(message_ids), MessageRow.status == MessageStatus.SCHEDULED)
        .values(status=MessageStatus.EXPANDING),
    )


def postpone(session: Session, message_ids: Sequence[int], start_at: float) -> None:
    """Let messages that are still scheduled begin later; their time to live counts from then."""
    session.execute(
        update(MessageRow)
        .where(MessageRow.id.in_(message_ids), MessageRow.status == MessageStatus.SCHEDULED)
        .values(start_at=start_at, expires_at=MessageRow.expires_at + (start_at - MessageRow.start_at))
        .execution_options(synchronize_session=False)
    )


# the first condition is written out, since SQLite uses a partial index only where it can see its condition
_NEXT = text("""
    SELECT id, application_id, CAST(rule AS TEXT), CAST(contents AS TEXT), CAST(audience AS TEXT),
           expanded_to, priority, expires_at, test
    FROM messages WHERE status IN ('scheduled', 'expanding') AND status = 'expanding'
    ORDER BY priority, start_at, id LIMIT 1
""")


def next_expansion(session: Session) -> Expansion | None:
    """The message to be expanded next: of the highest priority, the one that began first."""
    return next(iter(fetched(session, _NEXT, {}, _expansion)), None)


def _expansion(
    id_: int,
    application_id: int,
    rule: str,
    contents: str,
    audience: str,
    expanded_to: int,
    priority: int,
    expires_at: float,
    test: bool,
) -> Expansion:
    return Expansion(
        id=id_,
        application_id=application_id,
        rule=rule_of(json.loads(rule)),
        contents=json.loads(contents),
        audience=audience_of(json.loads(audience)),
        expanded_to=expanded_to,
        priority=priority,
        expires_at=expires_at,
        test=bool(test),
    )


_GROW = text("""
    UPDATE messages SET expanded_to = :upto, recipients = recipients + :recipients, status = :status
    WHERE id = :id AND expanded_to = :from AND status = 'expanding' RETURNING id
""")


def grow(session: Session, message: Expansion, upto: int, recipients: int, status: MessageStatus) -> bool:
    """Note how far a message has come; False where somebody else has moved it on, or taken it back."""
    values = {
        "id": message.id,
        "from": message.expanded_to,
        "upto": upto,
        "recipients": recipients,
        "status": status.value,
    }
    return bool(fetched(session, _GROW, values, int))


def retract(session: Session, message_id: int, now: float) -> None:
    """Take a message back; one that is done stays so."""
    ended = MessageRow.status == MessageStatus.DONE
    session.execute(
        update(MessageRow)
        .where(MessageRow.id == message_id)
        .values(
            retracted_at=now,
            status=case((ended, MessageRow.status), else_=MessageStatus.CANCELLED),
            finished_at=case((ended, MessageRow.finished_at), else_=now),
        )
        .execution_options(synchronize_session=False)
    )


def naming(session: Session, member: str, number: int) -> int:
    """How many messages whose audience isn't decided to its end name something in it by its number.

    `member` is a member of `audience_item`: `black_id`, `white_id` or `segment_id`.
    """
    # numbers that nothing has may be larger than any that is named
    named = cast(MessageRow.audience[member].as_string(), BigInteger) == number
    return sum(
        session.scalars(select(func.count()).select_from(MessageRow).where(named, where)).one()
        for where in not_gone_out()
    )


def not_gone_out() -> tuple[ColumnElement[bool], ...]:
    """Two conditions, each with an index of its own, for messages whose audience isn't decided to its end."""
    undecided = select(ApprovalRow.message_id).where(text(f"approvals.{UNDECIDED}"))
    waiting = MessageRow.id.in_(undecided) & (MessageRow.status == MessageStatus.WAITING_APPROVAL)
    return (and_(_AHEAD), waiting)


def _changed(session: Session, statement: Update) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE always gives
    return result.rowcount

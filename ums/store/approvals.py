"""Which messages wait for approval, and who has decided on the others."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, Update, case, select, text, update
from sqlalchemy.orm import Session

from ums.domain.approval import Approval, ApprovalState
from ums.domain.audience import audience_of
from ums.domain.message import MessageStatus
from ums.store.models import ApplicationRow, ApprovalRow, MessageRow

_UNDECIDED = text("approvals.decision IS NULL")
"""Written out, not bound: SQLite uses a partial index only where it can see its condition in the query."""

_STATE = case(
    (ApprovalRow.decision.is_not(None), ApprovalRow.decision),
    (MessageRow.status == MessageStatus.WAITING_APPROVAL, ApprovalState.WAITING.value),
    else_=ApprovalState.WITHDRAWN.value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An approval with the numbers of its rows."""

    message_id: int
    application_id: int
    approval: Approval


def ask(session: Session, message_id: int) -> None:
    """A message that is stored as `waiting_approval` waits for a decision."""
    session.add(ApprovalRow(message_id=message_id))
    session.flush()


def by_msgid(session: Session, msgid: str) -> Asked | None:
    """What was asked about this message."""
    row = session.execute(_asked().where(MessageRow.msgid == msgid)).one_or_none()
    return None if row is None else _value(row)


def page(session: Session, *, state: ApprovalState | None, after: int, limit: int) -> list[Asked]:
    """At most `limit` approvals, the oldest first, from the first after the message `after`."""
    wanted: list[ColumnElement[bool]] = [ApprovalRow.message_id > after]
    if state is not None:
        wanted.append(_STATE.in_([state.value]))
    query = _asked().where(*wanted)
    if state is ApprovalState.WAITING:
        query = query.where(_UNDECIDED)
    return [_value(row) for row in session.execute(query.order_by(ApprovalRow.message_id).limit(limit))]


def decide(
    session: Session, message_id: int, decision: ApprovalState, now: float, *, by: str = "", reason: str = ""
) -> bool:
    """Write down a decision, if there is none yet; whether there was none."""
    decided = session.execute(
        update(ApprovalRow)
        .where(ApprovalRow.message_id == message_id, ApprovalRow.decision.is_(None))
        .values(decision=decision, decided_by=by, decided_at=now, reason=reason)
        .returning(ApprovalRow.message_id)
        .execution_options(synchronize_session=False)
    )
    return decided.first() is not None


def begin(session: Session, message_id: int, start_at: float) -> None:
    """The message is approved: it begins at that time, as one that was scheduled does."""
    session.execute(_waiting(message_id).values(status=MessageStatus.SCHEDULED, start_at=start_at))


def end(session: Session, message_id: int, status: MessageStatus, now: float) -> None:
    """The message will not be sent."""
    session.execute(_waiting(message_id).values(status=status, finished_at=now))


def overdue(session: Session, now: float, limit: int) -> list[tuple[int, ApprovalState]]:
    """Messages that nobody needs to decide on any more, and why: they have expired, or were withdrawn."""
    rows = session.execute(
        select(ApprovalRow.message_id, MessageRow.status)
        .join(MessageRow, MessageRow.id == ApprovalRow.message_id)
        .where(_UNDECIDED, (MessageRow.expires_at <= now) | (MessageRow.status != MessageStatus.WAITING_APPROVAL))
        .limit(limit)
    )
    waiting = MessageStatus.WAITING_APPROVAL
    return [
        (message_id, ApprovalState.EXPIRED if status == waiting else ApprovalState.WITHDRAWN)
        for message_id, status in rows
    ]


def _waiting(message_id: int) -> Update:
    return (
        update(MessageRow)
        .where(MessageRow.id == message_id, MessageRow.status == MessageStatus.WAITING_APPROVAL)
        .execution_options(synchronize_session=False)
    )


def _asked() -> Select[MessageRow, ApprovalRow, str, str]:
    """Rows are read anew: a decision is shown in the transaction that writes it."""
    return (
        select(MessageRow, ApprovalRow, ApplicationRow.name, _STATE)
        .join(ApprovalRow, ApprovalRow.message_id == MessageRow.id)
        .join(ApplicationRow, ApplicationRow.id == MessageRow.application_id)
        .execution_options(populate_existing=True)
    )


def _value(line: Row[MessageRow, ApprovalRow, str, str]) -> Asked:
    message, approval, application, state = line
    return Asked(
        message_id=message.id,
        application_id=message.application_id,
        approval=Approval(
            msgid=message.msgid,
            state=ApprovalState(state),
            application=application,
            owner=message.owner,
            sendno=message.sendno,
            rule_id=message.rule_id,
            recipients=message.recipients or audience_of(message.audience).listed,
            contents=message.contents,
            audience=message.audience,
            created_at=message.created_at,
            start_at=message.start_at,
            expires_at=message.expires_at,
            decided_by=approval.decided_by,
            decided_at=approval.decided_at,
            reason=approval.reason,
        ),
    )

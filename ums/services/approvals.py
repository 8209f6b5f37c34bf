"""Approval: messages that wait for an operator, and what he decides."""

from __future__ import annotations

from ums.domain.approval import Approval, ApprovalState
from ums.domain.errors import Conflict
from ums.domain.message import MessageStatus
from ums.domain.quiet_hours import quiet_until
from ums.domain.shown import shown
from ums.domain.views import Page
from ums.services.gateway import Gateway
from ums.services.names import unknown
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import approvals as store
from ums.store import routes, schedules
from ums.store.approvals import Asked
from ums.store.db import Session

BATCH = 1000
"""Messages that one tick gives up at most."""


def list_all(
    gateway: Gateway, state: ApprovalState | None = None, cursor: str | None = None, limit: int = PAGE
) -> Page[Approval]:
    """Approvals, the oldest first; those in `state`, or all.

    Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000.
    """
    check_limit(limit)
    with gateway.database.read() as session:
        found = store.page(session, state=state, after=after_id(cursor), limit=limit + 1)
    asked = page_of(found, limit, lambda one: str(one.message_id))
    return Page(items=tuple(one.approval for one in asked.items), next=asked.next)


def show(gateway: Gateway, msgid: str) -> Approval:
    """What was asked about this message, and what was decided. Raises NotFound."""
    with gateway.database.read() as session:
        return _found(session, msgid).approval


def approve(gateway: Gateway, msgid: str, operator: str) -> Approval:
    """Let a message go: at its own time, or now where that has passed, and not in quiet hours.

    Raises NotFound, and Conflict for a message that doesn't wait any more.
    """
    now = gateway.clock.now()
    with gateway.database.write() as session:
        asked = _decided(session, msgid, ApprovalState.APPROVED, now, operator)
        policy = routes.sender(session, asked.application_id).policy
        start = max(now, asked.approval.start_at)
        until = quiet_until(policy.quiet_hours, start)
        store.begin(session, asked.message_id, start)
        if until is not None:
            schedules.postpone(session, [asked.message_id], until)
        return _found(session, msgid).approval


def refuse(gateway: Gateway, msgid: str, operator: str, reason: str = "") -> Approval:
    """Keep a message from being sent, for good.

    Raises NotFound, and Conflict for a message that doesn't wait any more.
    """
    now = gateway.clock.now()
    with gateway.database.write() as session:
        asked = _decided(session, msgid, ApprovalState.REFUSED, now, operator, reason)
        store.end(session, asked.message_id, MessageStatus.REFUSED, now)
        return _found(session, msgid).approval


def give_up(gateway: Gateway) -> None:
    """Stop asking about messages that have expired, which are cancelled, or were withdrawn."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        if not store.overdue(session, now, 1):
            return
    with gateway.database.write() as session:
        for message_id, state in store.overdue(session, now, BATCH):
            store.decide(session, message_id, state, now)
            store.end(session, message_id, MessageStatus.CANCELLED, now)


def _decided(
    session: Session, msgid: str, decision: ApprovalState, now: float, operator: str, reason: str = ""
) -> Asked:
    """What was asked, now that it is decided. Raises Conflict where nothing is to be decided any more."""
    asked = _found(session, msgid)
    state = asked.approval.state
    if state is ApprovalState.WAITING and asked.approval.expires_at <= now:
        state = ApprovalState.EXPIRED
    if state is not ApprovalState.WAITING or not store.decide(
        session, asked.message_id, decision, now, by=operator, reason=reason
    ):
        by = f" by {asked.approval.decided_by}" if asked.approval.decided_by else ""
        raise Conflict(f"The message {shown(msgid)!r} doesn't wait for approval any more: it is {state}{by}.")
    return asked


def _found(session: Session, msgid: str) -> Asked:
    asked = store.by_msgid(session, msgid)
    if asked is None:
        raise unknown("approval", shown(msgid))
    return asked

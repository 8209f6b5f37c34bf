"""Taking a message back: what no provider has is withdrawn, and nothing more follows."""

from __future__ import annotations

from ums.domain.commands import Caller
from ums.domain.errors import AlreadyRetracted, InvalidRequest, NotFound
from ums.domain.message import DAY, MessageStatus
from ums.services import telling
from ums.services.gateway import Gateway
from ums.store import messages, schedules, withdrawals
from ums.store.db import Session

WITHIN = DAY
"""Seconds from when sending begins in which a message may be retracted."""
RETRACTED = "retracted"
"""The reason of a delivery that was withdrawn with its message."""
TOO_LATE = "too_late"
"""Why a delivery can't be retracted: the provider has it."""
BATCH = 5000
"""Deliveries that one transaction withdraws at most."""


def retract(gateway: Gateway, caller: Caller | None, msgid: str) -> None:
    """Withdraw the message: it grows and falls over no further, and what is queued is cancelled.

    A delivery that is being sent at this moment is sent. Raises NotFound for a message that isn't the caller's,
    AlreadyRetracted the second time, InvalidRequest a day after sending began and for a refused message.
    """
    now = gateway.clock.now()
    with gateway.database.write() as session:
        message_id = _check(session, caller, msgid, now)
        schedules.retract(session, message_id, now)
    while _withdraw(gateway, message_id, now) == BATCH:
        pass
    _tell_of_the_others(gateway, message_id, now)


def withdraw_left(gateway: Gateway) -> None:
    """Withdraw what a process that died, or a try that came back, has left queued of retracted messages."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        left = withdrawals.retracted_with_queue(session, now - 2 * DAY)
    for message_id in left:
        _withdraw(gateway, message_id, now)


def _withdraw(gateway: Gateway, message_id: int, now: float) -> int:
    with gateway.database.write() as session:
        withdrawn = withdrawals.cancel_queued(session, message_id, RETRACTED, now, BATCH)
        telling.tell_retracted(session, message_id, withdrawn, now)
    return len(withdrawn)


def _tell_of_the_others(gateway: Gateway, message_id: int, now: float) -> None:
    """What a provider has can't be taken back; whoever is told of receipts is told so."""
    after = 0
    while True:
        with gateway.database.read() as session:
            found = withdrawals.handed_over(session, message_id, after, BATCH)
        if not found:
            return
        with gateway.database.write() as session:
            telling.tell_retracted(session, message_id, found, now, refused=TOO_LATE)
        after = found[-1]


def _check(session: Session, caller: Caller | None, msgid: str, now: float) -> int:
    line = messages.find(session, msgid, caller.application_id if caller else None)
    if line is None:
        raise NotFound(f"There is no message {msgid[:64]!r} of this application.")
    row = line[0]
    if row.retracted_at is not None:
        raise AlreadyRetracted("The message has been retracted already.")
    if row.status == MessageStatus.REFUSED:
        raise InvalidRequest("The message was refused: there is nothing to retract.")
    if row.status != MessageStatus.WAITING_APPROVAL and now > row.start_at + WITHIN:
        raise InvalidRequest(
            f"A message can be retracted within {WITHIN // 3600} hours from when its sending begins; "
            "that is over for this one."
        )
    return row.id

"""Accepting messages: stored and queued in one commit before the answer."""

from __future__ import annotations

import json
from dataclasses import asdict

from ums.domain.commands import SendMessage, SentMessage
from ums.domain.sender import Sender
from ums.services import drafting, idempotency
from ums.services.drafting import Drafted
from ums.services.gateway import Gateway
from ums.services.idempotency import IdempotencyKey
from ums.store import locks, routes
from ums.store.db import Session


def answered_before(gateway: Gateway, wanted: IdempotencyKey) -> SentMessage | None:
    """The first answer given to this key within a day, whatever has changed since.

    Raises Conflict where the key was used for another request.
    """
    with gateway.database.read() as session:
        answer = idempotency.kept(session, wanted, gateway.clock.now())
    if answer is None:
        return None
    # the first request may be waiting for the disk just now
    gateway.database.make_sure()
    return _sent(answer)


def send(gateway: Gateway, command: SendMessage, wanted: IdempotencyKey | None = None) -> SentMessage:
    """Accept the message of an application as it stands now; else as `accept`."""
    with gateway.database.read() as session:
        sender = routes.sender(session, command.application_id)
    return accept(gateway, sender, command, wanted)


def accept(
    gateway: Gateway, sender: Sender, command: SendMessage, wanted: IdempotencyKey | None = None
) -> SentMessage:
    """Accept a message; where the caller has listed whom it is for, its deliveries are queued as well.

    When this returns, the message is stored and will be sent whatever happens. The same idempotency key
    with the same request gives the first answer again, with another one raises Conflict. Raises
    RuleNotValid for an unknown rule, and what keeps a message from being admitted.
    """
    now = gateway.clock.now()
    with gateway.database.read() as session:
        drafted = drafting.draft(session, gateway, sender, command, now)
    return gateway.database.write_together(lambda session: _keep(session, drafted, wanted, now))


def _keep(session: Session, drafted: Drafted, wanted: IdempotencyKey | None, now: float) -> SentMessage:
    """Store a message, unless its key has been answered; the answer."""
    if wanted is not None:
        locks.hold(session, "idempotency", wanted.application_id, wanted.key)
    earlier = idempotency.kept(session, wanted, now)
    if earlier is not None:
        return _sent(earlier)
    drafting.store(session, drafted, now)
    idempotency.keep(session, wanted, lambda: _text(drafted.answer), now)
    return drafted.answer


def _text(answer: SentMessage) -> str:
    return json.dumps(asdict(answer))


def _sent(text: str) -> SentMessage:
    stored = json.loads(text)
    return SentMessage(msgid=stored["msgid"], sendno=stored["sendno"], warnings=tuple(stored["warnings"]))

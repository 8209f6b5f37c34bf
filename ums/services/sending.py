"""Accepting a message: routed, stored and queued in one commit."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ums.domain.commands import CallbackChoice, Json, SendMessage, SentMessage
from ums.domain.errors import Conflict
from ums.domain.identity import RANDOM_BYTES, message_id
from ums.domain.message import DAY, MessageStatus
from ums.domain.routing import Blocked, Leg
from ums.domain.rule import Rule
from ums.services import telling
from ums.services.gateway import Gateway
from ums.services.planning import delivery_of_leg, plan_for, route_users, rule_for
from ums.store import idempotency as idempotency_keys
from ums.store import messages, routes
from ums.store.db import Session
from ums.store.idempotency import KeptAnswer
from ums.store.messages import NewDelivery, NewMessage
from ums.store.routes import Sender

KEY_LIFETIME = DAY
"""Seconds an Idempotency-Key is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A caller's name for one send, with the fingerprint of what was asked."""

    key: str
    fingerprint: str

    @classmethod
    def of(cls, key: str, operation: str, body: bytes) -> IdempotencyKey:
        """The key with the fingerprint of an operation and its raw body."""
        return cls(key=key, fingerprint=hashlib.sha256(operation.encode() + b"\0" + body).hexdigest())


def answered_before(gateway: Gateway, application_id: int, idempotency: IdempotencyKey) -> SentMessage | None:
    """The first answer given to this key within a day, whatever has changed since.

    Raises Conflict where the key was used for another request.
    """
    with gateway.database.read() as session:
        return _kept(session, application_id, idempotency, gateway.clock.now())


def send(gateway: Gateway, command: SendMessage, idempotency: IdempotencyKey | None = None) -> SentMessage:
    """Accept a message for users and queue a delivery for each address it goes to.

    When this returns, the message is stored and will be sent whatever happens. The same idempotency key
    with the same request gives the first answer again, with another one raises Conflict. Raises
    RuleNotValid for an unknown rule.
    """
    now = gateway.clock.now()
    with gateway.database.read() as session:
        sender = routes.sender(session, command.application_id)
        rule = rule_for(command.rule_id, command.contents, sender)
        warnings = telling.warnings(session, command.application_id, command.callback)
        legs = _route(gateway, session, command, sender, rule)
    answer = SentMessage(
        msgid=message_id(now, secrets.token_bytes(RANDOM_BYTES)),
        sendno=command.sendno,
        warnings=warnings,
    )
    with gateway.database.write() as session:
        if idempotency is not None:
            earlier = _kept(session, command.application_id, idempotency, now)
            if earlier is not None:
                return earlier
        _store(session, command, answer, rule, legs, now)
        if idempotency is not None:
            kept = KeptAnswer(idempotency.fingerprint, _dump(answer))
            idempotency_keys.keep_answer(session, command.application_id, idempotency.key, kept, now)
    return answer


def _route(
    gateway: Gateway, session: Session, command: SendMessage, sender: Sender, rule: Rule
) -> Mapping[str, Sequence[Leg] | Blocked]:
    """Done before the write transaction begins, so that only the insert holds the lock."""
    plan = plan_for(gateway.registry, sender, command.contents, rule)
    return route_users(session, plan, sender, tuple(dict.fromkeys(command.userids)))


def _store(
    session: Session,
    command: SendMessage,
    answer: SentMessage,
    rule: Rule,
    legs: Mapping[str, Sequence[Leg] | Blocked],
    now: float,
) -> None:
    expires_at = now + command.time_to_live
    message = messages.add_message(
        session,
        NewMessage(
            msgid=answer.msgid,
            application_id=command.application_id,
            status=MessageStatus.SENDING,
            rule_id=command.rule_id,
            rule=rule,
            contents={type_: dict(content) for type_, content in command.contents.items()},
            priority=command.priority,
            recipients=len(legs),
            sendno=command.sendno,
            owner=command.owner,
            callback=_callback(command.callback),
            created_at=now,
            expires_at=expires_at,
        ),
    )
    rows = [row for userid, found in legs.items() for row in _deliveries(userid, found, rule, now)]
    messages.add_deliveries(session, message, command.priority, expires_at, rows, now)
    telling.tell_made(session, message, len(rows), now)
    messages.finish_messages(session, [message], now)


def _deliveries(userid: str, found: Sequence[Leg] | Blocked, rule: Rule, now: float) -> list[NewDelivery]:
    if isinstance(found, Blocked):
        return [NewDelivery(userid, None, "", "", 0, reason=found.reason())]
    return [delivery_of_leg(userid, leg, rule, now) for leg in found]


def _callback(choice: CallbackChoice | None) -> dict[str, Json]:
    return {} if choice is None else {"url": choice.url, "params": dict(choice.params)}


def _kept(session: Session, application_id: int, idempotency: IdempotencyKey, now: float) -> SentMessage | None:
    """The answer first given to this key. Raises Conflict where it was used for another request."""
    kept = idempotency_keys.kept_answer(session, application_id, idempotency.key, now - KEY_LIFETIME)
    if kept is None:
        return None
    if kept.fingerprint != idempotency.fingerprint:
        raise Conflict(
            "This Idempotency-Key was used for another request within the last 24 hours; use a new one.",
            errors={"Idempotency-Key": ["already used for another request"]},
        )
    return _load(kept.answer)


def _dump(answer: SentMessage) -> str:
    return json.dumps({"msgid": answer.msgid, "sendno": answer.sendno, "warnings": answer.warnings})


def _load(text: str) -> SentMessage:
    stored = json.loads(text)
    return SentMessage(msgid=stored["msgid"], sendno=stored["sendno"], warnings=tuple(stored["warnings"]))

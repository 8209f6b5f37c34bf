"""Accepting many different messages in one call: those that can't be taken don't spoil the others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from ums.domain.commands import BatchSent, Json, NotSent, SendMessage, SentInBatch
from ums.domain.errors import InvalidRequest, Problem
from ums.domain.sender import Sender
from ums.services import drafting, idempotency
from ums.services.drafting import Drafted
from ums.services.gateway import Gateway
from ums.services.idempotency import IdempotencyKey
from ums.store import deliveries
from ums.store.db import Session

LONGEST_BATCH = 1000
MOST_DELIVERIES = 5000
"""Rows that one transaction stores at most, so that it never holds the write lock for long."""


def checked(items: Json) -> list[Json]:
    """The messages of a batch. Raises InvalidRequest where `items` is no list of 1 to 1,000."""
    if not isinstance(items, list) or not 1 <= len(items) <= LONGEST_BATCH:
        given = f"{len(items)} of them" if isinstance(items, list) else "something else"
        raise InvalidRequest(f"The body must be a list of 1 to {LONGEST_BATCH} messages, not {given}.")
    return items


def not_sent(index: int, problem: Problem) -> NotSent:
    """One message that can't be taken."""
    return NotSent(index=index, code=problem.code, message=problem.message, errors=problem.errors)


def answered_before(gateway: Gateway, wanted: IdempotencyKey | None) -> BatchSent | None:
    """The first answer given to this key within a day. Raises Conflict where it was used for another request."""
    if wanted is None:
        return None
    with gateway.database.read() as session:
        answer = idempotency.kept(session, wanted, gateway.clock.now())
    return None if answer is None else _batch_of(answer)


def send(
    gateway: Gateway, sender: Sender, batch: Sequence[SendMessage | NotSent], wanted: IdempotencyKey | None
) -> BatchSent:
    """Accept all of a batch that can be accepted, in one transaction.

    The same idempotency key with the same request gives the first answer again. Raises InvalidRequest where
    the messages would make more than 5,000 deliveries.
    """
    now = gateway.clock.now()
    with gateway.database.read() as session:
        found = [_drafted(session, gateway, sender, index, one, now) for index, one in enumerate(batch)]
    drafts = {index: one for index, one in enumerate(found) if isinstance(one, Drafted)}
    count = sum(deliveries.number_of(one.deliveries) for one in drafts.values())
    if count > MOST_DELIVERIES:
        raise InvalidRequest(
            f"These messages would make {count} deliveries; at most {MOST_DELIVERIES} are taken in one call, "
            "so send them in parts."
        )
    result = BatchSent(
        success=tuple(_sent(index, one) for index, one in drafts.items()),
        fail=tuple(one for one in found if isinstance(one, NotSent)),
    )
    with gateway.database.write() as session:
        earlier = idempotency.kept(session, wanted, now)
        if earlier is not None:
            return _batch_of(earlier)
        for one in drafts.values():
            drafting.store(session, one, now)
        idempotency.keep(session, wanted, lambda: _text(result), now)
    return result


def _drafted(
    session: Session, gateway: Gateway, sender: Sender, index: int, one: SendMessage | NotSent, now: float
) -> Drafted | NotSent:
    if isinstance(one, NotSent):
        return one
    try:
        return drafting.draft(session, gateway, sender, one, now)
    except InvalidRequest as problem:
        return not_sent(index, problem)


def _sent(index: int, drafted: Drafted) -> SentInBatch:
    answer = drafted.answer
    return SentInBatch(index=index, msgid=answer.msgid, sendno=answer.sendno, warnings=answer.warnings)


def _text(result: BatchSent) -> str:
    return json.dumps(asdict(result))


def _batch_of(text: str) -> BatchSent:
    stored = json.loads(text)
    return BatchSent(
        success=tuple(SentInBatch(**one) for one in stored["success"]),
        fail=tuple(NotSent(**one) for one in stored["fail"]),
    )

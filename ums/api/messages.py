"""Sending messages, and looking at what became of them."""

from __future__ import annotations

import re
from typing import TypedDict

from flask import current_app, request

from ums.api.auth import needs_channel_key, needs_credentials
from ums.api.blueprint import ApiBlueprint
from ums.api.body import read_bytes
from ums.api.context import current_gateway
from ums.api.schemas.messages import DeliveriesQuery, DeliveriesSchema, MessageSchema
from ums.api.schemas.sending import SendRequest, SendSchema, SentSchema
from ums.domain.commands import Caller, Json, SendMessage, SentMessage
from ums.domain.errors import InvalidRequest
from ums.domain.views import DeliveryView, MessageProgress, Page
from ums.services import messages, sending
from ums.services.contents import read_contents, sender_of
from ums.services.sending import IdempotencyKey

api = ApiBlueprint("messages", "Sending messages, and looking at what became of them")

IDEMPOTENCY_KEY = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?")

_KEY_PARAMETER: Json = {
    "in": "header",
    "name": IDEMPOTENCY_KEY,
    "schema": {"type": "string", "maxLength": 128},
    "description": "Your name for this send: within a day, the same key and body get the first answer again.",
}


@api.post("/sent")
@needs_channel_key
@api.takes(SendSchema)
@api.gives(SentSchema)
@api.described(parameters=[_KEY_PARAMETER])
def send(caller: Caller, body: SendRequest) -> SentMessage:
    """Send one message to users.

    The message and its deliveries are stored when the answer comes.
    """
    gateway = current_gateway()
    application_id = caller.application_id
    assert application_id is not None  # noqa: S101 - needs_channel_key has seen to it
    idempotency = _idempotency_key()
    earlier = sending.answered_before(gateway, application_id, idempotency) if idempotency else None
    if earlier is not None:
        return earlier
    command = SendMessage(
        application_id=application_id,
        userids=body.userids,
        contents=read_contents(gateway, sender_of(gateway, application_id), body.contents),
        rule_id=body.rule_id,
        priority=body.option.priority,
        time_to_live=float(body.option.time_to_live),
        sendno=body.option.sendno,
        owner=body.option.owner,
        callback=body.callback,
    )
    return sending.send(gateway, command, idempotency)


@api.get("/message/<msgid>")
@needs_credentials
@api.gives(MessageSchema)
def show(caller: Caller, msgid: str) -> MessageProgress:
    """How far a message has come."""
    return messages.progress(current_gateway(), caller, msgid)


class _DeliveriesQuery(TypedDict, total=False):
    status: str
    channel: str
    cursor: str
    limit: int


@api.get("/message/<msgid>/deliveries")
@needs_credentials
@api.takes_query(DeliveriesQuery)
@api.gives(DeliveriesSchema)
def deliveries(caller: Caller, query: _DeliveriesQuery, msgid: str) -> Page[DeliveryView]:
    """A message's deliveries, in the order they were made."""
    return messages.deliveries(current_gateway(), caller, msgid, **query)


def _idempotency_key() -> IdempotencyKey | None:
    """The caller's name for this send, if he gave one. Raises InvalidRequest for one that can't be kept."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        text = "must be 1 to 128 printable ASCII characters"
        raise InvalidRequest(f"{IDEMPOTENCY_KEY}: {text}.", errors={IDEMPOTENCY_KEY: [text]})
    body = read_bytes(current_app.config["MAX_CONTENT_LENGTH"])
    return IdempotencyKey.of(key, f"{request.method} {request.path}", body)

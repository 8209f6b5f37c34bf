"""What all sends share: who sends, under which Idempotency-Key, and the command that a request becomes."""

from __future__ import annotations

import re

from flask import current_app, request

from ums.api.answers import IDEMPOTENCY_KEY
from ums.api.body import read_bytes
from ums.api.schemas.audience import check_pairs
from ums.api.schemas.sending import SendRequest
from ums.domain.commands import Caller, Json, SendMessage
from ums.domain.errors import InvalidRequest
from ums.services.contents import check_addresses, read_contents, sender_of
from ums.services.gateway import Gateway
from ums.services.idempotency import IdempotencyKey

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?")


KEY_PARAMETER: Json = {
    "in": "header",
    "name": IDEMPOTENCY_KEY,
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": f"^{_KEY.pattern}$"},
    "description": "Your name for this send: within a day, the same key and body get the first answer again.",
}
"""The header's place in the API's description."""


def application_of(caller: Caller) -> int:
    """Whose message it is; the guard of the route has seen to it that it is an application's."""
    assert caller.application_id is not None  # noqa: S101 - needs_channel_key
    return caller.application_id


def command_for(
    gateway: Gateway, application_id: int, body: SendRequest, *, by_operator: bool = False
) -> SendMessage:
    """The command that a request becomes, its contents and addresses checked by the plugins.

    Raises InvalidRequest and ChannelNotGranted.
    """
    sender = sender_of(gateway, application_id)
    contents = read_contents(gateway, sender, body.contents)
    check_pairs(body.audience, contents)
    check_addresses(gateway, body.audience)
    option = body.manner.option
    return SendMessage(
        application_id=application_id,
        audience=body.audience,
        contents=contents,
        rule_id=body.manner.rule_id,
        priority=option.priority,
        send_at=None if option.send_at is None else float(option.send_at),
        time_to_live=float(option.time_to_live),
        sendno=option.sendno,
        owner=option.owner,
        callback=body.manner.callback,
        by_operator=by_operator,
    )


def idempotency_key(application_id: int) -> IdempotencyKey | None:
    """The caller's name for this send, if he gave one. Raises InvalidRequest for one that can't be kept."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        text = "must be 1 to 128 printable ASCII characters"
        raise InvalidRequest(f"{IDEMPOTENCY_KEY}: {text}.", errors={IDEMPOTENCY_KEY: [text]})
    body = read_bytes(current_app.config["MAX_CONTENT_LENGTH"])
    return IdempotencyKey.of(application_id, key, f"{request.method} {request.path}", body)

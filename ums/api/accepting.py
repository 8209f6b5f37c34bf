"""What all sends share: who sends, under which Idempotency-Key, and the command that a request becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from flask import current_app, request

from ums.api.answers import IDEMPOTENCY_KEY
from ums.api.body import read_bytes
from ums.api.context import current_gateway
from ums.api.schemas.audience import check_pairs
from ums.api.schemas.sending import SendRequest
from ums.api.schemas.template_sending import TemplateSendRequest
from ums.domain.commands import Caller, DryRun, Json, SendMessage, SentMessage, TemplateUsed
from ums.domain.errors import InvalidRequest
from ums.domain.sender import Sender
from ums.services import linting, message_templates, sending
from ums.services.contents import check_addresses, read_contents
from ums.services.dry_run import dry_run
from ums.services.gateway import Gateway
from ums.services.idempotency import IdempotencyKey
from ums.services.linting import Checked

AnyRequest = TypeVar("AnyRequest", SendRequest, TemplateSendRequest)

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?")

KEY_PARAMETER: Json = {
    "in": "header",
    "name": IDEMPOTENCY_KEY,
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": f"^{_KEY.pattern}$"},
    "description": "Your name for this send: within a day, the same key and body get the first answer again.",
}
"""The header's place in the API's description."""


def sender_of(caller: Caller) -> Sender:
    """Whose message it is; the guard of the route has seen to it that it is an application's."""
    assert caller.sender is not None  # noqa: S101 - needs_channel_key
    return caller.sender


def accept(
    caller: Caller, body: AnyRequest, command_of: Callable[[Gateway, Sender, AnyRequest], SendMessage]
) -> SentMessage | DryRun:
    """Send, or rehearse, the command that a request becomes; once only under one Idempotency-Key."""
    gateway = current_gateway()
    sender = sender_of(caller)
    wanted = idempotency_key(sender.application_id)
    with gateway.under_way.alone(wanted):
        earlier = sending.answered_before(gateway, wanted) if wanted else None
        if earlier is not None:
            return earlier
        command = command_of(gateway, sender, body)
        if body.manner.option.dry_run:
            return dry_run(gateway, command)
        return sending.accept(gateway, sender, command, wanted)


def command_for(gateway: Gateway, sender: Sender, body: SendRequest, *, by_operator: bool = False) -> SendMessage:
    """The command that a request becomes, its contents and addresses checked by the plugins.

    Raises InvalidRequest and ChannelNotGranted.
    """
    checked = linting.check(gateway, read_contents(gateway, sender, body.contents))
    check_pairs(body.audience, checked.contents)
    check_addresses(gateway, body.audience)
    return _command(sender.application_id, body, checked, by_operator=by_operator)


def command_by_template(
    gateway: Gateway, sender: Sender, body: TemplateSendRequest, *, by_operator: bool = False
) -> SendMessage:
    """The command that a send by a message template becomes.

    Raises what `message_templates.contents_for` does, and InvalidRequest for addresses.
    """
    rendered = message_templates.contents_for(
        gateway,
        sender,
        body.template_id,
        body.values,
        app=body.app,
        only=body.audience.addresses.keys(),
    )
    check_addresses(gateway, body.audience)
    made = _command(
        sender.application_id, body, rendered.checked, by_operator=by_operator, template=rendered.template
    )
    return replace(made, warnings=rendered.warnings) if rendered.warnings else made


def _command(
    application_id: int,
    body: SendRequest | TemplateSendRequest,
    checked: Checked,
    *,
    by_operator: bool,
    template: TemplateUsed | None = None,
) -> SendMessage:
    option = body.manner.option
    return SendMessage(
        application_id=application_id,
        audience=body.audience,
        contents=checked.contents,
        linted=checked.linted,
        rule_id=body.manner.rule_id,
        priority=option.priority,
        send_at=None if option.send_at is None else float(option.send_at),
        time_to_live=float(option.time_to_live),
        sendno=option.sendno,
        owner=option.owner,
        callback=body.manner.callback,
        by_operator=by_operator,
        template=template,
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

"""Many different messages in one call."""

from __future__ import annotations

from flask import current_app

from ums.api.accepting import KEY_PARAMETER, command_for, idempotency_key, sender_of
from ums.api.auth import needs_channel_key
from ums.api.blueprint import ApiBlueprint, loaded
from ums.api.body import read_document
from ums.api.context import current_gateway
from ums.api.schemas.batches import BatchSentSchema, batch_sent
from ums.api.schemas.sending import SendRequest, SendSchema
from ums.api.strict_json import value_fault
from ums.domain.commands import Caller, Json, NotSent, SendMessage
from ums.domain.errors import InvalidRequest
from ums.domain.sender import Sender
from ums.services import batches
from ums.services.gateway import Gateway

api = ApiBlueprint("batches", "Many different messages in one call")

_MESSAGES: dict[str, object] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "array", "minItems": 1, "maxItems": batches.LONGEST_BATCH, "items": SendSchema}
        }
    },
}
_READER = SendSchema()


@api.post("/sent/batch")
@needs_channel_key
@api.gives(BatchSentSchema)
@api.described(requestBody=_MESSAGES, parameters=[KEY_PARAMETER])
def send(caller: Caller) -> dict[str, object]:
    """Send up to 1,000 different messages, each as in `/v1/sent`.

    Messages that can't be taken don't spoil the others, which are stored in one transaction.
    """
    gateway = current_gateway()
    sender = sender_of(caller)
    wanted = idempotency_key(sender.application_id)
    with gateway.under_way.alone(wanted):
        earlier = batches.answered_before(gateway, wanted)
        if earlier is not None:
            return batch_sent(earlier)
        items = batches.checked(read_document(current_app.config["MAX_CONTENT_LENGTH"]))
        read = [_command(gateway, sender, index, item) for index, item in enumerate(items)]
        return batch_sent(batches.send(gateway, sender, read, wanted))


def _command(gateway: Gateway, sender: Sender, index: int, item: Json) -> SendMessage | NotSent:
    """What one element asks for, or why it can't be taken."""
    try:
        fault = value_fault(item)
        if fault is not None:
            path, text = fault
            raise InvalidRequest(f"{path or 'it'} {text}.", errors={path: [text]} if path else None)
        if not isinstance(item, dict):
            raise InvalidRequest("must be an object, as the body of /v1/sent is.")
        request = loaded(_READER, item)
        assert isinstance(request, SendRequest)  # noqa: S101 - what this schema makes
        if request.manner.option.dry_run:
            text = "is not taken in a batch; rehearse messages with /v1/sent"
            raise InvalidRequest(f"option.dry_run {text}", errors={"option.dry_run": [text]})
        return command_for(gateway, sender, request)
    except InvalidRequest as problem:
        return batches.not_sent(index, problem)

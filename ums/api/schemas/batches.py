"""What a batch of messages answers."""

from __future__ import annotations

from marshmallow import Schema, fields, post_dump

from ums.api.schemas.strict import SOMETIMES
from ums.domain.commands import BatchSent, Json


class _SentInBatchSchema(Schema):
    """One message of a batch that was taken."""

    index = fields.Integer(metadata={"description": "Its place in the batch, from 0."})
    msgid = fields.String()
    sendno = fields.String(metadata={"description": "As it was given.", SOMETIMES: True})
    warnings = fields.List(
        fields.String(), metadata={"description": "What was taken otherwise than asked.", SOMETIMES: True}
    )

    @post_dump
    def leave_out_what_is_not_there(self, data: dict[str, Json], **_: object) -> dict[str, Json]:
        return {name: value for name, value in data.items() if name in {"index", "msgid"} or value}


class _NotSentInBatchSchema(Schema):
    """One message of a batch that was not taken."""

    index = fields.Integer(metadata={"description": "Its place in the batch, from 0."})
    errcode = fields.Function(
        lambda failure: str(failure.code), metadata={"type": "string", "description": "An error code, as a text."}
    )
    errmsg = fields.String(attribute="message")
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "What is wrong with each field, by its path in the message."},
    )


class _BatchSentDataSchema(Schema):
    success = fields.List(fields.Nested(_SentInBatchSchema))
    fail = fields.List(fields.Nested(_NotSentInBatchSchema))


class BatchSentSchema(Schema):
    """What became of a batch of messages: 200 even where some were not taken."""

    code = fields.Constant(0)
    message = fields.Constant("success")
    data = fields.Nested(_BatchSentDataSchema)


def batch_sent(result: BatchSent) -> dict[str, object]:
    """What `BatchSentSchema` renders."""
    return {"data": result}

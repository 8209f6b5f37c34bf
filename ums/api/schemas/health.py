"""What those who watch are told."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import SOMETIMES


class HealthSchema(Schema):
    """All is well."""

    code = fields.Constant(0)
    status = fields.String()


class ReadySchema(HealthSchema):
    """It can do its work."""

    channels_failing = fields.Integer(
        metadata={"description": "How many channels' calls keep failing, where any do.", SOMETIMES: True}
    )


class DoneSchema(Schema):
    """It is done, and there is nothing to show."""

    code = fields.Constant(0)
    message = fields.Constant("success")


class ErrorSchema(Schema):
    """Every error, on every path."""

    code = fields.Integer(metadata={"description": "What was wrong, as a number of the documented ones."})
    message = fields.String(metadata={"description": "One sentence for a person."})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "What is wrong with each field, by its path.", SOMETIMES: True},
    )
    data = fields.String(
        metadata={
            "description": "At /v1/user/opt and /v1/user/delete alone, and empty there: clients look for it.",
            SOMETIMES: True,
        }
    )

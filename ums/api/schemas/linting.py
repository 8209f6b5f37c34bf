"""What was found in a message's contents before it is sent."""

from __future__ import annotations

from marshmallow import Schema, fields


class _FoundSchema(Schema):
    path = fields.String(metadata={"description": "Where, as in the errors of a send."})
    text = fields.String()


class LintedSchema(Schema):
    """What was found in the content for one channel."""

    ok = fields.Boolean(metadata={"description": "Whether it would be sent."})
    findings = fields.List(
        fields.Nested(_FoundSchema), metadata={"description": "What a send would be refused for."}
    )
    clipped = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "By path the texts that would be sent in the place of those given."},
    )


class LintSchema(Schema):
    """What was found, by channel code."""

    code = fields.Constant(0)
    channels = fields.Dict(keys=fields.String(), values=fields.Nested(LintedSchema))

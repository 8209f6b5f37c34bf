"""Whether a user can be reached, as it is shown."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import StrictSchema, Text


class ReachQuery(StrictSchema):
    """With what a user is to be reached."""

    template = Text(metadata={"description": "The provider's template that is to be sent; left out, any."})


class _ChannelReachSchema(Schema):
    channel = fields.String(attribute="code", metadata={"description": "The channel code."})
    type = fields.String()
    reachable = fields.Boolean()
    reason = fields.String(metadata={"description": "Why not; empty where he is reachable."})


class ReachSchema(Schema):
    """On which channels a user can be reached."""

    code = fields.Constant(0)
    userid = fields.String()
    channels = fields.List(fields.Nested(_ChannelReachSchema))

"""Whether a user can be reached, as it is shown."""

from __future__ import annotations

from marshmallow import Schema, fields, validates_schema

from ums.api.schemas.option import LARGEST_NUMBER, refuse_both
from ums.api.schemas.strict import Seconds, StrictSchema, Text, WholeInQuery
from ums.domain.commands import Json
from ums.domain.remedies import NOT_FOLLOWING

REASON = "The first that a message would meet; empty where he is reachable."
FIX = "What would make it work, and by whom."
UNTIL = "When that ends by itself, in unix seconds; null where it doesn't."


class ReachQuery(StrictSchema):
    """With what a user is to be reached."""

    template = Text(
        metadata={
            "description": "The provider's template that is to be sent by, or TEMPLATE#SCENE for an official "
            "account's one-time message; left out, what a channel sends most."
        }
    )
    black_id = WholeInQuery(1, LARGEST_NUMBER, metadata={"description": "As a message that names this blacklist."})
    white_id = WholeInQuery(1, LARGEST_NUMBER, metadata={"description": "As a message that names this whitelist."})

    @validates_schema(skip_on_field_errors=False)
    def refuse_both_lists(self, data: dict[str, object], **_: object) -> None:
        refuse_both(data.keys(), "query")


class _HindranceSchema(Schema):
    reason = fields.String(metadata={"description": "A stable word."})
    detail = fields.String(metadata={"description": "What is known besides: a cause, or the provider's words."})
    fix = fields.String(metadata={"description": FIX})
    until = Seconds(allow_none=True, metadata={"description": UNTIL})


class _ChannelReachSchema(Schema):
    channel = fields.String(attribute="code", metadata={"description": "The channel code."})
    type = fields.String()
    reachable = fields.Boolean()
    reason = fields.String(attribute="first.reason", metadata={"description": REASON})
    fix = fields.String(attribute="first.fix", metadata={"description": FIX})
    until = Seconds(attribute="first.until", allow_none=True, metadata={"description": UNTIL})
    reasons = fields.List(
        fields.Nested(_HindranceSchema),
        attribute="hindrances",
        metadata={"description": "All that hold now, in the order in which a message would meet them."},
    )


_REACHED: Json = {
    "channel": "wechatmp123",
    "type": "wechatmp",
    "reachable": True,
    "reason": "",
    "fix": "",
    "until": None,
    "reasons": [],
}
_FOLLOW: Json = {"reason": NOT_FOLLOWING.reason, "detail": "", "fix": NOT_FOLLOWING.fix, "until": None}
_NOT_REACHED: Json = {
    "channel": "wechatoa456",
    "type": "wechatoa",
    "reachable": False,
    "reason": NOT_FOLLOWING.reason,
    "fix": NOT_FOLLOWING.fix,
    "until": None,
    "reasons": [_FOLLOW],
}


class ReachSchema(Schema):
    """On which channels a user can be reached."""

    code = fields.Constant(0)
    userid = fields.String()
    channels = fields.List(fields.Nested(_ChannelReachSchema), metadata={"example": [_REACHED, _NOT_REACHED]})

"""Quotas as operators read them, set limits and have them cleared."""

from __future__ import annotations

from typing import TypedDict

from marshmallow import Schema, fields

from ums.api.schemas.strict import Flag, Seconds, StrictSchema, Text, Whole
from ums.services.quotas import ChannelQuotas

MOST = 2**31 - 1
"""Calls a day."""


class LimitGiven(TypedDict):
    """What `LimitBody` reads."""

    daily_limit: int


class LimitBody(StrictSchema):
    """How many calls a day an endpoint has, as an operator knows it."""

    daily_limit = Whole(
        0, MOST, required=True, metadata={"description": "Calls a day; 0 for what the provider tells alone."}
    )


class ClearGiven(TypedDict, total=False):
    """What `ClearBody` reads."""

    endpoint: str
    force: bool


class ClearBody(StrictSchema):
    """Whose calls are to be counted anew."""

    endpoint = Text(metadata={"description": "One endpoint; left out, all of the account's."})
    force = Flag(metadata={"description": "true: even where nothing is used up."})


class _QuotaSchema(Schema):
    """One endpoint's calls of the present day."""

    endpoint = fields.String()
    counted = fields.Integer(metadata={"description": "Calls of the gateway, since the last clear."})
    used = fields.Integer(
        allow_none=True, metadata={"description": "What the provider had counted; null where it hasn't said today."}
    )
    others = fields.Integer(
        metadata={"description": "How many of those came from elsewhere; below 0 where it had counted fewer."}
    )
    limit = fields.Integer(
        allow_none=True, metadata={"description": "Calls a day: the provider's or the operator's, the lower one."}
    )
    own_limit = fields.Integer(allow_none=True, metadata={"description": "The operator's."})
    remaining = fields.Integer(
        allow_none=True, metadata={"description": "Calls left: by our count or the provider's, the lower one."}
    )
    waiting = fields.Integer(metadata={"description": "Deliveries queued on it."})
    runs_out = fields.Boolean(metadata={"description": "Whether more wait than calls are left."})
    pace_calls = fields.Integer(metadata={"description": "What the provider takes in `pace_seconds`; 0: not told."})
    pace_seconds = fields.Integer()
    asked_at = Seconds(allow_none=True, metadata={"description": "When the provider was last asked today."})
    resets_at = Seconds(metadata={"description": "When the day of quotas ends."})
    told = fields.String(metadata={"description": "What the figures mean, in plain words; empty where they agree."})


class QuotasSchema(Schema):
    """A channel's quotas on the present day."""

    code = fields.Constant(0)
    quotas = fields.List(fields.Nested(_QuotaSchema))
    clears = fields.Integer(metadata={"description": "How often the gateway had them cleared this month."})
    clears_allowed = fields.Integer(metadata={"description": "How often an account may; 0: the provider can't."})


class RenewedTokenSchema(Schema):
    """A new access token has been fetched; it isn't shown."""

    code = fields.Constant(0)
    expires_at = Seconds(metadata={"description": "When it ends."})
    left_today = fields.Integer(metadata={"description": "How many more may be asked for within a day."})


def quotas_document(found: ChannelQuotas) -> dict[str, object]:
    """What `QuotasSchema` renders."""
    document: dict[str, object] = QuotasSchema().dump(found)
    return document

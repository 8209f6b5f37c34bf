"""Messages and their deliveries as they are shown."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import NextPage, Seconds, Text
from ums.api.schemas.users import PageQuery
from ums.domain.delivery import DeliveryStatus
from ums.domain.message import MessageStatus


class MessageSchema(Schema):
    """How far a message has come."""

    code = fields.Constant(0)
    msgid = fields.String()
    status = fields.Enum(enum=MessageStatus, by_value=True)
    recipients = fields.Integer(metadata={"description": "How many users it is for."})
    counts = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": "Deliveries by status."}
    )
    channels = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        metadata={"description": "The same by channel code."},
    )
    created_at = Seconds(metadata={"description": "Unix seconds."})
    finished_at = Seconds(
        allow_none=True, metadata={"description": "Unix seconds; null while deliveries are under way."}
    )


class DeliverySchema(Schema):
    """One message to one address on one channel."""

    id = fields.Integer()
    userid = fields.String()
    channel = fields.String(
        allow_none=True, metadata={"description": "The channel code; null for an unreachable user."}
    )
    address = fields.String(allow_none=True, metadata={"description": "Null for an unreachable user."})
    status = fields.Enum(enum=DeliveryStatus, by_value=True)
    reason = fields.String(metadata={"description": "Why it stands so, as one of the documented reasons."})
    provider_code = fields.Integer(
        allow_none=True, metadata={"description": "The provider's own number; null where it gave none."}
    )
    provider_message = fields.String(metadata={"description": "The provider's own words."})
    attempts = fields.Integer(metadata={"description": "Calls made to the provider."})
    step = fields.Integer(metadata={"description": "The rule's step it belongs to, from 0."})
    fallback_of = fields.Integer(
        allow_none=True, metadata={"description": "The delivery that this one replaced; null for none."}
    )
    cause = fields.String(metadata={"description": "Why the rule came to this step; empty for the first."})
    updated_at = Seconds(metadata={"description": "Unix seconds."})


class DeliveriesSchema(Schema):
    """A page of deliveries, in the order they were made."""

    code = fields.Constant(0)
    deliveries = fields.List(fields.Nested(DeliverySchema), attribute="items")
    next = NextPage()


class DeliveriesQuery(PageQuery):
    """Which deliveries."""

    status = Text(metadata={"description": "Only those with this delivery status."})
    channel = Text(metadata={"description": "Only those on the channel with this code."})

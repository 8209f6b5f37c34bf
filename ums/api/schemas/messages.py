"""Messages and their deliveries as they are shown."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import NextPage, OneOfWords, Seconds, Text, WholeInQuery
from ums.api.schemas.users import PageQuery
from ums.domain.delivery import DeliveryStatus
from ums.domain.message import MessageStatus

LATEST = 10**11
"""Unix seconds, some three thousand years ahead."""


class TemplateUsedSchema(Schema):
    """The message template that made a message."""

    id = fields.Integer()
    version = fields.Integer()


class MessageEntry(Schema):
    """How far a message has come."""

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
    template = fields.Nested(
        TemplateUsedSchema, allow_none=True, metadata={"description": "Null where no message template was named."}
    )
    created_at = Seconds(metadata={"description": "Unix seconds."})
    finished_at = Seconds(
        allow_none=True, metadata={"description": "Unix seconds; null while deliveries are under way."}
    )
    purged_at = Seconds(
        allow_none=True,
        metadata={
            "description": "Unix seconds since when its deliveries are kept no more, only the counts; else null."
        },
    )


class MessageSchema(MessageEntry):
    """One message."""

    code = fields.Constant(0)


class MessagesSchema(Schema):
    """A page of messages, the newest first."""

    code = fields.Constant(0)
    messages = fields.List(fields.Nested(MessageEntry), attribute="items")
    next = NextPage()


class MessagesQuery(PageQuery):
    """Which messages."""

    status = OneOfWords(tuple(MessageStatus), metadata={"description": "Only those with this status."})
    since = WholeInQuery(0, LATEST, metadata={"description": "Only those accepted since then, in unix seconds."})


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

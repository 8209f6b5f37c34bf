"""Binding: tickets, results, and what pages sign with."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import SOMETIMES, StrictSchema, Text
from ums.domain.address import LONGEST_USERID
from ums.domain.bind_ticket import TICKET_LENGTH
from ums.domain.linking import LONGEST_URL

LONGEST_CODE = 64


def _channel() -> Text:
    return Text(shortest=1, longest=LONGEST_CODE, required=True, metadata={"description": "The channel code."})


class TicketBody(StrictSchema):
    """Whom a link is for, and what comes afterwards."""

    channel = _channel()
    userid = Text(
        shortest=1,
        longest=LONGEST_USERID,
        metadata={"description": "Who is bound; without it your login page is told who came."},
    )
    return_to = Text(
        shortest=1,
        longest=LONGEST_URL,
        metadata={"description": "Where the person goes in the end: an allowed address, or `miniprogram`."},
    )
    session = Text(
        shortest=1,
        longest=TICKET_LENGTH,
        metadata={"description": "A mini program login session of the same person: both addresses become his."},
    )
    origin = Text(
        shortest=1, longest=255, metadata={"description": "Whose pages may have the result, read from `return_to`."}
    )


class TicketSchema(Schema):
    """A link that binds once."""

    code = fields.Constant(0)
    ticket = fields.String()
    url = fields.String(
        metadata={
            "description": "The link to give to the person; empty for a mini program, whose page gives the ticket "
            "to its login."
        }
    )
    expires_in = fields.Integer(attribute="seconds", metadata={"description": "Seconds."})


class ResultBody(StrictSchema):
    """A result, as it stood in the address of your page."""

    result = Text(shortest=1, longest=255, required=True, metadata={"description": "The text after `result=`."})


class CompleteBody(ResultBody):
    """A result, and whose it is."""

    userid = Text(shortest=1, longest=LONGEST_USERID, required=True, metadata={"description": "Who is bound."})


class ResultSchema(Schema):
    """Who came."""

    code = fields.Constant(0)
    bound = fields.Boolean(metadata={"description": "Whether the account is a user's; else complete the result."})
    userid = fields.String(metadata={"description": "Whose it is, where it is bound.", SOMETIMES: True})
    channel = fields.String(metadata={"description": "The channel on which he came."})


class UnbindBody(StrictSchema):
    """Whose binding ends, and on which channel."""

    userid = Text(shortest=1, longest=LONGEST_USERID, required=True, metadata={"description": "Whose."})
    channel = _channel()


class UnboundSchema(Schema):
    """What became of a binding."""

    code = fields.Constant(0)
    unbound = fields.Boolean(metadata={"description": "false: there was none."})


class SignatureBody(StrictSchema):
    """Which page signs."""

    channel = _channel()
    url = Text(
        shortest=1,
        longest=LONGEST_URL,
        required=True,
        metadata={
            "description": "The page's own address, without what follows #.",
            "example": "https://shop.example/page",
        },
    )


class SignatureSchema(Schema):
    """What the page hands to the provider's script."""

    code = fields.Constant(0)
    config = fields.Raw(
        metadata={
            "type": "object",
            "description": "For `wx.config`.",
            "example": {"appId": "wx0123456789abcdef", "timestamp": 1800000000, "nonceStr": "n", "signature": "s"},
        }
    )

"""Logins on pages inside a provider's app: what a page or a backend sends, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import Schema, ValidationError, fields, validates_schema

from ums.api.schemas.strict import SOMETIMES, StrictSchema, Text
from ums.domain.address import LONGEST_USERID
from ums.domain.bind_ticket import TICKET_LENGTH

LONGEST_CODE = 512
LONGEST_SEALED = 32 * 1024
LONGEST_RAW = 8 * 1024
EXAMPLE = "3RT6JB0ZPT7FXWJY6H9Q2B4C8M5N1D0K7V2W3X4Y5Z6A7B8C9D0E1F2G3H"


def session(*, required: bool = False) -> Text:
    """A login session's text."""
    told = {"description": "What a login was answered; good for 30 minutes.", "example": EXAMPLE}
    return Text(shortest=1, longest=2 * TICKET_LENGTH, required=required, metadata=told)


def code_of(function: str, *, required: bool = True) -> Text:
    """A code that the app gave the page."""
    told = {"description": f"What {function} gave the page; good once.", "example": "0a3Xy1000CODE"}
    return Text(shortest=1, longest=LONGEST_CODE, required=required, metadata=told)


class LoginSchema(StrictSchema):
    """Who got a code. A page may add a ticket; an application's backend, with its credentials, a userid."""

    code = code_of("wx.login")
    ticket = Text(
        shortest=1,
        longest=2 * TICKET_LENGTH,
        metadata={
            "description": "Made by the application's backend for a userid and this channel; used up with this."
        },
    )
    userid = Text(
        shortest=1,
        longest=LONGEST_USERID,
        metadata={
            "description": "To whom the person is bound; never believed without the application's credentials."
        },
    )


class LoggedInSchema(Schema):
    """The session for the page."""

    code = fields.Constant(0)
    session = fields.String(metadata={"description": "Opaque; good for 30 minutes.", "example": EXAMPLE})
    bound = fields.Boolean(metadata={"description": "Whether the person is some user's."})
    userid = fields.String(
        metadata={
            "description": "Whose he is; null where he is nobody's. For an application's backend alone.",
            "type": ["string", "null"],
            SOMETIMES: True,
        }
    )


class SealedSchema(StrictSchema):
    """What the app gave a page sealed, such as wx.getUserProfile. Give `session`, or a new `code`."""

    session = session()
    code = code_of("wx.login", required=False)
    encryptedData = Text(shortest=1, longest=LONGEST_SEALED, required=True)  # noqa: N815 - the app's own name
    iv = Text(shortest=1, longest=64, required=True)
    rawData = Text(  # noqa: N815
        longest=LONGEST_RAW, metadata={"description": "Checked by `signature`; give both or neither."}
    )
    signature = Text(shortest=1, longest=128)

    @validates_schema
    def check_pair(self, values: Mapping[str, object], **_: object) -> None:
        for name, other in (("rawData", "signature"), ("signature", "rawData")):
            if name in values and other not in values:
                raise ValidationError({name: [f"is checked together with {other}; give both or neither"]})


class OpenedSchema(Schema):
    """What was sealed, without what says who it is about."""

    code = fields.Constant(0)
    data = fields.Raw(
        metadata={
            "type": "object",
            "description": "As the app sealed it, without openId, unionId, watermark, group ids and phone numbers.",
            "example": {"nickName": "Li", "avatarUrl": "https://…"},
        }
    )
    bound = fields.Boolean(metadata={"description": "Whether the person is some user's now."})
    session = fields.String(
        metadata={"description": "Where a code was given: the session that it began.", SOMETIMES: True}
    )


class PhoneSchema(StrictSchema):
    """A code by which the person's phone number is told."""

    session = session(required=True)
    code = code_of("the button with open-type getPhoneNumber")


class KeptPhoneSchema(Schema):
    """The number that was kept, its middle left out."""

    code = fields.Constant(0)
    phone = fields.String(metadata={"example": "138…000"})

"""Subscriptions: what users have allowed, as it is reported and as it is shown."""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import Schema, ValidationError, fields, validates_schema

from ums.api.schemas.logins import session
from ums.api.schemas.strict import NextPage, Seconds, StrictSchema, Text, WholeInQuery, kind
from ums.api.schemas.users import LONGEST_PAGE
from ums.domain.address import LONGEST_USERID
from ums.domain.commands import Json
from ums.domain.credit import Choice
from ums.domain.shown import shown

LONGEST_TEMPLATE = 255
MOST_TEMPLATES = 20
MOST_CREDITS = 1_000_000
_CHOICES = [choice.value for choice in Choice]


class _Results(fields.Field[dict[str, Choice]]):
    """What a user answered for each template that he was asked about."""

    def __init__(self) -> None:
        super().__init__(
            required=True,
            metadata={
                "description": "By template, as `wx.requestSubscribeMessage` gives it.",
                "example": {"TEMPLATE": "accept"},
            },
        )
        self.error_messages |= {"required": "is missing; give an object", "null": "must be an object, not null"}

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> dict[str, Choice]:
        if not isinstance(value, dict):
            raise ValidationError(f"must be an object, not {kind(value)}")
        if not 1 <= len(value) <= MOST_TEMPLATES:
            raise ValidationError(f"must have 1 to {MOST_TEMPLATES} templates, not {len(value)}")
        wrong = {shown(str(name)): _fault(name, choice) for name, choice in value.items() if _fault(name, choice)}
        if wrong:
            raise ValidationError({name: [text] for name, text in wrong.items()})
        return {name: Choice(choice) for name, choice in value.items()}

    def json_schema(self) -> dict[str, Json]:
        return {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MOST_TEMPLATES,
            "propertyNames": {"pattern": f"^[!-~]{{1,{LONGEST_TEMPLATE}}}$"},
            "additionalProperties": {"type": "string", "enum": [*_CHOICES]},
        }


def _fault(name: str, choice: object) -> str:
    """What is wrong with one template's result; empty where nothing is."""
    if not (1 <= len(name) <= LONGEST_TEMPLATE and name.isascii() and name.isprintable() and " " not in name):
        return f"no template has such an id: 1 to {LONGEST_TEMPLATE} letters, digits and signs"
    if choice in _CHOICES:
        return ""
    given = shown(choice) if isinstance(choice, str) else kind(choice)
    return f"must be one of {', '.join(_CHOICES)}, not {given}"


class ReportSchema(StrictSchema):
    """What a user answered when he was asked for subscriptions. Give `userid`, `openid` or `session`."""

    channel = Text(
        shortest=1, longest=64, metadata={"description": "The channel code; with a `session` it may be left out."}
    )
    userid = Text(shortest=1, longest=LONGEST_USERID, metadata={"description": "Whose answer it is."})
    openid = Text(shortest=1, metadata={"description": "Whose answer it is, where there is no userid yet."})
    session = session()
    results = _Results()

    @validates_schema
    def check_whose(self, values: Mapping[str, object], **_: object) -> None:
        for name in ("userid", "openid"):
            if "session" in values and name in values:
                raise ValidationError({name: ["the session says whose it is; leave it out"]})
        if "session" not in values and "channel" not in values:
            raise ValidationError({"channel": ["is missing; give a text"]})


class CreditsSchema(Schema):
    """The user's credits now."""

    code = fields.Constant(0)
    credits = fields.Raw(
        metadata={
            "type": "object",
            "additionalProperties": {"type": ["integer", "null"]},
            "description": "By template, how many messages may still be sent; null where it isn't known, "
            "or isn't counted.",
            "example": {"TEMPLATE": 1},
        }
    )


class BalancesQuery(StrictSchema):
    """Which balances."""

    channel = Text(shortest=1, longest=64, required=True, metadata={"description": "The channel code."})
    userid = Text(shortest=1, longest=LONGEST_USERID, metadata={"description": "Of this user alone."})
    template = Text(shortest=1, metadata={"description": "Of this template alone."})
    at_most = WholeInQuery(
        0, MOST_CREDITS, metadata={"description": "With no more credits than that: who runs out soon."}
    )
    cursor = NextPage()
    limit = WholeInQuery(1, LONGEST_PAGE, metadata={"description": "How many at most; 100 if left out."})


class HistoryQuery(StrictSchema):
    """Which balance's history."""

    channel = Text(shortest=1, longest=64, required=True, metadata={"description": "The channel code."})
    userid = Text(shortest=1, longest=LONGEST_USERID, required=True, metadata={"description": "Whose."})
    template = Text(shortest=1, required=True, metadata={"description": "For which template."})
    cursor = NextPage()
    limit = WholeInQuery(1, LONGEST_PAGE, metadata={"description": "How many at most; 100 if left out."})


class _BalanceSchema(Schema):
    openid = fields.String(attribute="address")
    userid = fields.String(allow_none=True, metadata={"description": "Whose it is; null where nobody is bound."})
    template_id = fields.String()
    credits = fields.Integer(
        attribute="available", metadata={"description": "How many messages may still be sent."}
    )
    reserved = fields.Integer(
        metadata={"description": "Further ones, for messages that are being sent or unconfirmed."}
    )
    updated_at = Seconds(metadata={"description": "Unix seconds."})


class BalancesSchema(Schema):
    """Balances by openid and template."""

    code = fields.Constant(0)
    subscriptions = fields.List(fields.Nested(_BalanceSchema), attribute="page.items")
    next = fields.String(
        attribute="page.next", allow_none=True, metadata={"description": "The next page's cursor."}
    )
    saved_calls = fields.Integer(
        metadata={"description": "Calls in the last 30 days that were not made: no credit was left."}
    )


class _MovementSchema(Schema):
    change = fields.Integer()
    credits = fields.Integer(attribute="balance", metadata={"description": "The balance afterwards."})
    cause = fields.Function(
        lambda one: one.cause.value,
        metadata={"type": "string", "description": "allowed, sent, unconfirmed, refused or switched_off."},
    )
    source = fields.Function(
        lambda one: one.source and one.source.value,
        metadata={"type": ["string", "null"], "description": "Who told of it: event or report."},
    )
    delivery_id = fields.Integer(allow_none=True, metadata={"description": "The delivery that it was for."})
    at = Seconds(metadata={"description": "Unix seconds."})


class HistorySchema(Schema):
    """The changes of a balance, the oldest first."""

    code = fields.Constant(0)
    changes = fields.List(fields.Nested(_MovementSchema), attribute="items")
    next = fields.String(allow_none=True, metadata={"description": "The next page's cursor."})


Reported = Mapping[str, Choice]

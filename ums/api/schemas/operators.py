"""Operators as they are written and read."""

from __future__ import annotations

from typing import TypedDict

from marshmallow import Schema, fields

from ums.api.schemas.strict import Flag, NextPage, OneOfWords, Seconds, StrictSchema, Text
from ums.domain.operator import Role
from ums.services.names import LONGEST_NAME


class NewOperatorGiven(TypedDict, total=False):
    """What `NewOperatorBody` reads."""

    name: str
    role: str
    token: bool


class NewOperatorBody(StrictSchema):
    """An operator to be made."""

    name = Text(longest=LONGEST_NAME, required=True, metadata={"description": "What he is called."})
    role = OneOfWords(tuple(Role), required=True, metadata={"description": "What he may do."})
    token = Flag(metadata={"description": "true: make an API token as well, which is shown this once."})


class OperatorChangeGiven(TypedDict):
    """What `ChangedOperatorBody` reads."""

    role: str


class ChangedOperatorBody(StrictSchema):
    """What an operator is to be."""

    role = OneOfWords(tuple(Role), required=True, metadata={"description": "What he may do from now on."})


class OperatorEntry(Schema):
    """An operator as he is kept."""

    id = fields.Integer()
    name = fields.String()
    role = fields.Enum(enum=Role, by_value=True)
    has_token = fields.Boolean(metadata={"description": "Whether he holds an API token."})
    created_at = Seconds(metadata={"description": "Unix seconds."})


class OperatorSchema(OperatorEntry):
    """One operator."""

    code = fields.Constant(0)


class MadeOperatorSchema(OperatorSchema):
    """An operator just made."""

    login_url = fields.String(metadata={"description": "Signs in once, within 15 minutes."})
    token = fields.String(
        allow_none=True, metadata={"description": "The API token, shown this once; null if none was asked for."}
    )


class OperatorTokenSchema(OperatorSchema):
    """An operator with a new API token."""

    token = fields.String(metadata={"description": "Shown this once."})


class OperatorsSchema(Schema):
    """A page of operators, by id."""

    code = fields.Constant(0)
    operators = fields.List(fields.Nested(OperatorEntry), attribute="items")
    next = NextPage()

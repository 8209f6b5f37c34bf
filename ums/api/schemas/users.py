"""Users: what a batch answers, and what is shown of one."""

from __future__ import annotations

from typing import TypedDict

from marshmallow import Schema, fields

from ums.api.schemas.strict import NextPage, StrictSchema, Text, WholeInQuery
from ums.domain.address import LONGEST_USERID, USERID_RULE
from ums.domain.commands import BatchResult, Json
from ums.domain.wire import PROPERTIES, BindScope, PropertyName
from ums.services.users import LONGEST_BATCH

LONGEST_PAGE = 1000
PAGE = 100

_TEXT: Json = {"type": "string", "minLength": 1}


def _values(name: PropertyName) -> Json:
    """A user property as it is uploaded: under binding identifiers, or alone where it holds for all."""
    one: Json = {"type": "array", "items": _TEXT} if name.many else _TEXT
    return one if name.scope is BindScope.GLOBAL else {"type": "object", "additionalProperties": one}


def _changes(description: str) -> Json:
    """The `set`, `add` or `del` of an upload: by property, or by channel code."""
    properties = {name.wire: _values(name) for name in PROPERTIES.values()}
    return {"type": "object", "description": description, "properties": properties}


_USER: Json = {
    "type": "object",
    "required": ["userid"],
    "properties": {
        "userid": {"type": "string", "minLength": 1, "maxLength": LONGEST_USERID, "description": USERID_RULE},
        "set": _changes("Put in the place of what is there."),
        "add": _changes("Added to what is there; for properties that have several values."),
        "del": _changes("Removed where it is there."),
    },
    "description": "Properties may stand in `set`, or without it; addresses also under a channel code alone.",
}
UPLOAD: Json = {"type": "array", "minItems": 1, "maxItems": LONGEST_BATCH, "items": _USER}
"""What `POST /v1/user/opt` takes. It is read by `ums.domain.binding`, user by user."""
REMOVAL: Json = {"type": "array", "minItems": 1, "maxItems": LONGEST_BATCH, "items": _TEXT}
"""What `POST /v1/user/delete` takes."""


class FailureSchema(Schema):
    """One user of a batch who was not taken."""

    userid = fields.String()
    errcode = fields.Function(
        lambda failure: str(failure.code), metadata={"type": "string", "description": "An error code, as a text."}
    )
    errmsg = fields.String(attribute="message")


class _BatchDataSchema(Schema):
    success = fields.List(fields.String(), metadata={"description": "The userids taken, once each."})
    fail = fields.List(fields.Nested(FailureSchema))


class BatchSchema(Schema):
    """What became of a batch of users: 200 even where some were not taken."""

    code = fields.Constant(0)
    message = fields.Constant("success")
    data = fields.Nested(_BatchDataSchema)


class BindingSchema(Schema):
    """One address of a user."""

    property = fields.String()
    bind_id = fields.String()
    value = fields.String()
    state = fields.String(metadata={"description": "active or retired."})
    cause = fields.String(metadata={"description": "Why it was retired."})


class UserEntrySchema(Schema):
    """A user, as far as the caller may see him."""

    userid = fields.String()
    properties = fields.Dict(metadata={"description": "In the shape of an upload's `set`."})
    bindings = fields.List(fields.Nested(BindingSchema))


class UserSchema(UserEntrySchema):
    """One user."""

    code = fields.Constant(0)


class UsersSchema(Schema):
    """A page of users."""

    code = fields.Constant(0)
    users = fields.List(fields.Nested(UserEntrySchema), attribute="items")
    next = NextPage()


class PageQuery(StrictSchema):
    """Which page of a list."""

    cursor = Text(metadata={"description": "The `next` of the page before; leave it out to begin."})
    limit = WholeInQuery(
        1, LONGEST_PAGE, load_default=PAGE, metadata={"description": f"How many; 1 to {LONGEST_PAGE}."}
    )


class PageWanted(TypedDict, total=False):
    """What `PageQuery` reads."""

    cursor: str
    limit: int


class UsersQuery(PageQuery):
    """Which users."""

    tag = Text(metadata={"description": "Only those who carry this tag."})


def batch_answer(result: BatchResult) -> dict[str, BatchResult]:
    """What `BatchSchema` renders."""
    return {"data": result}

"""Users: what a batch answers, and what is shown of one."""

from __future__ import annotations

from typing import TypedDict

from marshmallow import Schema, fields

from ums.api.schemas.strict import NextPage, StrictSchema, Text, WholeInQuery
from ums.domain.commands import BatchResult

LONGEST_PAGE = 1000
PAGE = 100


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

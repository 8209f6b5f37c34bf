"""Uploading users, removing them, and looking at them."""

from __future__ import annotations

from typing import TypedDict

from flask import current_app

from ums.api.auth import needs_access_key, needs_channel_key, needs_credentials
from ums.api.blueprint import ApiBlueprint
from ums.api.body import read_document
from ums.api.context import current_gateway
from ums.api.schemas.reach import ReachQuery, ReachSchema
from ums.api.schemas.users import (
    REMOVAL,
    UPLOAD,
    BatchSchema,
    UserSchema,
    UsersQuery,
    UsersSchema,
    batch_answer,
)
from ums.domain.commands import BatchResult, Caller, Json
from ums.domain.reach import Reach
from ums.domain.views import Page, UserView
from ums.services import users
from ums.services.reach import reach

api = ApiBlueprint("users", "Uploading users with their addresses and tags, removing them, looking at them")

_UPLOAD: Json = {"required": True, "content": {"application/json": {"schema": UPLOAD}}}
_REMOVAL: Json = {"required": True, "content": {"application/json": {"schema": REMOVAL}}}


@api.post("/user/opt")
@needs_credentials
@api.gives(BatchSchema)
@api.described(requestBody=_UPLOAD)
def opt(caller: Caller) -> dict[str, BatchResult]:
    """Add and change up to 1,000 users.

    Users that can't be taken don't spoil the others.
    """
    return batch_answer(users.opt(current_gateway(), caller, _items()))


@api.post("/user/delete")
@needs_access_key
@api.gives(BatchSchema)
@api.described(requestBody=_REMOVAL)
def delete(caller: Caller) -> dict[str, BatchResult]:
    """Remove up to 1,000 users with all that is bound to them."""
    return batch_answer(users.delete(current_gateway(), caller, _items()))


@api.get("/user/<userid>")
@needs_credentials
@api.gives(UserSchema)
def show(caller: Caller, userid: str) -> UserView:
    """A user, as far as the caller may see him."""
    return users.show(current_gateway(), caller, userid)


class _ReachQuery(TypedDict, total=False):
    template: str
    black_id: int
    white_id: int


@api.get("/user/<userid>/reach")
@needs_channel_key
@api.takes_query(ReachQuery)
@api.gives(ReachSchema)
def show_reach(caller: Caller, query: _ReachQuery, userid: str) -> Reach:
    """On which of the application's channels a user can be reached now; why not on the others, and what helps."""
    return reach(current_gateway(), caller, userid, **query)


class _UsersQuery(TypedDict, total=False):
    tag: str
    cursor: str
    limit: int


@api.get("/user")
@needs_credentials
@api.takes_query(UsersQuery)
@api.gives(UsersSchema)
def list_(caller: Caller, query: _UsersQuery) -> Page[UserView]:
    """Users by userid, of whom the caller may see something."""
    return users.list_for(current_gateway(), caller, **query)


def _items() -> Json:
    """The list in the body; what is wrong within an item is that item's fault alone."""
    return read_document(current_app.config["MAX_CONTENT_LENGTH"])

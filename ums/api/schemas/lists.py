"""Blacklists and whitelists as operators write and read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from marshmallow import Schema, fields, post_load

from ums.api.schemas.strict import NextPage, Seconds, StrictSchema, Text, Whole, WordList
from ums.domain.address import LONGEST_USERID
from ums.services.lists import LONGEST_BATCH
from ums.services.names import LARGEST_ID, LONGEST_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """A list as it is asked for; without `id` it gets the next free one, without `userids` it keeps its own."""

    name: str
    userids: tuple[str, ...] | None = None
    id: int | None = None


class _ListMembers(TypedDict, total=False):
    id: int
    name: str
    userids: list[str]


class ListBody(StrictSchema):
    """A list."""

    id = Whole(1, LARGEST_ID, metadata={"description": "The number that messages name it by; the next free one."})
    name = Text(longest=LONGEST_NAME, required=True, metadata={"description": "What operators call it."})
    userids = WordList(
        Text(longest=LONGEST_USERID),
        longest=LONGEST_BATCH,
        metadata={"description": "Whom it begins with; in a change, in the place of all that are on it."},
    )

    @post_load
    def make(self, data: _ListMembers, **_: object) -> ListRequest:
        userids = data.get("userids")
        return ListRequest(
            id=data.get("id"), name=data["name"], userids=None if userids is None else tuple(userids)
        )


class UseridsRequest(TypedDict):
    """What `UseridsBody` reads."""

    userids: list[str]


class UseridsBody(StrictSchema):
    """Some of a list's userids."""

    userids = WordList(Text(longest=LONGEST_USERID), shortest=1, longest=LONGEST_BATCH, required=True)


class ListEntry(Schema):
    """A list as it is kept."""

    id = fields.Integer()
    name = fields.String()
    count = fields.Integer(metadata={"description": "How many userids are on it."})
    created_at = Seconds(metadata={"description": "Unix seconds."})
    updated_at = Seconds(metadata={"description": "Unix seconds."})


class ListSchema(ListEntry):
    """One list, without its userids."""

    code = fields.Constant(0)


class ListUseridsSchema(Schema):
    """A page of a list's userids, in their order."""

    code = fields.Constant(0)
    userids = fields.List(fields.String(), attribute="items")
    next = NextPage()


class _ListsSchema(Schema):
    code = fields.Constant(0)
    next = NextPage()


class BlacklistsSchema(_ListsSchema):
    """A page of blacklists, by id."""

    blacklists = fields.List(fields.Nested(ListEntry), attribute="items")


class WhitelistsSchema(_ListsSchema):
    """A page of whitelists, by id."""

    whitelists = fields.List(fields.Nested(ListEntry), attribute="items")

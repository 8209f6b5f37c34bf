"""How an application has its people bound, as operators write and read it."""

from __future__ import annotations

from typing import cast

from marshmallow import Schema, fields, post_load

from ums.api.schemas.strict import StrictSchema, Text, WordList
from ums.domain.commands import Json
from ums.domain.linking import LONGEST_NAME, LONGEST_URL, MOST_URLS, Linking, linking_of

LOGIN_URL = "Its own login page, which gets the results of visits without a userid."
RETURN_URLS = "Where its visits may end: addresses, or beginnings of some with * at the end."
ORIGINS = "Whose pages may have results handed to them."
NAME = "What people are told it is called; empty: as the channel is."
COLOR = 'The brand\'s color, such as "#1677ff".'


class LinkingSchema(StrictSchema):
    """The whole of it: what isn't given is empty."""

    login_url = Text(longest=LONGEST_URL, metadata={"description": LOGIN_URL})
    return_urls = WordList(Text(longest=LONGEST_URL), longest=MOST_URLS, metadata={"description": RETURN_URLS})
    origins = WordList(Text(), longest=MOST_URLS, metadata={"description": ORIGINS})
    name = Text(longest=LONGEST_NAME, metadata={"description": NAME})
    color = Text(longest=7, metadata={"description": COLOR})

    @post_load
    def make(self, data: dict[str, object], **_: object) -> Linking:
        return linking_of(cast("dict[str, Json]", data))


class LinkingShownSchema(Schema):
    """How an application has its people bound."""

    login_url = fields.String(metadata={"description": LOGIN_URL})
    return_urls = fields.List(fields.String(), metadata={"description": RETURN_URLS})
    origins = fields.List(fields.String(), metadata={"description": ORIGINS})
    name = fields.String(metadata={"description": NAME})
    color = fields.String(metadata={"description": COLOR})

"""What providers told besides receipts, as it is shown."""

from __future__ import annotations

from typing import TypedDict

from marshmallow import Schema, fields

from ums.api.schemas.messages import LATEST
from ums.api.schemas.strict import NextPage, Seconds, Text, WholeInQuery
from ums.api.schemas.users import PageQuery

LONGEST_NAME = 64


class EventsQuery(PageQuery):
    """Which events."""

    event = Text(
        shortest=1,
        longest=LONGEST_NAME,
        metadata={"description": "Only those that the provider calls so, such as subscribe."},
    )
    since = WholeInQuery(0, LATEST, metadata={"description": "Only those that came since then, in unix seconds."})


class EventsWanted(TypedDict, total=False):
    """What `EventsQuery` reads."""

    event: str
    since: int
    cursor: str
    limit: int


class EventEntry(Schema):
    """One event."""

    id = fields.Integer()
    event = fields.String(attribute="kind", metadata={"description": "The provider's name of it."})
    openid = fields.String(
        attribute="address", metadata={"description": "Whom it is about, masked; empty where nobody is named."}
    )
    at = Seconds(metadata={"description": "When it happened, in unix seconds."})
    received_at = Seconds(metadata={"description": "When it came, in unix seconds."})
    details = fields.Dict(metadata={"description": "What the provider said, openids masked."})


class EventsSchema(Schema):
    """A page of events, those that came last first."""

    code = fields.Constant(0)
    events = fields.List(fields.Nested(EventEntry), attribute="items")
    next = NextPage()

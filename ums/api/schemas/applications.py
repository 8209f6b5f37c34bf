"""Applications as operators write and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from marshmallow import Schema, ValidationError, fields, post_load

from ums.api.schemas.linking import LinkingSchema, LinkingShownSchema
from ums.api.schemas.policy import PolicySchema, PolicyShownSchema
from ums.api.schemas.strict import FlagInQuery, NextPage, OneOfWords, Seconds, StrictSchema, Text, WordList
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.commands import Json
from ums.domain.credential import Credentials
from ums.domain.linking import Linking, linking_item
from ums.domain.policy import Policy, policy_item
from ums.domain.views import ApplicationState, ApplicationView
from ums.domain.wire import CHANNEL_TYPES
from ums.services.applications import ApplicationChange
from ums.services.names import LONGEST_NAME

STATES = (ApplicationState.OPEN, ApplicationState.CLOSED)


class _Preference(WordList):
    """Channel types, each once."""

    def __init__(self) -> None:
        super().__init__(
            OneOfWords(tuple(CHANNEL_TYPES)),
            metadata={"description": "The order in which rule -1 tries channel types; empty for the built-in one."},
        )

    def _deserialize(self, value: object, attr: str | None, data: object, **named: object) -> list[str]:
        types = super()._deserialize(value, attr, data, **named)
        if len(set(types)) < len(types):
            raise ValidationError("must name each channel type once")
        return types

    def json_schema(self) -> dict[str, Json]:
        return {**super().json_schema(), "uniqueItems": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRequest:
    """An application to be made; what is brought along of its credentials is not None."""

    name: str
    channel_key: str | None
    master_secret: str | None
    policy: Policy | None
    preference: tuple[str, ...]


class _NewMembers(TypedDict, total=False):
    name: str
    channel_key: str
    master_secret: str
    policy: Policy
    preference: list[str]


class NewApplicationBody(StrictSchema):
    """An application to be made."""

    name = Text(longest=LONGEST_NAME, required=True, metadata={"description": "What operators call it."})
    channel_key = Text(metadata={"description": "An existing ChannelKey that is brought along; else one is made."})
    master_secret = Text(metadata={"description": "Its MasterSecret, likewise."})
    policy = fields.Nested(PolicySchema(), metadata={"description": "What it is allowed; as by default."})
    preference = _Preference()

    @post_load
    def make(self, data: _NewMembers, **_: object) -> ApplicationRequest:
        return ApplicationRequest(
            name=data["name"],
            channel_key=data.get("channel_key"),
            master_secret=data.get("master_secret"),
            policy=data.get("policy"),
            preference=tuple(data.get("preference", ())),
        )


class _ChangedMembers(TypedDict, total=False):
    name: str
    state: str
    policy: Policy
    preference: list[str]
    channels: list[str]
    linking: Linking


class ChangedApplicationBody(StrictSchema):
    """What is to be changed of an application; what isn't given stays."""

    name = Text(longest=LONGEST_NAME, metadata={"description": "What operators call it."})
    state = OneOfWords(STATES, metadata={"description": "closed refuses its credentials with 1015005."})
    policy = fields.Nested(PolicySchema(), metadata={"description": "The whole policy that is to hold."})
    preference = _Preference()
    channels = WordList(Text(), metadata={"description": "The codes of all channels it may send on."})
    linking = fields.Nested(LinkingSchema(), metadata={"description": "How it has its people bound, in full."})

    @post_load
    def make(self, data: _ChangedMembers, **_: object) -> ApplicationChange:
        state = data.get("state")
        return ApplicationChange(
            name=data.get("name"),
            state=None if state is None else ApplicationState(state),
            policy=data.get("policy"),
            preference=data.get("preference"),
            channels=data.get("channels"),
            linking=data.get("linking"),
        )


class SecretBody(StrictSchema):
    """An existing secret, where one is brought along."""

    master_secret = Text(metadata={"description": "A MasterSecret that is brought along; else one is made."})


class SecretGiven(TypedDict, total=False):
    """What `SecretBody` reads."""

    master_secret: str


class DeletedQuery(PageQuery):
    """Which page of a list, and whether with what is deleted."""

    deleted = FlagInQuery(metadata={"description": "true: also those that are kept for their history alone."})


class DeletedWanted(PageWanted, total=False):
    """What `DeletedQuery` reads."""

    deleted: bool


class ApplicationEntry(Schema):
    """An application as it is kept."""

    id = fields.Integer()
    name = fields.String()
    channel_key = fields.String()
    state = fields.Enum(enum=ApplicationState, by_value=True)
    channels = fields.Dict(
        keys=fields.String(), values=fields.String(), metadata={"description": "Channel type and channel code."}
    )
    preference = fields.List(fields.String(), metadata={"description": "Empty: the built-in order."})
    policy = fields.Nested(PolicyShownSchema, metadata={"description": "What it is allowed, in full."})
    linking = fields.Nested(LinkingShownSchema, metadata={"description": "How it has its people bound."})
    created_at = Seconds(metadata={"description": "Unix seconds."})


class ApplicationSchema(ApplicationEntry):
    """One application."""

    code = fields.Constant(0)


class MadeApplicationSchema(ApplicationSchema):
    """An application just made, or given a new secret."""

    master_secret = fields.String(metadata={"description": "Shown this once."})


class ApplicationsSchema(Schema):
    """A page of applications, by id."""

    code = fields.Constant(0)
    applications = fields.List(fields.Nested(ApplicationEntry), attribute="items")
    next = NextPage()


def application_document(application: ApplicationView) -> Mapping[str, object]:
    """What `ApplicationSchema` renders."""
    return {
        "id": application.id,
        "name": application.name,
        "channel_key": application.channel_key,
        "state": application.state,
        "channels": dict(application.channels),
        "preference": list(application.preference),
        "policy": policy_item(application.policy),
        "linking": linking_item(application.linking),
        "created_at": application.created_at,
    }


def made_document(application: ApplicationView, made: Credentials) -> Mapping[str, object]:
    """What `MadeApplicationSchema` renders."""
    return {**application_document(application), "master_secret": made.master_secret}

"""Channels as operators write and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from marshmallow import Schema, ValidationError, fields, post_load

from ums.api.schemas.channels import ChannelSchema, FailingSchema
from ums.api.schemas.strict import Flag, FlagInQuery, Seconds, StrictSchema, Text, WordList, kind
from ums.domain.commands import Json
from ums.domain.views import ChannelDetail, ChannelState
from ums.services.names import LONGEST_NAME


class SettingsByName(fields.Field[dict[str, str]]):
    """Texts by name, as the plugin's own page lists them."""

    def __init__(self, *, required: bool = False, metadata: Mapping[str, object] | None = None) -> None:
        super().__init__(required=required, metadata=metadata)
        self.error_messages |= {"required": "is missing; give an object", "null": "must be an object, not null"}

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> dict[str, str]:
        if not isinstance(value, dict):
            raise ValidationError(f"must be an object, not {kind(value)}")
        wrong = {name: [f"must be a text, not {kind(text)}"] for name, text in value.items() if not _is_text(text)}
        if wrong:
            raise ValidationError(wrong)
        return value

    def json_schema(self) -> dict[str, Json]:
        return {"type": "object", "additionalProperties": {"type": "string"}}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRequest:
    """A channel to be made."""

    code: str
    type: str
    name: str | None
    settings: Mapping[str, str] = field(repr=False)
    grants: tuple[str, ...]


class _NewMembers(TypedDict, total=False):
    channel: str
    type: str
    name: str
    settings: dict[str, str]
    grants: list[str]


_GRANTS = {"description": "The names of all applications that may send on it."}


class NewChannelBody(StrictSchema):
    """A channel to be made."""

    channel = Text(required=True, metadata={"description": "Its code: 1 to 32 letters and digits."})
    type = Text(required=True, metadata={"description": "Which kind of channel, such as wechatmp."})
    name = Text(longest=LONGEST_NAME, metadata={"description": "What operators call it; else its code."})
    settings = SettingsByName(required=True, metadata={"description": "Texts by name; what its type asks for."})
    grants = WordList(Text(), metadata=_GRANTS)

    @post_load
    def make(self, data: _NewMembers, **_: object) -> ChannelRequest:
        return ChannelRequest(
            code=data["channel"],
            type=data["type"],
            name=data.get("name"),
            settings=data["settings"],
            grants=tuple(data.get("grants", ())),
        )


class ChannelChange(TypedDict, total=False):
    """What `ChangedChannelBody` reads."""

    name: str
    settings: dict[str, str]
    grants: list[str]


class ChangedChannelBody(StrictSchema):
    """What is to be changed of a channel; what isn't given stays."""

    name = Text(longest=LONGEST_NAME, metadata={"description": "What operators call it."})
    settings = SettingsByName(
        metadata={"description": "Laid over those kept; an empty text takes one back. Secrets not given stay."}
    )
    grants = WordList(Text(), metadata=_GRANTS)


class ReplacementGiven(TypedDict, total=False):
    """What `ReplacementBody` reads."""

    by: str
    bindings: bool


class ReplacementBody(StrictSchema):
    """Which channel takes another one's place."""

    by = Text(required=True, metadata={"description": "The code of a channel of the same type."})
    bindings = Flag(metadata={"description": "true: copy the addresses as well, where both are the same account."})


class ForceGiven(TypedDict, total=False):
    """What `ForceQuery` reads."""

    force: bool


class ForceQuery(StrictSchema):
    """Whether what waits is given up."""

    force = FlagInQuery(metadata={"description": "true: cancel the deliveries that are queued on it."})


class _EndpointSchema(Schema):
    """One endpoint that calls go to."""

    name = fields.String()
    rate = fields.Float(metadata={"description": "Calls a second; 0 without limit."})
    paused_until = Seconds(allow_none=True, metadata={"description": "It rests until then; null where it doesn't."})
    blocked = fields.Boolean(metadata={"description": "A permission is missing; resuming the channel tries again."})
    reason = fields.String()


class ChannelDetailSchema(Schema):
    """One channel in full; of its secrets only which are set."""

    code = fields.Constant(0)
    channel = fields.String(metadata={"description": "The channel code, by which it is addressed."})
    type = fields.String()
    name = fields.String()
    state = fields.String(metadata={"enum": list(ChannelState)})
    reason = fields.String(metadata={"description": "Why it is not ready."})
    refreshed_at = Seconds(
        allow_none=True, metadata={"description": "When its templates were last fetched; null for never."}
    )
    authorised_by = fields.String(
        metadata={"description": "platform: its account lets the third-party platform act for it; else empty."}
    )
    failing = fields.Nested(
        FailingSchema, allow_none=True, metadata={"description": "null where its calls are answered."}
    )
    settings = fields.Dict(metadata={"description": "Those that aren't secret."})
    secrets_set = fields.List(fields.String(), metadata={"description": "The names of the secrets that are set."})
    endpoints = fields.List(fields.Nested(_EndpointSchema))
    granted_to = fields.List(fields.String(), metadata={"description": "Names of applications."})
    refresh_notes = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "Template lists that couldn't be fetched: kind and why."},
    )
    hook_url = fields.String(metadata={"description": "Where the provider is told to push its events."})


class ChannelCheckSchema(Schema):
    """What a test of a channel's credentials found."""

    code = fields.Constant(0)
    ok = fields.Boolean(metadata={"description": "Whether the provider takes them."})
    detail = fields.String(metadata={"description": "A sentence for an operator."})
    provider_code = fields.Integer(
        allow_none=True, metadata={"description": "The provider's own number; null where it gave none."}
    )


class ReplacedSchema(Schema):
    """What became of a replacement."""

    code = fields.Constant(0)
    granted_to = fields.List(fields.String(), metadata={"description": "Who sends on the new channel now."})
    bindings = fields.Integer(metadata={"description": "How many addresses were copied."})


def channel_document(detail: ChannelDetail) -> dict[str, object]:
    """What `ChannelDetailSchema` renders, and `ums channel show --json` prints."""
    shown: dict[str, object] = ChannelSchema().dump(detail.channel)
    return {
        **shown,
        "settings": dict(detail.settings),
        "secrets_set": list(detail.secrets_set),
        "endpoints": list(detail.endpoints),
        "granted_to": list(detail.granted_to),
        "refresh_notes": dict(detail.refresh_notes),
        "hook_url": detail.hook_url,
    }

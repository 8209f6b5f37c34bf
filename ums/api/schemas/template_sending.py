"""The bodies of `POST /v1/template/sent` and `/v1/template/broadcast`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from marshmallow import ValidationError, fields, post_load, pre_load

from ums.api.schemas.audience import AudienceMembers, AudienceSchema, audience_given
from ums.api.schemas.lenient import LenientSchema
from ums.api.schemas.option import Manner, MannerMembers, MannerSchema, manner_given
from ums.api.schemas.strict import Flag, Members, Whole, kind
from ums.domain.app_push import EVERY_PLATFORM, LONGEST_TIME_TO_LIVE, PLATFORMS, AppParameters
from ums.domain.audience import Audience
from ums.domain.commands import Json
from ums.domain.errors import ContentBesideTemplate
from ums.domain.shown import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSendRequest:
    """A send by a message template as it was asked for; `template_id` is a text where one was given."""

    audience: Audience
    template_id: int | str
    values: Mapping[str, Json]
    app: AppParameters | None
    manner: Manner


class _TemplateId(fields.Field[int | str]):
    """A message template's number; a text is kept, so that a provider's template can be told from nonsense."""

    def __init__(self) -> None:
        metadata = {"type": "integer", "description": "A message template's number, not a provider's template."}
        super().__init__(required=True, metadata=metadata)
        said = "a message template's number"
        self.error_messages |= {"required": f"is missing; give {said}", "null": f"must be {said}, not null"}

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> int | str:
        if not isinstance(value, int | str) or isinstance(value, bool):
            raise ValidationError(f"must be a whole number, not {kind(value)}")
        return value


class _Platforms(fields.Field[str | tuple[str, ...]]):
    """`all`, one platform, or a list of them."""

    def __init__(self) -> None:
        self.said = f'"{EVERY_PLATFORM}", or a list of some of {", ".join(PLATFORMS)}'
        super().__init__(required=True, metadata={"description": f"Where the push goes: {self.said}."})
        self.error_messages |= {"required": f"is missing; give {self.said}", "null": f"must be {self.said}"}

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> str | tuple[str, ...]:
        if value == EVERY_PLATFORM:
            return EVERY_PLATFORM
        words = value if isinstance(value, list) else [value]
        named = tuple(word for word in words if isinstance(word, str) and word in PLATFORMS)
        if not named or len(named) < len(words):
            raise ValidationError(f"must be {self.said}, not {kind(value)}")
        return tuple(dict.fromkeys(named))

    def json_schema(self) -> dict[str, Json]:
        some: Json = {"type": "array", "items": {"type": "string", "enum": list(PLATFORMS)}, "minItems": 1}
        return {"oneOf": [{"type": "string", "enum": [EVERY_PLATFORM, *PLATFORMS]}, some]}


class _AppMembers(TypedDict, total=False):
    platform: str | tuple[str, ...]
    time_to_live: int
    apns_production: bool


class AppParametersSchema(LenientSchema):
    """What a send says of its app push beside the values."""

    platform = _Platforms()
    time_to_live = Whole(
        0,
        LONGEST_TIME_TO_LIVE,
        metadata={"description": "Seconds for which the push is kept for devices that are off; a day by default."},
    )
    apns_production = Flag(
        metadata={"description": "Apple's production side (true, the default) or its test side."}
    )

    @post_load
    def make(self, data: _AppMembers, **_: object) -> AppParameters:
        return AppParameters(
            platform=data["platform"],
            time_to_live=data.get("time_to_live"),
            apns_production=data.get("apns_production"),
        )


class _TemplateMembers(MannerMembers, total=False):
    template_id: int | str
    template_para: dict[str, Json]
    app_para: AppParameters


class _TemplateSchema(LenientSchema):
    """Which message template is sent, with which values."""

    template_id = _TemplateId()
    template_para = Members(metadata={"description": "A text or a number for each of the template's variables."})
    app_para = fields.Nested(
        AppParametersSchema(), metadata={"description": "Needed where the template has a content for app push."}
    )

    @pre_load
    def refuse_contents(self, data: object, **_: object) -> object:
        given = [name for name in data if name.startswith("msg_")] if isinstance(data, dict) else []
        if given:
            errors = {shown(name): ["leave it out; the message template says what is sent"] for name in given}
            text = f"{shown(given[0])} can't stand beside template_id; the message template says what is sent."
            raise ContentBesideTemplate(text, errors=errors)
        return data


class _TemplateSendMembers(AudienceMembers, _TemplateMembers, total=False):
    """What `TemplateSendSchema` reads."""


# marshmallow lists the members of the last class first
class TemplateSendSchema(MannerSchema, _TemplateSchema, AudienceSchema):
    """One message by a message template, to users or to addresses."""

    @post_load
    def make(self, data: _TemplateSendMembers, **_: object) -> TemplateSendRequest:
        option = manner_given(data).option
        return _request(data, audience_given(data, option.black_id, option.white_id))


class TemplateBroadcastSchema(MannerSchema, _TemplateSchema):
    """One message by a message template, to everyone."""

    @post_load
    def make(self, data: _TemplateMembers, **_: object) -> TemplateSendRequest:
        option = manner_given(data).option
        return _request(data, Audience(everyone=True, black_id=option.black_id, white_id=option.white_id))


def _request(data: _TemplateMembers, audience: Audience) -> TemplateSendRequest:
    return TemplateSendRequest(
        audience=audience,
        template_id=data["template_id"],
        values=data.get("template_para", {}),
        app=data.get("app_para"),
        manner=manner_given(data),
    )

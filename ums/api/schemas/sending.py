"""The bodies of `POST /v1/sent` and `/v1/broadcast`, and their answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_dump, post_load, validates_schema

from ums.api.schemas.audience import AudienceMembers, AudienceSchema, audience_given
from ums.api.schemas.lenient import LenientSchema
from ums.api.schemas.linting import LintedSchema
from ums.api.schemas.option import Manner, MannerMembers, MannerSchema, manner_given
from ums.api.schemas.strict import SOMETIMES
from ums.domain.audience import Audience
from ums.domain.commands import Json, SentMessage
from ums.domain.wire import CHANNEL_TYPES

MESSAGES = frozenset(names.message for names in CHANNEL_TYPES.values())
"""Every `msg_…` of the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """A send as it was asked for; `contents` maps the `msg_…` given to what stands there, still unread."""

    audience: Audience
    contents: Mapping[str, Json]
    manner: Manner


class _Content(fields.Raw):
    """A `msg_…`; the channel type's plugin reads it."""

    def __init__(self, description: str) -> None:
        super().__init__(allow_none=True, metadata={"description": f"{description}: a list with one element."})

    def json_schema(self) -> dict[str, Json]:
        one: Json = {"type": "object"}
        return {"oneOf": [{"type": "array", "items": one, "minItems": 1, "maxItems": 1}, one]}


class _ContentsSchema(LenientSchema):
    """What a message says on each channel type; those given decide which channels are used."""

    msg_app = _Content("App push")
    msg_wechatoa = _Content("WeChat official account")
    msg_wechatmp = _Content("WeChat mini program")
    msg_email = _Content("Email")
    msg_sms = _Content("SMS")
    msg_dingtalk_cc = _Content("DingTalk work notice")
    msg_alipay_life = _Content("Alipay life account")
    msg_wechatwk = _Content("WeCom")

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def ask_for_content(self, data: object, original: dict[str, Json], **_: object) -> None:
        if not _contents(original):
            raise ValidationError(f"give at least one of {', '.join(sorted(MESSAGES))}", "msg_…")


class _SendMembers(AudienceMembers, MannerMembers, total=False):
    """What `SendSchema` reads."""


# marshmallow lists the members of the last class first
class SendSchema(MannerSchema, _ContentsSchema, AudienceSchema):
    """One message to users, or to addresses."""

    @post_load(pass_original=True)
    def make(self, data: _SendMembers, original: dict[str, Json], **_: object) -> SendRequest:
        manner = manner_given(data)
        return SendRequest(
            audience=audience_given(data, manner.option.black_id, manner.option.white_id),
            contents=_contents(original),
            manner=manner,
        )


class BroadcastSchema(MannerSchema, _ContentsSchema):
    """One message to everyone."""

    @post_load(pass_original=True)
    def make(self, data: MannerMembers, original: dict[str, Json], **_: object) -> SendRequest:
        manner = manner_given(data)
        option = manner.option
        audience = Audience(everyone=True, black_id=option.black_id, white_id=option.white_id)
        return SendRequest(audience=audience, contents=_contents(original), manner=manner)


class LintBody(_ContentsSchema):
    """The contents of a message, as in a send."""

    @post_load(pass_original=True)
    def make(self, data: object, original: dict[str, Json], **_: object) -> dict[str, Json]:
        return _contents(original)


def _contents(original: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in original.items() if name in MESSAGES and value is not None}


class UnreachableSchema(Schema):
    """Users that a message would not reach, for one reason."""

    reason = fields.String(metadata={"description": "As a delivery would say it."})
    count = fields.Integer()
    userids = fields.List(fields.String(), metadata={"description": "The first 100 of them."})


class SentSchema(Schema):
    """The answer to an accepted send, or to a dry run; members stand there only where there is something to say."""

    code = fields.Constant(0)
    msgid = fields.String(
        metadata={"description": "The message's id: opaque, URL-safe, sorting by time.", SOMETIMES: True}
    )
    sendno = fields.String(metadata={"description": "As it was given.", SOMETIMES: True})
    warnings = fields.List(
        fields.String(), metadata={"description": "What was taken otherwise than asked.", SOMETIMES: True}
    )
    dry_run = fields.Boolean(
        metadata={"description": "True: nothing was stored, and nothing will be sent.", SOMETIMES: True}
    )
    recipients = fields.Integer(
        metadata={"description": "Dry run: how many users, or addresses, it is for.", SOMETIMES: True}
    )
    channels = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "Dry run: how many would get it, by channel code.", SOMETIMES: True},
    )
    unreachable = fields.List(
        fields.Nested(UnreachableSchema),
        metadata={"description": "Dry run: who would not get it, by reason.", SOMETIMES: True},
    )
    lint = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(LintedSchema),
        metadata={
            "description": "Dry run: what was found in the contents, by channel code; a send is refused where it "
            "isn't `ok`.",
            SOMETIMES: True,
        },
    )

    def dump(self, obj: object, *, many: bool | None = None) -> Any:
        """As marshmallow does; for a send, of which there are thousands a second, without asking every field."""
        if not isinstance(obj, SentMessage):
            return super().dump(obj, many=many)
        answer: dict[str, Json] = {"code": 0, "msgid": obj.msgid}
        if obj.sendno:
            answer["sendno"] = obj.sendno
        if obj.warnings:
            answer["warnings"] = list(obj.warnings)
        return answer

    @post_dump
    def leave_out_what_is_not_there(self, data: dict[str, Json], **_: object) -> dict[str, Json]:
        kept = _IN_DRY_RUN if data.get("dry_run") else _IN_ANSWER
        return {name: value for name, value in data.items() if name in kept or value}


_IN_ANSWER = frozenset({"code", "msgid"})
_IN_DRY_RUN = frozenset({"code", "dry_run", "recipients", "channels", "unreachable"})

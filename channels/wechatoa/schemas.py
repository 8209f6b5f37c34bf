"""An official account's messages, as an application sends them; here those of a template (`type` 0 and 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, cast

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate, validates_schema

from channels._wechat.content import (
    COLOR,
    Frame,
    MiniProgramSchema,
    TemplateData,
    Values,
    frame,
    given,
    page,
    template_id,
    well_formed,
    without_colors,
)
from channels.wechatoa.customer_service import CustomerServiceMessage, CustomerServiceSchema
from channels.wechatoa.kinds import CUSTOMER_SERVICE, NOTICE, ONE_TIME, TEMPLATE, MessageType, kind_of
from channels.wechatoa.one_time import OneTimeMessage, OneTimeSchema
from ums.sdk.call import Json

Message: TypeAlias = "OfficialAccountMessage | CustomerServiceMessage | OneTimeMessage"
"""A message of any kind."""

OPTIONAL = ("url", "page", "miniprogram", "color")
ALIASES: Mapping[str, str] = {"app_id": "appid", "page_path": "pagepath"}
FLAT = ("appid", "pagepath", *ALIASES)


@dataclass(frozen=True, kw_only=True)
class OfficialAccountMessage:
    """One message of `type` 0 or 1."""

    type: int
    template_id: str
    data: Values
    url: str | None = None
    page: str | None = None
    miniprogram: Mapping[str, str] | None = None
    color: str | None = None

    @cached_property
    def frame(self) -> Frame:
        """The body without its recipient, rendered once, and only where something is sent."""
        members: dict[str, Json] = {
            "template_id": self.template_id,
            "url": self.url,
            "page": self.page,
            "miniprogram": dict(self.miniprogram) if self.miniprogram else None,
            "data": {key: dict(entry) for key, entry in self.data.items()},
            "color": self.color,
        }
        return frame(members)


class TemplateMessageSchema(Schema):
    """Makes an `OfficialAccountMessage`."""

    type = MessageType()
    template_id = template_id
    data = TemplateData(colors=True)
    url = fields.String(
        validate=[validate.Length(min=1, max=2048), well_formed],
        metadata={
            "label": "Link",
            "label_zh": "跳转链接",
            "help": "The web page that opens when a template message is tapped.",
            "help_zh": "点击模板消息后打开的网页。",
        },
    )
    page = page
    miniprogram = fields.Nested(
        MiniProgramSchema,
        metadata={
            "label": "Mini program",
            "label_zh": "跳转小程序",
            "help": "The linked mini program that opens instead of the web page.",
            "help_zh": "点击后打开的已关联小程序，优先于网页。",
        },
    )
    color = fields.String(
        validate=validate.Regexp(COLOR.pattern + r"\Z", error='Must be a color such as "#173177".'),
        metadata={
            "label": "Color",
            "label_zh": "字体颜色",
            "help": "The color of a template message's text; black if left out.",
            "help_zh": "模板消息的字体颜色，默认黑色。",
        },
    )

    @pre_load
    def as_the_platform_has_it(self, sent: object, **_: object) -> object:
        """Take what public clients of the hosted system send as what they mean by it.

        What was sent empty counts as not sent. `appid` and `pagepath` may stand flat, or be written `app_id` and
        `page_path`; what stands in `miniprogram` counts before them. A notice has no colors; its link is `page`.
        """
        values = given(sent, (*OPTIONAL, *FLAT))
        if not isinstance(values, dict):
            return values
        values = _with_miniprogram(values)
        return _as_notice(values) if values.get("type") == NOTICE else values

    @validates_schema
    def check_members(self, values: Mapping[str, object], **_: object) -> None:
        """Refuse a page where there is none: a template message opens its `url`."""
        if "page" in values and values["type"] == TEMPLATE:
            raise ValidationError({"page": ["Only for subscription notices (type 1), not for type 0."]})

    @post_load
    def make(self, values: Mapping[str, object], **_: object) -> OfficialAccountMessage:
        """The frozen message, its body rendered."""
        text = cast("Mapping[str, str]", values)
        return OfficialAccountMessage(
            type=cast("int", values["type"]),
            template_id=text["template_id"],
            data=cast("Values", values["data"]),
            url=text.get("url"),
            page=text.get("page"),
            miniprogram=cast("Mapping[str, str] | None", values.get("miniprogram")),
            color=text.get("color"),
        )


class OfficialAccountMessageSchema(TemplateMessageSchema):
    """Makes the message of one element of `msg_wechatoa`: its `type` says of which kind."""

    def load(self, data: Any, **named: Any) -> Any:
        """The message. What names no kind is read as a message that fills a template, which says what is wrong."""
        schema = _SCHEMAS.get(kind_of(data.get("type")) if isinstance(data, dict) else None)
        return super().load(data, **named) if schema is None else schema.load(data, **named)


_SCHEMAS: Mapping[int | None, Schema] = {CUSTOMER_SERVICE: CustomerServiceSchema(), ONE_TIME: OneTimeSchema()}


def _with_miniprogram(values: dict[str, Json]) -> dict[str, Json]:
    """The members with those of the mini program nested, under the names that the platform gives them."""
    flat = {name: values[name] for name in FLAT if name in values}
    kept = {name: value for name, value in values.items() if name not in FLAT}
    if flat:
        kept.setdefault("miniprogram", flat)
    nested = kept.get("miniprogram")
    if isinstance(nested, dict):
        kept["miniprogram"] = {ALIASES.get(name, name): value for name, value in nested.items()}
    return kept


def _as_notice(values: dict[str, Json]) -> dict[str, Json]:
    """The members as a subscription notice has them: without colors, and with its link as `page`."""
    kept = {name: value for name, value in values.items() if name not in {"color", "url"}}
    if "url" in values:
        kept.setdefault("page", values["url"])
    return kept | {"data": without_colors(values["data"])} if "data" in values else kept

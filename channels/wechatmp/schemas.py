"""A mini program's subscription message, as an application sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from marshmallow import Schema, fields, post_load, pre_load, validate

from channels._wechat.content import Frame, TemplateData, Values, frame, given, page, template_id, without_colors
from ums.sdk.call import Json

STATES = ("developer", "trial", "formal")
OPTIONAL = ("page", "miniprogram_state", "lang")
LANGUAGES = ("zh_CN", "en_US", "zh_HK", "zh_TW")


@dataclass(frozen=True, kw_only=True)
class SubscribeMessage:
    """One subscription message."""

    template_id: str
    data: Values
    page: str | None = None
    miniprogram_state: str | None = None
    lang: str | None = None

    @cached_property
    def frame(self) -> Frame:
        """The body without its recipient, rendered once, and only where something is sent."""
        members: dict[str, Json] = {
            "template_id": self.template_id,
            "data": {key: dict(entry) for key, entry in self.data.items()},
            "page": self.page,
            "miniprogram_state": self.miniprogram_state,
            "lang": self.lang,
        }
        return frame(members)


class SubscribeMessageSchema(Schema):
    """Makes a `SubscribeMessage` of one element of `msg_wechatmp`."""

    template_id = template_id
    data = TemplateData()
    page = page
    miniprogram_state = fields.String(
        validate=validate.OneOf(STATES, error="Must be one of: {choices}."),
        metadata={
            "label": "Version",
            "label_zh": "小程序版本",
            "help": "Which version of the mini program opens; formal if left out.",
            "help_zh": "跳转的小程序版本，默认为正式版 formal。",
        },
    )
    lang = fields.String(
        validate=validate.OneOf(LANGUAGES, error="Must be one of: {choices}."),
        metadata={
            "label": "Language",
            "label_zh": "语言",
            "help": "The language the mini program is entered in; zh_CN if left out.",
            "help_zh": "进入小程序查看的语言类型，默认为 zh_CN。",
        },
    )

    @pre_load
    def as_the_platform_has_it(self, sent: object, **_: object) -> object:
        """Take a member that was sent empty as one that was not sent; so with colors, since there are none."""
        values = given(sent, OPTIONAL)
        if isinstance(values, dict) and "data" in values:
            return values | {"data": without_colors(values["data"])}
        return values

    @post_load
    def make(self, values: Mapping[str, object], **_: object) -> SubscribeMessage:
        """The frozen message, its body rendered."""
        text = cast("Mapping[str, str]", values)
        return SubscribeMessage(
            template_id=text["template_id"],
            data=cast("Values", values["data"]),
            page=text.get("page"),
            miniprogram_state=text.get("miniprogram_state"),
            lang=text.get("lang"),
        )

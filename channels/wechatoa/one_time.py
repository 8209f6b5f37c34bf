"""One-time subscription messages (`type` 3): one message for one consent that a person gave on a page of WeChat's.

Source: WeChat, "one-time subscription messages". He consents for a template and a scene; consenting again before
the message has been sent doesn't add up. Whether he follows doesn't matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate

from channels._wechat.content import (
    COLOR,
    Frame,
    MiniProgramSchema,
    frame,
    given,
    template_id,
    well_formed,
)
from channels.wechatoa.kinds import ONE_TIME, MessageType
from ums.sdk.call import Json

OPTIONAL = ("url", "miniprogram")
LONGEST_TITLE = 15
LONGEST_CONTENT = 200
LARGEST_SCENE = 10_000
MARK = "#"
"""Between template and scene in what a credit is for; no template id holds one."""


def consent(template: str, scene: int) -> str:
    """What a consent is good for, as the ledger of credits calls it: `"TEMPLATE#42"`."""
    return f"{template}{MARK}{scene}"


def for_consent(name: str) -> dict[str, Json]:
    """A message as it could be sent for a consent of this name."""
    template, _, scene = name.partition(MARK)
    content: Json = {"content": {"value": "-"}}
    return {"type": ONE_TIME, "template_id": template, "scene": scene, "title": "-", "data": content}


@dataclass(frozen=True, kw_only=True)
class OneTimeMessage:
    """One message of `type` 3."""

    template_id: str
    scene: int
    title: str
    content: Mapping[str, str]
    url: str | None = None
    miniprogram: Mapping[str, str] | None = None
    type: int = field(default=ONE_TIME, init=False)

    @cached_property
    def frame(self) -> Frame:
        """The body without its recipient, rendered once, and only where something is sent."""
        members: dict[str, Json] = {
            "template_id": self.template_id,
            "url": self.url,
            "miniprogram": dict(self.miniprogram) if self.miniprogram else None,
            "scene": str(self.scene),
            "title": self.title,
            "data": {"content": dict(self.content)},
        }
        return frame(members)

    @property
    def consent(self) -> str:
        return consent(self.template_id, self.scene)


class Scene(fields.Field[int]):
    """The scene that the person consented to: a whole number, or its digits."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> int:
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 5:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_SCENE:
            return value
        raise ValidationError(f"Must be a whole number from 0 to {LARGEST_SCENE}.")


class ContentSchema(Schema):
    value = fields.String(required=True, validate=[validate.Length(min=1, max=LONGEST_CONTENT), well_formed])
    color = fields.String(
        validate=validate.Regexp(COLOR.pattern + r"\Z", error='Must be a color such as "#173177".')
    )

    @pre_load
    def without_empty_color(self, sent: object, **_: object) -> object:
        return given(sent, ("color",))


class OneTimeDataSchema(Schema):
    content = fields.Nested(ContentSchema, required=True)


class OneTimeSchema(Schema):
    """Makes a `OneTimeMessage` of one element of `msg_wechatoa`."""

    type = MessageType()
    template_id = template_id
    scene = Scene(required=True)
    title = fields.String(required=True, validate=[validate.Length(min=1, max=LONGEST_TITLE), well_formed])
    data = fields.Nested(OneTimeDataSchema, required=True)
    url = fields.String(validate=[validate.Length(min=1, max=2048), well_formed])
    miniprogram = fields.Nested(MiniProgramSchema)

    @pre_load
    def without_what_says_nothing(self, sent: object, **_: object) -> object:
        """Take a member that was sent empty as one that was not sent."""
        return given(sent, OPTIONAL)

    @post_load
    def make(self, values: Mapping[str, object], **_: object) -> OneTimeMessage:
        """The frozen message, its body rendered."""
        data = cast("Mapping[str, Mapping[str, str]]", values["data"])
        text = cast("Mapping[str, str]", values)
        return OneTimeMessage(
            template_id=text["template_id"],
            scene=cast("int", values["scene"]),
            title=text["title"],
            content=data["content"],
            url=text.get("url"),
            miniprogram=cast("Mapping[str, str] | None", values.get("miniprogram")),
        )

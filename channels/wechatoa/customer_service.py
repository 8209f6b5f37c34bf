"""Customer-service messages (`type` 2): free words to a person who has just been active.

Source: WeChat, "send customer-service messages". `msgtype` names the one object that the message has beside it.
What the platform marks as optional may be left out; how long a text may be isn't published, so none is too long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate, validates_schema

from channels._wechat.account import APPID
from channels._wechat.content import Frame, frame, given, well_formed
from channels.wechatoa.kinds import CUSTOMER_SERVICE, MessageType
from ums.sdk.call import Json

OPTIONAL = ("customservice", "aimsgcontext", "businessid")
MOST_ENTRIES = 100
"""Entries of a menu that are read; the platform publishes no figure."""


def _text(*, required: bool = True, longest: int | None = None) -> fields.String:
    return fields.String(required=required, validate=[validate.Length(min=1, max=longest), well_formed])


def _media(*, required: bool = True) -> fields.String:
    """The id of a file that was uploaded to the account."""
    return fields.String(
        required=required, validate=validate.Regexp(r"[!-~]{1,256}\Z", error="Must be the id of an uploaded file.")
    )


def _link(*, required: bool = True) -> fields.String:
    return fields.String(
        required=required,
        validate=[
            validate.Length(max=2048),
            validate.Regexp(r"https?://", error="Must begin with http:// or https://."),
            well_formed,
        ],
    )


class TextSchema(Schema):
    content = _text()


class MediaSchema(Schema):
    media_id = _media()


class VideoSchema(MediaSchema):
    thumb_media_id = _media()
    title = _text(required=False)
    description = _text(required=False)


class MusicSchema(Schema):
    title = _text(required=False)
    description = _text(required=False)
    musicurl = _link()
    hqmusicurl = _link()
    thumb_media_id = _media()


class ArticleSchema(Schema):
    title = _text()
    description = _text(required=False)
    url = _link(required=False)
    picurl = _link(required=False)


class NewsSchema(Schema):
    articles = fields.List(
        fields.Nested(ArticleSchema),
        required=True,
        validate=validate.Length(equal=1, error="Must hold exactly one article."),
    )


class NewsArticleSchema(Schema):
    article_id = _media()


class MenuEntrySchema(Schema):
    id = _text(longest=64)
    content = _text()


class MenuSchema(Schema):
    head_content = _text(required=False)
    list = fields.List(
        fields.Nested(MenuEntrySchema),
        required=True,
        validate=validate.Length(min=1, max=MOST_ENTRIES, error="Must hold 1 to {max} entries."),
    )
    tail_content = _text(required=False)


class CardSchema(Schema):
    card_id = _media()


class PageSchema(Schema):
    title = _text()
    appid = fields.String(
        required=True, validate=validate.Regexp(APPID.pattern + r"\Z", error='An AppID starts with "wx".')
    )
    pagepath = _text(longest=1024)
    thumb_media_id = _media()


class AgentSchema(Schema):
    kf_account = _text(longest=128)


class AiMarkSchema(Schema):
    is_ai_msg = fields.Integer(required=True, strict=True, validate=validate.OneOf([0, 1], error="Must be 0 or 1."))


BRANCHES: Mapping[str, type[Schema]] = {
    "text": TextSchema,
    "image": MediaSchema,
    "voice": MediaSchema,
    "video": VideoSchema,
    "music": MusicSchema,
    "news": NewsSchema,
    "mpnews": MediaSchema,
    "mpnewsarticle": NewsArticleSchema,
    "msgmenu": MenuSchema,
    "wxcard": CardSchema,
    "miniprogrampage": PageSchema,
}
"""Every `msgtype`, with what its object holds."""


@dataclass(frozen=True, kw_only=True)
class CustomerServiceMessage:
    """One message of `type` 2; `body` is what its `msgtype` names."""

    msgtype: str
    body: Mapping[str, Json]
    customservice: Mapping[str, str] | None = None
    aimsgcontext: Mapping[str, int] | None = None
    businessid: str | int | None = None
    type: int = field(default=CUSTOMER_SERVICE, init=False)

    @cached_property
    def frame(self) -> Frame:
        """The body without its recipient, rendered once, and only where something is sent."""
        members: dict[str, Json] = {
            "msgtype": self.msgtype,
            self.msgtype: dict(self.body),
            "customservice": dict(self.customservice) if self.customservice else None,
            "aimsgcontext": dict(self.aimsgcontext) if self.aimsgcontext else None,
            "businessid": self.businessid,
        }
        return frame(members)

    def texts(self) -> Iterator[tuple[str, str]]:
        """What a person will read, by its path in the message."""
        return _texts(self.msgtype, dict(self.body))


def _texts(path: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(f"{path}.{name}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(f"{path}.{number}", inner)


class _BusinessId(fields.Field[str | int]):
    """A sub-merchant, by number or name: the platform's pages don't say which."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> str | int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
            return value
        if isinstance(value, str) and 1 <= len(value) <= 64 and value.isascii() and value.isprintable():
            return value
        raise ValidationError("Must be a whole number, or 1 to 64 letters, digits and signs.")


class CustomerServiceSchema(Schema):
    """Makes a `CustomerServiceMessage` of one element of `msg_wechatoa`."""

    type = MessageType()
    msgtype = fields.String(
        required=True, validate=validate.OneOf(sorted(BRANCHES), error="Must be one of: {choices}.")
    )
    text = fields.Nested(TextSchema)
    image = fields.Nested(MediaSchema)
    voice = fields.Nested(MediaSchema)
    video = fields.Nested(VideoSchema)
    music = fields.Nested(MusicSchema)
    news = fields.Nested(NewsSchema)
    mpnews = fields.Nested(MediaSchema)
    mpnewsarticle = fields.Nested(NewsArticleSchema)
    msgmenu = fields.Nested(MenuSchema)
    wxcard = fields.Nested(CardSchema)
    miniprogrampage = fields.Nested(PageSchema)
    customservice = fields.Nested(AgentSchema)
    aimsgcontext = fields.Nested(AiMarkSchema)
    businessid = _BusinessId()

    @pre_load
    def without_what_says_nothing(self, sent: object, **_: object) -> object:
        """Take a member that was sent empty as one that was not sent, but for the one that `msgtype` names."""
        named = sent.get("msgtype") if isinstance(sent, dict) else None
        return given(sent, (*OPTIONAL, *(name for name in BRANCHES if name != named)))

    @validates_schema
    def check_branch(self, values: Mapping[str, object], **_: object) -> None:
        """Ask for what `msgtype` names, and refuse the objects of other kinds."""
        named = values.get("msgtype")
        wrong = {
            name: [f'Only with the msgtype "{name}", not with "{named}".']
            for name in BRANCHES
            if name in values and name != named
        }
        if isinstance(named, str) and named not in values:
            wrong[named] = [f'Missing: the msgtype "{named}" says that it is here.']
        if wrong:
            raise ValidationError(cast("dict[str, object]", wrong))

    @post_load
    def make(self, values: Mapping[str, object], **_: object) -> CustomerServiceMessage:
        """The frozen message, its body rendered."""
        named = str(values["msgtype"])
        return CustomerServiceMessage(
            msgtype=named,
            body=cast("Mapping[str, Json]", values[named]),
            customservice=cast("Mapping[str, str] | None", values.get("customservice")),
            aimsgcontext=cast("Mapping[str, int] | None", values.get("aimsgcontext")),
            businessid=cast("str | int | None", values.get("businessid")),
        )

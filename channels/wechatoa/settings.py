"""An official account as an operator enters it: how its people log in, and what they are answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from marshmallow import ValidationError, fields, post_load, validate

from channels._wechat.account import Account, AccountSchema, check_url, members_of
from channels._wechat.content import well_formed

SILENT, USERINFO = LOGIN_SCOPES = ("silent", "userinfo")
LINK = "{url}"
"""Where the link stands in what is said."""
LONGEST_REPLY = 600
"""Bytes; the platform takes 2,048, a link included."""
LONGEST_KEY = 128
MOST_NAMED = 20
_BETWEEN = re.compile(r"[,，\r\n]")
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")

BOUND = "绑定成功，之后的通知会发到这里。"
TAKEN = "绑定失败：当前微信或该账号已有其他绑定，如需更换请联系客服。"
EXPIRED = "二维码或链接已过期，请回到原页面刷新后重试。"
KNOWN = "您已绑定，无需重复操作。"
SEND_LINK = f"请点击链接完成绑定：\n{LINK}\n链接仅供本人使用，请勿转发。"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialAccountSettings(Account):
    """An official account.

    `login_scope` is one of `LOGIN_SCOPES`. `page_base` is where WeChat's own pages are found, where that doesn't
    follow from `base_url`. A tap on the menu with one of `bind_keys`, and one of `bind_words`, ask to be bound. The
    rest is what people are told; `link_reply` holds `{url}`.
    """

    login_scope: str = SILENT
    page_base: str = ""
    bind_keys: tuple[str, ...] = ()
    bind_words: tuple[str, ...] = ()
    bind_application: str = ""
    bind_reply: str = BOUND
    taken_reply: str = TAKEN
    expired_reply: str = EXPIRED
    known_reply: str = KNOWN
    link_reply: str = SEND_LINK

    @property
    def words(self) -> Mapping[str, str]:
        """What people are told, by occasion (`HasReplies.words_for`)."""
        return {
            "bound": self.bind_reply,
            "taken": self.taken_reply,
            "expired": self.expired_reply,
            "known": self.known_reply,
            "link": self.link_reply,
        }


def named(text: str) -> tuple[str, ...]:
    """What stands between commas and line breaks, each once."""
    return tuple(dict.fromkeys(word for part in _BETWEEN.split(text) if (word := part.strip())))


def _check_named(text: str) -> None:
    found = named(text)
    if len(found) > MOST_NAMED:
        raise ValidationError(f"At most {MOST_NAMED}, separated by commas or line breaks.")
    if any(len(word.encode(errors="replace")) > LONGEST_KEY or _CONTROLS.search(word) for word in found):
        raise ValidationError(f"Each has at most {LONGEST_KEY} bytes, and no control characters.")


def _check_reply(text: str) -> None:
    if len(text.encode(errors="replace")) > LONGEST_REPLY:
        raise ValidationError(f"At most {LONGEST_REPLY} bytes in UTF-8; a Chinese character has three.")
    if _CONTROLS.search(text.replace("\r\n", "\n")):
        raise ValidationError("Must not hold control characters.")


def _check_link(text: str) -> None:
    if text and LINK not in text:
        raise ValidationError(f"Must hold {LINK}, where the link is put.")


def _list(label: str, label_zh: str, help_: str, help_zh: str) -> fields.String:
    return fields.String(
        load_default="",
        validate=[well_formed, _check_named],
        metadata={"label": label, "label_zh": label_zh, "help": help_, "help_zh": help_zh},
    )


def _reply(default: str, label: str, label_zh: str, when: str, when_zh: str) -> fields.String:
    help_, help_zh = f"Said to {when}. Left empty: {default}", f"{when_zh}时的回复。不填则为：{default}"
    return fields.String(
        load_default="",
        validate=[well_formed, _check_reply],
        metadata={"label": label, "label_zh": label_zh, "help": help_, "help_zh": help_zh},
    )


class OfficialAccountSettingsSchema(AccountSchema):
    """Makes `OfficialAccountSettings`."""

    login_scope = fields.String(
        load_default=SILENT,
        validate=validate.OneOf(LOGIN_SCOPES, error="Must be one of: {choices}."),
        metadata={
            "label": "Web login",
            "label_zh": "网页授权方式",
            "help": "silent, the default: people see nothing, and only their openid is told (snsapi_base); "
            "userinfo: they are asked, and their unionid is told where the account is bound to an Open Platform "
            "account.",
            "help_zh": "silent（默认）静默授权，用户无感知，仅得到 openid（snsapi_base）；"
            "userinfo 弹出授权页，账号已绑定开放平台时可得到 unionid。",
        },
    )
    page_base = fields.String(
        load_default="",
        validate=check_url,
        metadata={
            "label": "Address of WeChat's pages",
            "label_zh": "微信网页地址",
            "help": "Where people's phones find the login page and QR codes. Left empty: WeChat's own hosts, or "
            "base_url where that is none of WeChat's, as with a sandbox. With a relay as base_url enter "
            "https://open.weixin.qq.com.",
            "help_zh": "用户手机访问网页授权页与二维码图片的地址。不填：base_url 为微信域名时用微信官方地址，"
            "否则（如沙箱）用 base_url。base_url 为自建转发时请填 https://open.weixin.qq.com。",
        },
    )
    bind_keys = _list(
        "Menu keys that bind", "绑定菜单的 key",
        "Keys of the account's menu buttons (type click) that are answered with a link to bind, separated by "
        "commas or line breaks.",
        "点击后回复绑定链接的菜单按钮（click 类型）的 key，用逗号或换行分隔。",
    )  # fmt: skip
    bind_words = _list(
        "Words that bind", "绑定口令",
        "What people may write to be answered with a link to bind, separated by commas or line breaks. Whatever "
        "else they write is not looked at.",
        "用户发送后回复绑定链接的文字，用逗号或换行分隔；其他内容一律不处理。",
    )  # fmt: skip
    bind_application = fields.String(
        load_default="",
        validate=[well_formed, validate.Length(max=255)],
        metadata={
            "label": "Application that binds",
            "label_zh": "绑定到的应用",
            "help": "The name of the application to whose login page the link leads. Left empty: the only one that "
            "may use this channel and has a login page.",
            "help_zh": "绑定链接指向哪个应用的登录页，填应用名称。不填：唯一被授权使用本通道且配置了登录页的应用。",
        },
    )
    bind_reply = _reply(BOUND, "Reply: bound", "回复：绑定成功", "who has been bound", "绑定成功")
    taken_reply = _reply(
        TAKEN, "Reply: taken", "回复：已被占用", "who is bound to somebody else, or the other way round",
        "该微信或该用户已有其他绑定",
    )  # fmt: skip
    expired_reply = _reply(
        EXPIRED, "Reply: expired", "回复：已过期", "who comes with a QR code that is too old, or used",
        "二维码已过期或已使用",
    )  # fmt: skip
    known_reply = _reply(KNOWN, "Reply: known", "回复：已绑定", "who is bound already", "用户已绑定")
    link_reply = _reply(
        SEND_LINK,
        "Reply: link",
        "回复：绑定链接",
        "who asks to be bound; holds {url}",
        "用户请求绑定（须含 {url}）",
    )
    link_reply.validators.append(_check_link)

    @post_load
    def make(self, values: Mapping[str, object], **_: object) -> OfficialAccountSettings:
        """The frozen value that the plugin works with."""
        text = cast("Mapping[str, str]", values)
        return OfficialAccountSettings(
            **members_of(values),
            login_scope=text["login_scope"],
            page_base=text["page_base"].rstrip("/"),
            bind_keys=named(text["bind_keys"]),
            bind_words=named(text["bind_words"]),
            bind_application=text["bind_application"].strip(),
            bind_reply=text["bind_reply"] or BOUND,
            taken_reply=text["taken_reply"] or TAKEN,
            expired_reply=text["expired_reply"] or EXPIRED,
            known_reply=text["known_reply"] or KNOWN,
            link_reply=text["link_reply"] or SEND_LINK,
        )

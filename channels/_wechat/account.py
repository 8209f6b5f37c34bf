"""One account of the WeChat platform, as an operator enters it; official accounts and mini programs alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from channels._wechat.crypto import PushCipher
from channels._wechat.proxy import proxy, proxy_of
from ums.sdk.proxies import Proxy

PLATFORM = "https://api.weixin.qq.com"
APPID = re.compile(r"wx[0-9A-Za-z_-]{4,62}")
NOT_AN_ADDRESS = f'Write an address that starts with https:// (or http://), such as "{PLATFORM}".'
NOT_A_RECEIVER = "Write an address that starts with https:// (or http://), such as https://bot.example.com/wechat."
TRY = "try"
UNKNOWN_CREDITS = (TRY, "none")
"""What to make of an address of whose subscriptions nothing is known."""
OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}")
STABLE, CLASSIC = TOKEN_INTERFACES = ("stable", "classic")
REFUSE, CLIP, OFF = "refuse", "clip", "off"
LINT_MODES = (REFUSE, CLIP, OFF)
ANY, ENCRYPTED = PUSHES = ("any", "encrypted")
SECRET, PLATFORM_AUTHORISED = AUTHORISED_BY = ("secret", "platform")
"""What stands for an account: its AppSecret, or its consent to the third-party platform."""
MISSING = "Missing data for required field."
AS_ENTERED = (
    "appid", "secret", "token", "token_interface", "lint", "pushes", "forward_url", "unknown_credits",
    "authorised_by",
)  # fmt: skip
"""The settings that an account takes as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is needed to call the platform for an account, and to trust what it pushes.

    `base_url` has no slash at its end, `lint` is one of `LINT_MODES`, `pushes` one of `PUSHES`.
    Pushes are handed on to `forward_url`, where there is one. `cipher` opens encrypted pushes; it is None where no
    key was given.
    `unknown_credits` is one of `UNKNOWN_CREDITS`, `authorised_by` one of `AUTHORISED_BY`. For a push that comes
    through the third-party platform `component` is the platform's AppID, with whose key it is sealed, and
    `original_id` (`gh_…`) the account's name to which it must be addressed, where that is known.
    """

    appid: str
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    encoding_aes_keys: tuple[str, ...] = field(default=(), repr=False)
    base_url: str = PLATFORM
    proxy: Proxy | None = None
    token_interface: str = STABLE
    lint: str = REFUSE
    pushes: str = ANY
    forward_url: str = ""
    unknown_credits: str = TRY
    authorised_by: str = SECRET
    component: str = ""
    original_id: str = ""

    @property
    def is_authorised(self) -> bool:
        """Whether the third-party platform acts for it."""
        return self.authorised_by == PLATFORM_AUTHORISED

    @property
    def cipher(self) -> PushCipher | None:
        """Opens pushes sealed with the current key or, while it is being replaced, the previous one."""
        return PushCipher(self.encoding_aes_keys, self.component or self.appid) if self.encoding_aes_keys else None


def check_url(value: str) -> None:
    if not value:  # a form sends what was left empty
        return
    parts = _parts(value, NOT_AN_ADDRESS)
    if parts.query or parts.fragment or parts.username is not None or re.search(r"\s", value):
        raise ValidationError("Leave out user name, query, fragment and blanks: only the address of the host.")


def _check_forward(value: str) -> None:
    if not value:
        return
    parts = _parts(value, NOT_A_RECEIVER)
    if parts.fragment or parts.username is not None or not re.fullmatch(r"[!-~]{1,2000}", value):
        raise ValidationError("Leave out user name, fragment and blanks; at most 2000 characters of ASCII.")


def _parts(value: str, otherwise: str) -> SplitResult:
    """The parts of an address of the web. Raises ValidationError, saying `otherwise`, for anything else."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValidationError(otherwise) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValidationError(otherwise)
    return parts


NO_BLANKS = "Only letters, digits and signs, without blanks."
push_token = validate.Regexp(r"(?:[!-~]{3,64})?\Z", error="3 to 64 letters, digits and signs, without blanks.")
aes_key = validate.Regexp(
    r"(?:[A-Za-z0-9+/]{43})?\Z", error="An EncodingAESKey has exactly 43 characters: letters, digits, + and /."
)


class AccountSchema(Schema):
    """Makes an `Account`."""

    appid = fields.String(
        required=True,
        validate=validate.Regexp(
            APPID.pattern + r"\Z", error='An AppID starts with "wx", usually followed by 16 hexadecimal digits.'
        ),
        metadata={
            "label": "AppID",
            "label_zh": "AppID",
            "help": "The account's AppID: a mini program's from its console, 开发管理 - 开发设置; "
            "an official account's from developers.weixin.qq.com/platform, 基础信息.",
            "help_zh": "账号的 AppID：小程序见公众平台「开发管理 - 开发设置」，"
            "公众号见微信开发者平台「基础信息」。",
        },
    )
    authorised_by = fields.String(
        load_default=SECRET,
        validate=validate.OneOf(AUTHORISED_BY, error="Must be one of: {choices}."),
        metadata={
            "label": "Authorised by",
            "label_zh": "授权方式",
            "help": "secret, the default, by the account's own AppSecret; platform by its administrator's "
            "consent to the third-party platform.",
            "help_zh": "secret（默认）使用账号自己的 AppSecret；platform 由管理员扫码授权给第三方平台。",
        },
    )
    secret = fields.String(
        load_default="",
        validate=[validate.Length(max=256), validate.Regexp(r"[!-~]*\Z", error=NO_BLANKS)],
        metadata={
            "label": "AppSecret",
            "label_zh": "AppSecret",
            "help": "The account's AppSecret. It is sealed at rest and never shown again.",
            "help_zh": "账号的 AppSecret，加密保存，保存后不再显示。",
            "secret": True,
        },
    )
    token = fields.String(
        load_default="",
        validate=push_token,
        metadata={
            "label": "Push token",
            "label_zh": "消息推送 Token",
            "help": "The Token of the account's message push. Without it no receipts come.",
            "help_zh": "账号「消息推送」配置中的 Token，不填则收不到送达回执。",
            "secret": True,
        },
    )
    encoding_aes_key = fields.String(
        load_default="",
        validate=aes_key,
        metadata={
            "label": "EncodingAESKey",
            "label_zh": "EncodingAESKey",
            "help": "The 43 characters that encrypt the message push, where it is not in plain mode.",
            "help_zh": "消息推送的加解密密钥，43 位，安全模式或兼容模式时需要。",
            "secret": True,
        },
    )
    previous_encoding_aes_key = fields.String(
        load_default="",
        validate=aes_key,
        metadata={
            "label": "Previous EncodingAESKey",
            "label_zh": "上一个 EncodingAESKey",
            "help": "Pushes sealed with it are still opened while the key is being replaced.",
            "help_zh": "更换密钥期间，仍可解开用旧密钥加密的推送。",
            "secret": True,
        },
    )
    pushes = fields.String(
        load_default=ANY,
        validate=validate.OneOf(PUSHES, error="Must be one of: {choices}."),
        metadata={
            "label": "Pushes believed",
            "label_zh": "接受的推送",
            "help": "encrypted: only encrypted ones, as safe and compatible mode send them; the signature of a "
            "plain one doesn't cover what it says. any, the default, takes plain mode as well.",
            "help_zh": "encrypted：只接受加密推送（安全模式或兼容模式），明文推送的签名不覆盖内容；"
            "any（默认）也接受明文模式。",
        },
    )
    base_url = fields.String(
        load_default=PLATFORM,
        validate=check_url,
        metadata={
            "label": "Address of the platform",
            "label_zh": "平台接口地址",
            "help": "Another host of the platform, a proxy, or the sandbox.",
            "help_zh": "可改为平台的备用域名、代理或沙箱地址。",
        },
    )
    proxy = proxy
    token_interface = fields.String(
        load_default=STABLE,
        validate=validate.OneOf(TOKEN_INTERFACES, error="Must be one of: {choices}."),
        metadata={
            "label": "Access token by",
            "label_zh": "access_token 接口",
            "help": "stable, the default, gives every system the same token; classic makes a new one at each call, "
            "which ends those that other systems have got that way.",
            "help_zh": "stable（默认）为稳定版接口，多系统共用同一凭证；"
            "classic 为旧接口，每次获取都会使其他系统用该接口取得的凭证失效。",
        },
    )
    lint = fields.String(
        load_default=REFUSE,
        validate=validate.OneOf(LINT_MODES, error="Must be one of: {choices}."),
        metadata={
            "label": "Check before sending",
            "label_zh": "发送前检查",
            "help": "For values that the platform would refuse (47003): refuse, the default, refuses the message; "
            "clip cuts what is too long and refuses the rest; off sends everything as it is.",
            "help_zh": "模板参数不合平台规则（47003）时的处理：refuse 拒绝该消息（默认）；"
            "clip 截断过长的内容，其余问题仍拒绝；off 不检查，原样发送。",
        },
    )
    forward_url = fields.String(
        load_default="",
        validate=_check_forward,
        metadata={
            "label": "Hand pushes on to",
            "label_zh": "转发推送到",
            "help": "The address that took the account's pushes before. It gets each as it came; its answers to "
            "what people write are passed back.",
            "help_zh": "原来接收该账号推送的地址。每条推送原样转发，对用户消息的回复会原样返回给微信。",
        },
    )
    unknown_credits = fields.String(
        load_default=TRY,
        validate=validate.OneOf(UNKNOWN_CREDITS, error="Must be one of: {choices}."),
        metadata={
            "label": "Unknown subscriptions",
            "label_zh": "订阅次数未知时",
            "help": "A user of whose subscriptions, or last activity, nothing is known: send to him all the same "
            "(try), or not at all (none).",
            "help_zh": "未知用户订阅次数或最近互动时：try 照常发送，none 视为没有订阅次数、不在可下发时限内。",
        },
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def check_secret(self, _: object, given: Mapping[str, object], **more: object) -> None:
        """Only the consent to the third-party platform stands in for a secret."""
        if given.get("authorised_by") != PLATFORM_AUTHORISED and not given.get("secret"):
            raise ValidationError(MISSING, "secret")

    @validates_schema
    def check_keys(self, values: Mapping[str, str], **_: object) -> None:
        """A key is of no use without the token that proves who sealed the push."""
        if values.get("encoding_aes_key") and not values.get("token"):
            raise ValidationError("Needed together with encoding_aes_key.", "token")
        if values.get("previous_encoding_aes_key") and not values.get("encoding_aes_key"):
            raise ValidationError("Needed together with previous_encoding_aes_key.", "encoding_aes_key")
        if values.get("pushes") == ENCRYPTED and not values.get("encoding_aes_key"):
            raise ValidationError("Needed to open encrypted pushes (pushes).", "encoding_aes_key")

    @post_load
    def make(self, values: Mapping[str, object], **_: object) -> Account:
        """The frozen value that the plugins work with."""
        return Account(**members_of(values))


def members_of(values: Mapping[str, object]) -> dict[str, Any]:
    """What every kind of account is made of, out of the values of an `AccountSchema`."""
    text = cast("Mapping[str, str]", values)
    keys = (text["encoding_aes_key"], text["previous_encoding_aes_key"])
    return {
        **{name: text[name] for name in AS_ENTERED},
        "encoding_aes_keys": tuple(key for key in keys if key),
        "base_url": text["base_url"].rstrip("/") or PLATFORM,
        "proxy": proxy_of(text["proxy"]),
    }

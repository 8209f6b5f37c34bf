"""The third-party platform (component) as an operator enters it: one for official accounts and mini programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from channels._wechat.account import APPID, NO_BLANKS, PLATFORM, aes_key, check_url, push_token
from channels._wechat.crypto import PushCipher
from channels._wechat.proxy import proxy, proxy_of
from ums.sdk.proxies import Proxy

DESKTOP = "https://mp.weixin.qq.com"
MOBILE = "https://open.weixin.qq.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What is needed to call the platform as a third-party platform, and to trust what comes to its addresses.

    No address has a slash at its end. `encoding_aes_keys` are the current key and, while it is being replaced, the
    previous one.
    """

    appid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_keys: tuple[str, ...] = field(repr=False)
    base_url: str = PLATFORM
    proxy: Proxy | None = field(default=None, repr=False)
    redirect_base: str = ""
    desktop_base: str = DESKTOP
    mobile_base: str = MOBILE

    @property
    def cipher(self) -> PushCipher:
        """Opens what is pushed to the platform, about itself and about its accounts."""
        return PushCipher(self.encoding_aes_keys, self.appid)


def _address(default: str, label: str, label_zh: str, help_: str, help_zh: str) -> fields.String:
    metadata = {"label": label, "label_zh": label_zh, "help": help_, "help_zh": help_zh}
    return fields.String(load_default=default, validate=check_url, metadata=metadata)


class ComponentSchema(Schema):
    """Makes a `Component`."""

    component_appid = fields.String(
        required=True,
        validate=validate.Regexp(APPID.pattern + r"\Z", error='An AppID starts with "wx".'),
        metadata={
            "label": "AppID of the third-party platform",
            "label_zh": "第三方平台 AppID",
            "help": "From open.weixin.qq.com: Management centre, Third-party platform.",
            "help_zh": "见微信开放平台「管理中心 - 第三方平台」。",
        },
    )
    component_secret = fields.String(
        required=True,
        validate=[validate.Length(max=256), validate.Regexp(r"[!-~]+\Z", error=NO_BLANKS)],
        metadata={
            "label": "AppSecret of the third-party platform",
            "label_zh": "第三方平台 AppSecret",
            "help": "It is sealed at rest and never shown again.",
            "help_zh": "加密保存，保存后不再显示。",
            "secret": True,
        },
    )
    token = fields.String(
        required=True,
        validate=push_token,
        metadata={
            "label": "Message check Token",
            "label_zh": "消息校验 Token",
            "help": "As it stands in the platform's development settings; it proves who pushes.",
            "help_zh": "与第三方平台「开发资料」中的消息校验 Token 一致。",
            "secret": True,
        },
    )
    encoding_aes_key = fields.String(
        required=True,
        validate=aes_key,
        metadata={
            "label": "EncodingAESKey",
            "label_zh": "消息加解密 Key",
            "help": "The 43 characters of the platform's development settings; its pushes are always encrypted.",
            "help_zh": "「开发资料」中的消息加解密 Key，43 位；第三方平台的推送始终加密。",
            "secret": True,
        },
    )
    previous_encoding_aes_key = fields.String(
        load_default="",
        validate=aes_key,
        metadata={
            "label": "Previous EncodingAESKey",
            "label_zh": "上一个消息加解密 Key",
            "help": "Pushes sealed with it are still opened while the key is being replaced.",
            "help_zh": "更换密钥期间，仍可解开用旧密钥加密的推送。",
            "secret": True,
        },
    )
    base_url = _address(
        PLATFORM, "Address of the platform", "平台接口地址",
        "Another host of the platform, a proxy, or the sandbox.", "可改为平台的备用域名、代理或沙箱地址。",
    )  # fmt: skip
    proxy = proxy
    redirect_base = _address(
        "", "Address of this gateway", "本网关地址",
        "Where people come back to: the start page's domain of the platform's development settings. "
        "Left out, it is the gateway's own address.",
        "授权完成后返回的地址，域名须与「开发资料」中的授权发起页域名一致；不填则使用网关自身的地址。",
    )  # fmt: skip
    desktop_base = _address(
        DESKTOP, "Host of the page with the QR code", "扫码授权页域名",
        "Only a sandbox has another.", "仅使用沙箱时需要修改。",
    )  # fmt: skip
    mobile_base = _address(
        MOBILE, "Host of the page on a phone", "移动端授权页域名",
        "Only a sandbox has another.", "仅使用沙箱时需要修改。",
    )  # fmt: skip

    @validates_schema
    def check_given(self, values: Mapping[str, str], **_: object) -> None:
        """What must be there is there, and not empty."""
        for name in ("token", "encoding_aes_key"):
            if not values.get(name):
                raise ValidationError("Missing data for required field.", name)

    @post_load
    def make(self, values: Mapping[str, object], **_: object) -> Component:
        """The frozen value that the exchanges work with."""
        text = cast("Mapping[str, str]", values)
        keys = (text["encoding_aes_key"], text["previous_encoding_aes_key"])
        return Component(
            appid=text["component_appid"],
            secret=text["component_secret"],
            token=text["token"],
            encoding_aes_keys=tuple(key for key in keys if key),
            base_url=text["base_url"].rstrip("/") or PLATFORM,
            proxy=proxy_of(text["proxy"]),
            redirect_base=text["redirect_base"].rstrip("/"),
            desktop_base=text["desktop_base"].rstrip("/") or DESKTOP,
            mobile_base=text["mobile_base"].rstrip("/") or MOBILE,
        )

"""The proxy that an operator may set, so that calls come from an address that the platform lets in."""

from __future__ import annotations

from marshmallow import ValidationError, fields

from ums.sdk.proxies import Proxy


def proxy_of(value: str) -> Proxy | None:
    """The proxy in the text of the setting, if it names one. Raises ValueError, saying what is wrong."""
    return Proxy.parse(value) if value else None


def _check(value: str) -> None:
    try:
        proxy_of(value)
    except ValueError as error:
        raise ValidationError(str(error)) from None


proxy = fields.String(
    load_default="",
    validate=_check,
    metadata={
        "label": "Proxy",
        "label_zh": "代理",
        "help": "An http or https proxy that all calls go through, so that they come from one "
        "address: http://user:password@proxy.example.com:3128. Sealed, since it may hold a password.",
        "help_zh": "调用平台时使用的 HTTP(S) 代理，用于固定出口 IP，"
        "如 http://user:password@proxy.example.com:3128。可能含密码，加密保存。",
        "secret": True,
    },
)

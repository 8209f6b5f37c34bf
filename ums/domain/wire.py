"""The wire's names: one row for each channel type of the UMS v1 contract.

The names are not uniform (`aud_sms` reaches the property `phone`), so they stand here once, and
everything else looks them up. Source: the hosted UMS's REST API pages "user" and "send".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

EVERYONE = "all"
"""The binding identifier of a value that holds for every application."""


class BindScope(StrEnum):
    """Under which binding identifiers a property may stand."""

    CHANNEL = "channel"
    """A channel code, always: the same person has another openid on each account."""
    SHARED = "shared"
    """`all`, or one application's ChannelKey."""
    GLOBAL = "global"
    """`all` only; the wire carries no binding identifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyName:
    """A user property: its wire name, its sheet column, where it may stand, one value or many."""

    wire: str
    column: str
    scope: BindScope
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WireNames:
    """The names of one channel type; `type` is the plugin's key and what follows `msg_`."""

    type: str
    audience: str
    message: str
    property: PropertyName
    sender: int
    not_granted: int
    token_type: str | None = None


def _names(
    type_: str,
    property_: str,
    column: str,
    scope: BindScope,
    sender: int,
    not_granted: int,
    *,
    many: bool = False,
    token_type: str | None = None,
) -> WireNames:
    return WireNames(
        type=type_,
        audience=f"aud_{type_}",
        message=f"msg_{type_}",
        property=PropertyName(wire=property_, column=column, scope=scope, many=many),
        sender=sender,
        not_granted=not_granted,
        token_type=token_type,
    )


_C, _S, _G = BindScope.CHANNEL, BindScope.SHARED, BindScope.GLOBAL

CHANNEL_TYPES: dict[str, WireNames] = {
    names.type: names
    for names in (
        _names("app", "app", "app_regid", _C, 1, 1015006, many=True),
        _names("wechatoa", "wechatoa", "wechatoa_openid", _C, 2, 1015008, token_type="wechatoa"),
        _names("wechatmp", "wechatmp", "wechatmp_openid", _C, 3, 1015009, token_type="wechatmp"),
        _names("email", "email", "email", _S, 4, 1015010),
        _names("sms", "phone", "phone", _S, 5, 1015007),
        _names("dingtalk_cc", "dingtalkcc", "dingtalk_userid", _G, 6, 1015012, token_type="dingtalkcc"),
        _names("alipay_life", "alipaylife", "alipaylife_userid", _C, 7, 1015011),
        _names("wechatwk", "wechatwk", "wechatwk_userid", _G, 10, 4004, token_type="wechatwk"),
    )
}
"""Every channel type of the contract, by its key, whether or not a plugin for it is installed."""

TOKEN_TYPES: dict[str, WireNames] = {
    names.token_type: names for names in CHANNEL_TYPES.values() if names.token_type is not None
}
"""The channel types whose access token an application may ask for, by their name in that request."""

TAG = PropertyName(wire="tag", column="tag", scope=BindScope.SHARED, many=True)
LINKED_CORP = PropertyName(
    wire="wechatwk_linkedcorp", column="wechatwk_linkedcorp_userid", scope=BindScope.GLOBAL, many=True
)

PROPERTIES: dict[str, PropertyName] = {
    name.wire: name for name in (TAG, *(names.property for names in CHANNEL_TYPES.values()), LINKED_CORP)
}
"""Every user property, by its wire name."""

COLUMNS: dict[str, PropertyName] = {name.column: name for name in PROPERTIES.values()}
"""Every user property, by its sheet column (and named-field form)."""

DEFAULT_PREFERENCE: tuple[str, ...] = (
    "wechatmp",
    "wechatoa",
    "app",
    "wechatwk",
    "dingtalk_cc",
    "alipay_life",
    "email",
    "sms",
)
"""The order in which rule -1 tries channel types, unless the application has its own."""

RESERVED_CODES: frozenset[str] = frozenset(
    {EVERYONE, "userid", "set", "add", "del", "reason", *PROPERTIES, *COLUMNS, *CHANNEL_TYPES}
)
"""Words that can't be channel codes, since they mean something else in an upload."""


def bind_ids(name: PropertyName, channel_code: str, channel_key: str) -> tuple[str, ...]:
    """Where a property may stand for one channel and one application, the first place counting first.

    (UMS contract, "resolution for user-type targets".)
    """
    if name.scope is BindScope.CHANNEL:
        return (channel_code,)
    if name.scope is BindScope.SHARED:
        return (channel_key, EVERYONE)
    return (EVERYONE,)

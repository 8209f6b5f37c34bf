"""Whether an account that has authorised the platform can do what a channel needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from channels._wechat.component.calls import MINI_PROGRAM, OFFICIAL_ACCOUNT
from ums.sdk.platform import AuthorisedAccount, Remark, Weight

SERVICE_ACCOUNT = 2
NOT_VERIFIED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """A permission set, by its number, that the calls of an endpoint take."""

    number: int
    endpoint: str
    text: str
    text_zh: str


STANDING: Mapping[int, Remark] = {
    14: Remark(weight=Weight.CHANNEL, text="The account is closed.", text_zh="该账号已注销。"),
    16: Remark(weight=Weight.CHANNEL, text="The account is banned.", text_zh="该账号已被封禁。"),
    18: Remark(weight=Weight.NOTE, text="The platform has warned the account.", text_zh="该账号已被平台告警。"),
    19: Remark(weight=Weight.CHANNEL, text="The account is frozen.", text_zh="该账号已被冻结。"),
}
"""By `account_status`; 1 is as it should be."""
WRONG_KIND: Mapping[str, Remark] = {
    OFFICIAL_ACCOUNT: Remark(
        weight=Weight.REFUSED,
        text="This is a mini program, and the channel is for an official account. "
        "Make a channel of the type wechatmp for it.",
        text_zh="授权的是小程序，而该通道用于公众号；请为它新建 wechatmp 类型的通道。",
    ),
    MINI_PROGRAM: Remark(
        weight=Weight.REFUSED,
        text="This is an official account, and the channel is for a mini program. "
        "Make a channel of the type wechatoa for it.",
        text_zh="授权的是公众号，而该通道用于小程序；请为它新建 wechatoa 类型的通道。",
    ),
}
"""By the kind that a channel is for."""
SUBSCRIPTION_ACCOUNT = Remark(
    weight=Weight.NOTE,
    text="This is a subscription account; only a certified service account sends template messages and notices.",
    text_zh="这是订阅号，只有已认证的服务号才能发送模板消息和订阅通知。",
)
UNVERIFIED = Remark(
    weight=Weight.NOTE,
    text="The account is not certified; the platform will refuse most of its messages.",
    text_zh="该账号未认证，平台会拒绝其大部分消息。",
)


def remarks(
    kind: str, needed: tuple[Needed, ...], account: AuthorisedAccount, permissions: frozenset[int]
) -> tuple[Remark, ...]:
    """What must be known of an account before a channel for accounts of this `kind` is made of it."""
    facts = account.facts
    if facts.get("kind") != kind:
        return (WRONG_KIND[kind],)
    found = [_missing(one) for one in needed if one.number not in permissions]
    status = facts.get("status")
    if isinstance(status, int) and status in STANDING:
        found.append(STANDING[status])
    if kind == OFFICIAL_ACCOUNT and facts.get("service_type") != SERVICE_ACCOUNT:
        found.append(SUBSCRIPTION_ACCOUNT)
    if kind == OFFICIAL_ACCOUNT and facts.get("verify_type") == NOT_VERIFIED:
        found.append(UNVERIFIED)
    return tuple(found)


def _missing(one: Needed) -> Remark:
    return Remark(
        weight=Weight.ENDPOINT,
        endpoint=one.endpoint,
        text=f"Permission set {one.number} ({one.text}) was not granted, so this cannot be sent. "
        "Have the account's administrator authorise again with it ticked; if it isn't offered, "
        "add it to the third-party platform first.",
        text_zh=f"未授予权限集 {one.number}（{one.text_zh}），无法发送此类消息。"
        "请账号管理员勾选后重新授权；若没有该项，请先在第三方平台中添加。",
    )

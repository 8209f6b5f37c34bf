"""What stands between the account and one person."""

from __future__ import annotations

from channels._wechat.codes.access import NOTHING
from channels._wechat.codes.row import ADDRESS, FOLLOWER, TEMPLATE, WINDOW, Advice, Operation, Row, wait

MINUTE, HOUR = 60.0, 3600.0

BIND_AGAIN = Advice(
    "The gateway retires this address; have the person bind the account again.",
    "网关会停用该地址，请引导用户重新绑定。",
)
FOLLOW = Advice(
    "Have the person follow the account: the gateway passes this address by until he does, or it is bound again. "
    "Subscription notices and one-time messages reach him all the same.",
    "请引导用户关注该账号；在其重新关注（或重新绑定）之前网关不再向该地址发送模板消息，订阅通知与一次性订阅消息不受影响。",
)
ASK_AGAIN = Advice(
    "Ask for the subscription again where the person meets you; each acceptance is good for one message. "
    "When many come at once in a mass send, they may be false and pass within hours.",
    "请在用户触达处重新发起订阅，每同意一次可发一条；群发时集中出现可能为误报，数小时后恢复。",
)
CONSENT_AGAIN = Advice(
    "Have the person consent again on the platform's page, and report it; one consent is good for one message.",
    "请引导用户再次授权一次性订阅并上报，每次授权可发一条。",
)
WRITE_FIRST = Advice(
    "Only what the person does opens a window again: 5 messages in 48 hours once he writes, 3 in a minute once he "
    "taps a menu, follows or scans. Use a template message or a notice for what can't wait.",
    "用户再次互动后才可下发：发消息后 48 小时内 5 条，点击菜单、关注或扫码后 1 分钟内 3 条。"
    "紧急内容请改用模板消息或订阅通知。",
)
SWITCHED_OFF = Advice(
    "Only the person can switch this template on again, in the account's message settings.",
    "只有用户本人可以在该账号的消息设置中重新开启此模板。",
)

ROWS = (
    Row(40003, "invalid_address", ADDRESS, BIND_AGAIN,
        "The openid is invalid or belongs to another account.", "openid 不合法，或不属于该账号。"),
    Row(43004, "not_following", FOLLOWER, FOLLOW,
        "The person does not follow the account.", "用户未关注该账号。"),
    Row(43019, "blocked_by_account", ADDRESS, Advice(
        "Take the person off the account's blacklist, in the console, if that was not meant.",
        "如非本意，请在后台将该用户移出黑名单。"),
        "The person is on the account's blacklist.", "用户在该账号的黑名单中。"),
    Row(48002, "refuses_messages", ADDRESS, BIND_AGAIN,
        "The person refuses messages of this account.", "用户拒收该账号的消息。"),
    Row(43101, "no_credit", TEMPLATE, ASK_AGAIN,
        "The person has not subscribed to this template, or the subscription is used up.",
        "用户未订阅该模板，或订阅次数已用完。"),
    Row(43101, "template_switched_off", TEMPLATE, SWITCHED_OFF,
        "The person has switched this template off.", "用户已关闭该模板的消息。",
        Operation.TEMPLATE_MESSAGE),
    Row(43101, "no_credit", TEMPLATE, CONSENT_AGAIN,
        "The person has not consented to this template and scene, or the consent is used up.",
        "用户未授权该模板与场景的一次性订阅，或授权已使用。",
        Operation.ONE_TIME),
    Row(45015, "outside_window", WINDOW, WRITE_FIRST,
        "The person has not been active lately enough to be written to, or has left.",
        "用户最近没有互动，已超出客服消息的可回复时限，或已取消关注。"),
    Row(45047, "window_used_up", WINDOW, WRITE_FIRST,
        "The person has been sent as many messages as his last activity allows.",
        "用户上次互动后可下发的客服消息条数已用完。"),
    Row(70000, "minor_protected", TEMPLATE, Advice(
        "Nothing can be done: the platform protects minors from this.",
        "无法处理：平台因未成年人保护拦截该消息。"),
        "The platform has blocked the message to protect a minor.", "因未成年人保护，消息被平台拦截。"),
    Row(43108, "one_call_at_a_time", wait(2.0), NOTHING,
        "Another call for this person is under way.", "正在对同一用户发送另一条消息，请勿并发。"),
    # The platform says only "later"; ten minutes keeps within a default time to live for many tries.
    Row(43117, "too_often", wait(10 * MINUTE), NOTHING,
        "This person has been sent too many messages in a short time.", "向该用户发送过于频繁。"),
    # It passes at midnight; a plugin has no clock, so it asks again often enough to come soon after.
    Row(40038, "daily_limit_of_person", wait(6 * HOUR), NOTHING,
        "This long-term template was sent to this person five times today.",
        "该长期订阅模板今日向此用户的发送已达上限。"),
)  # fmt: skip

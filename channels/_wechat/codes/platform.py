"""What the platform says to a third-party platform, and of the accounts that have authorised one."""

from __future__ import annotations

from channels._wechat.codes.row import CHANNEL, NEXT_DAY, Advice, Operation, Row

TICKET_MISSING = "verify_ticket_missing"
TICKET_OLD = "verify_ticket_old"
AUTHORISATION_MISSING = "authorisation_missing"
AUTHORISATION_WITHDRAWN = "authorisation_withdrawn"
REFRESH_TOKEN_INVALID = 61023

AUTHORISE = Advice(
    "Have the account's administrator authorise the third-party platform: make a link with "
    "`ums platform authorise CODE`.",
    "请账号管理员授权给第三方平台：用 `ums platform authorise CODE` 生成授权链接。",
)
PLATFORM_CREDENTIALS = Advice(
    "Copy the third-party platform's AppID and AppSecret again from open.weixin.qq.com: `ums platform set`.",
    "请从微信开放平台重新复制第三方平台的 AppID 与 AppSecret，并用 `ums platform set` 保存。",
)
PLATFORM_IP = Advice(
    "Add {ip} to the IP allow-list in the third-party platform's development settings (open.weixin.qq.com).",
    "请把 {ip} 加入第三方平台「开发资料」中的 IP 白名单。",
)
TICKETS = Advice(
    "See that WeChat reaches the event address that `ums platform show` names, with the same Token and key, and "
    "ask for a ticket with `ums platform start-tickets`; one comes every ten minutes.",
    "请确认微信能访问 `ums platform show` 显示的授权事件地址，且 Token 与 Key 一致，"
    "再用 `ums platform start-tickets` 请求推送；正常每十分钟推送一次。",
)
PLATFORM_STATE = Advice(
    "Sign in to open.weixin.qq.com and see how the third-party platform stands there.",
    "请登录微信开放平台，查看该第三方平台的状态。",
)

ROWS = (
    Row(61003, AUTHORISATION_MISSING, CHANNEL, AUTHORISE,
        "The account has not authorised the third-party platform.", "该账号未授权给第三方平台。"),
    Row(61023, "authorisation_lost", CHANNEL, AUTHORISE,
        "The account's refresh token is not valid any more.", "该账号的 refresh_token 已失效，需重新授权。"),
    Row(61005, TICKET_OLD, CHANNEL, TICKETS,
        "The component_verify_ticket has expired.", "component_verify_ticket 已过期。"),
    Row(61006, "verify_ticket_wrong", CHANNEL, TICKETS,
        "The component_verify_ticket is not this platform's.", "component_verify_ticket 不正确。"),
    Row(61011, "platform_invalid", CHANNEL, PLATFORM_STATE,
        "The third-party platform is not valid.", "第三方平台无效。"),
    Row(61014, "platform_token_refused", CHANNEL, PLATFORM_STATE,
        "The token is of another kind of third-party platform.", "使用的第三方平台 token 类型不正确。"),
    Row(61004, "ip_refused", CHANNEL, PLATFORM_IP,
        "The gateway's IP address is not registered with the third-party platform.",
        "调用 IP 未在第三方平台登记。", Operation.PLATFORM),
    Row(40001, "wrong_platform_secret", CHANNEL, PLATFORM_CREDENTIALS,
        "The third-party platform's AppSecret, or a token just fetched with it, was refused.",
        "第三方平台的 AppSecret 或刚获取的 token 被拒绝。", Operation.PLATFORM),
    Row(40125, "wrong_platform_secret", CHANNEL, PLATFORM_CREDENTIALS,
        "The third-party platform's AppSecret is wrong.", "第三方平台的 AppSecret 不正确。", Operation.PLATFORM),
    Row(41004, "wrong_platform_secret", CHANNEL, PLATFORM_CREDENTIALS,
        "The third-party platform's AppSecret is missing.", "缺少第三方平台的 AppSecret。", Operation.PLATFORM),
    Row(40013, "wrong_platform_appid", CHANNEL, PLATFORM_CREDENTIALS,
        "The third-party platform's AppID, or the account's, is invalid.",
        "第三方平台或授权账号的 AppID 不合法。", Operation.PLATFORM),
    Row(48001, "platform_not_permitted", CHANNEL, PLATFORM_STATE,
        "The third-party platform may not use this interface.", "第三方平台没有此接口的权限。",
        Operation.PLATFORM),
    Row(61009, "authorisation_code_refused", CHANNEL, AUTHORISE,
        "The authorisation code is not valid.", "授权码无效。"),
    Row(61010, "authorisation_code_refused", CHANNEL, AUTHORISE,
        "The authorisation code has expired, or has been used.", "授权码已过期或已被使用。"),
    Row(45009, "platform_quota", NEXT_DAY, PLATFORM_STATE,
        "The third-party platform's quota for today is used up.", "第三方平台今日的调用额度已用完。",
        Operation.PLATFORM),
)  # fmt: skip

NUMBERLESS = (
    Row(None, TICKET_MISSING, CHANNEL, TICKETS,
        "No component_verify_ticket has come yet.", "尚未收到 component_verify_ticket。"),
    Row(None, TICKET_OLD, CHANNEL, TICKETS,
        "The last component_verify_ticket is more than 12 hours old.",
        "最近一次 component_verify_ticket 已超过 12 小时。"),
    Row(None, AUTHORISATION_MISSING, CHANNEL, AUTHORISE,
        "The account has not authorised the third-party platform.", "该账号未授权给第三方平台。"),
    Row(None, AUTHORISATION_WITHDRAWN, CHANNEL, AUTHORISE,
        "The account's administrator has withdrawn the authorisation.", "账号管理员已取消授权。"),
)  # fmt: skip

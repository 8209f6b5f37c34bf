"""Credentials, tokens, IP addresses, permissions, quotas: what stops an account, whoever is written to."""

from __future__ import annotations

from channels._wechat.codes.row import (
    CHANNEL,
    CONTENT,
    ENDPOINT,
    NEXT_DAY,
    NEXT_MINUTE,
    WAIT,
    Advice,
    Operation,
    Row,
)

NOTHING = Advice(
    "Nothing to do: the gateway tries again by itself.",
    "无需处理，网关会自动重试。",
)
CREDENTIALS = Advice(
    "Copy the AppID and the AppSecret again from the account's console, and save the channel.",
    "请从公众平台后台重新复制 AppID 与 AppSecret，并保存通道。",
)
ALLOW_IP = Advice(
    "Add {ip} to the account's API IP allow-list: for a mini program in its console, 开发管理 - 开发设置; for an "
    "official account at developers.weixin.qq.com/platform, 基础信息 - 开发密钥.",
    "请把 {ip} 加入该账号的 API IP 白名单：小程序在公众平台「开发管理 - 开发设置」，"
    "公众号在微信开发者平台「基础信息 - 开发密钥」。",
)
ASK_ADMINISTRATOR = Advice(
    "The account's administrator gets a request on WeChat to allow {ip}; have it confirmed, then test again.",
    "账号管理员会在微信上收到允许 {ip} 的确认请求，请确认后重新测试通道。",
)
THAW_SECRET = Advice(
    "Unfreeze the AppSecret in the account's console; it takes about ten minutes to act.",
    "请在公众平台后台解冻 AppSecret，约十分钟后生效。",
)
ACCOUNT = Advice(
    "Sign in to the account's console and see what the platform says there about its state.",
    "请登录公众平台后台，查看平台对该账号状态的说明。",
)
PERMISSION = Advice(
    "See in the console whether the account is certified, of the right kind, and has this permission.",
    "请在后台确认账号已认证、类型正确，并已获得该接口权限。",
)
ANOTHER_TOKEN = Advice(
    "See that no other system forces new tokens for this account and that base_url belongs to this AppID.",
    "请确认没有其他系统强制刷新该账号的 token，且 base_url 与 AppID 相符。",
)
IN_BETWEEN = Advice(
    "Something between the gateway and the platform changes requests: look at base_url and at the proxy.",
    "网关与平台之间有环节改动了请求，请检查 base_url 与代理。",
)
QUOTA = Advice(
    "The gateway waits. The console shows the quota; it can be cleared ten times a month.",
    "网关会等待。后台可查看额度，每月最多可清零十次。",
)
BODY = Advice(
    "Look at the message's content for something unusual; the platform could not read it.",
    "请检查消息内容是否有异常，平台无法解析。",
)

ROWS = (
    Row(-1, "busy", WAIT, NOTHING, "The platform is busy.", "系统繁忙。"),
    Row(268487001, "busy", WAIT, NOTHING, "The platform is busy.", "平台繁忙，请稍后重试。"),
    Row(268487002, "busy", WAIT, NOTHING, "The platform is busy.", "平台繁忙，请稍后重试。"),
    Row(40001, "token_refused", CHANNEL, ANOTHER_TOKEN,
        "A token just fetched was refused.", "刚获取的 access_token 被拒绝。"),
    Row(40001, "wrong_secret", CHANNEL, CREDENTIALS,
        "The AppSecret is wrong or belongs to another account.", "AppSecret 错误或属于其他账号。",
        Operation.ACCESS),
    Row(40014, "token_refused", CHANNEL, ANOTHER_TOKEN,
        "A token just fetched was refused as malformed.", "刚获取的 access_token 被判为不合法。"),
    Row(42001, "token_refused", CHANNEL, ANOTHER_TOKEN,
        "A token just fetched was refused as expired.", "刚获取的 access_token 被判为已过期。"),
    Row(41001, "token_missing", CHANNEL, IN_BETWEEN,
        "The request reached the platform without its token.", "请求到达平台时缺少 access_token。"),
    Row(42007, "authorisation_lost", CHANNEL, ACCOUNT,
        "The token is void because the account's password was changed.",
        "账号修改密码，token 已失效，需重新授权。"),
    Row(40002, "request_altered", CHANNEL, IN_BETWEEN,
        "The platform did not see the grant type that was sent.", "平台收到的 grant_type 不正确。"),
    Row(43002, "request_altered", CHANNEL, IN_BETWEEN,
        "The platform got a GET where a POST was sent.", "平台要求 POST 请求，但收到的不是。"),
    Row(44002, "request_altered", CHANNEL, IN_BETWEEN,
        "The platform got an empty body.", "平台收到的请求体为空。"),
    Row(40066, "request_altered", CHANNEL, IN_BETWEEN,
        "The platform does not know the path that was called.", "平台不认识所调用的路径。"),
    Row(47001, "body_refused", CONTENT, BODY,
        "The platform could not read the body as JSON.", "平台无法把请求体解析为 JSON。"),
    Row(40013, "wrong_appid", CHANNEL, CREDENTIALS, "The AppID is invalid.", "AppID 不合法。"),
    Row(41002, "wrong_appid", CHANNEL, CREDENTIALS, "The AppID is missing.", "缺少 AppID。"),
    Row(40125, "wrong_secret", CHANNEL, CREDENTIALS, "The AppSecret is invalid.", "AppSecret 不合法。"),
    Row(41004, "wrong_secret", CHANNEL, CREDENTIALS, "The AppSecret is missing.", "缺少 AppSecret。"),
    Row(40243, "secret_frozen", CHANNEL, THAW_SECRET, "The AppSecret is frozen.", "AppSecret 已被冻结。"),
    Row(50004, "token_forbidden", CHANNEL, ACCOUNT,
        "The account may not fetch tokens.", "该账号被禁止获取 access_token。"),
    Row(50007, "account_frozen", CHANNEL, ACCOUNT, "The account is frozen.", "账号已被冻结。"),
    Row(50002, "account_limited", CHANNEL, ACCOUNT,
        "The account is limited: frozen, closed or migrated.", "账号受限：可能被冻结、注销或已迁移。"),
    Row(48004, "api_banned", CHANNEL, ACCOUNT,
        "The platform has banned the account from this interface.", "该账号的接口已被平台封禁。"),
    Row(40164, "ip_refused", CHANNEL, ALLOW_IP,
        "The gateway's IP address is not on the account's allow-list.", "调用 IP 不在账号的白名单中。"),
    Row(61004, "ip_refused", CHANNEL, ALLOW_IP,
        "The gateway's IP address is not registered.", "调用 IP 未登记。"),
    Row(45035, "ip_refused", CHANNEL, ALLOW_IP,
        "The gateway's IP address is not on the account's allow-list.", "调用 IP 不在账号的白名单中。"),
    Row(89503, "ip_unconfirmed", CHANNEL, ASK_ADMINISTRATOR,
        "The account's administrator must confirm calls from this IP address.", "该 IP 的调用需要管理员确认。"),
    Row(89506, "ip_blocked", CHANNEL, ASK_ADMINISTRATOR,
        "The administrator refused this IP address twice: blocked for 24 hours.",
        "管理员已两次拒绝该 IP，24 小时内不可调用。"),
    Row(89507, "ip_blocked", CHANNEL, ASK_ADMINISTRATOR,
        "The administrator refused this IP address: blocked for an hour.", "管理员拒绝了该 IP，1 小时内不可调用。"),
    Row(48001, "not_authorised", ENDPOINT, PERMISSION,
        "The account may not use this interface.", "该账号没有此接口的权限。"),
    Row(40200, "wrong_account_type", ENDPOINT, PERMISSION,
        "An account of this type has no such messages.", "该类型的账号不支持此类消息。"),
    Row(50001, "not_authorised", ENDPOINT, PERMISSION,
        "The account has not been granted this interface.", "该账号未获得此接口的授权。"),
    Row(61007, "not_authorised", ENDPOINT, PERMISSION,
        "This interface is not among the permission sets granted.", "此接口不在已授权的权限集中。"),
    Row(45009, "daily_quota", NEXT_DAY, QUOTA,
        "The account's quota for today is used up.", "该接口今日的调用额度已用完。"),
    Row(45011, "minute_quota", NEXT_MINUTE, NOTHING,
        "Too many calls within this minute.", "本分钟调用过于频繁。"),
)  # fmt: skip

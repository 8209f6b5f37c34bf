"""Who is who: codes of logins, what pages in the app are given sealed, phone numbers."""

from __future__ import annotations

from channels._wechat.codes.access import CREDENTIALS
from channels._wechat.codes.row import ADDRESS, CHANNEL, CONTENT, Advice, Operation, Row

DATA_REFUSED = "data_refused"
DATA_EXPIRED = "data_expired"

ANOTHER_CODE = Advice(
    "Have the page ask for another code: each is good once, for five minutes, for the account it was made for.",
    "请让页面重新获取 code：每个 code 仅可使用一次，五分钟内有效，且只能用于签发它的账号。",
)
SEAL_AGAIN = Advice(
    "Have the page log in and ask again; see that the channel has the mini program's AppID.",
    "请让页面重新登录并再次获取；并确认通道的 AppID 是该小程序的。",
)

ROWS = (
    Row(40029, "code_refused", CONTENT, ANOTHER_CODE,
        "The code is not valid.", "code 无效。"),
    Row(40030, "code_refused", CONTENT, ANOTHER_CODE,
        "What the code was given for is not valid.", "code 对应的 refresh_token 不合法。"),
    Row(40013, "code_refused", CONTENT, ANOTHER_CODE,
        "The code is another mini program's.", "code 属于其他小程序。", Operation.PHONE),
    Row(40163, "code_used", CONTENT, ANOTHER_CODE,
        "The code has been used.", "code 已被使用。"),
    Row(42003, "code_expired", CONTENT, ANOTHER_CODE,
        "The code is too old.", "code 已过期。"),
    Row(41008, "code_missing", CONTENT, ANOTHER_CODE,
        "The code is missing.", "缺少 code。"),
    Row(40001, "wrong_secret", CHANNEL, CREDENTIALS,
        "The AppSecret is wrong or belongs to another account.", "AppSecret 错误或属于其他账号。", Operation.LOGIN),
    Row(40226, "high_risk_person", ADDRESS, Advice(
        "Nothing can be done: the platform keeps this person out. Reach him on another channel.",
        "无法处理：平台拦截了该用户，请通过其他通道触达。"),
        "The platform takes the person for a high risk and doesn't let him log in.",
        "用户被平台判定为高风险，登录被拦截。"),
)  # fmt: skip

NUMBERLESS = (
    Row(None, DATA_REFUSED, CONTENT, SEAL_AGAIN,
        "What the page sent is not sealed with this login's key, is another account's, or can't be read.",
        "页面提交的加密数据不是用本次登录的密钥加密、属于其他账号，或无法解析。"),
    Row(None, DATA_EXPIRED, CONTENT, SEAL_AGAIN,
        "What the page sent was sealed more than five minutes ago.", "页面提交的加密数据生成于五分钟之前。"),
)  # fmt: skip

"""Reasons that come without a number of the platform, or with one the table doesn't know."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from channels._wechat.codes.access import NOTHING
from channels._wechat.codes.library import READ_WORDS
from channels._wechat.codes.row import CHANNEL, CONTENT, WAIT, Advice, Operation, Row
from ums.sdk.errors import SendError, Transient, Uncertain
from ums.sdk.explanation import Explanation

PROVIDER_ERROR = "provider_error"
USER_BLOCK = "user_block"
SYSTEM_FAILED = "system_failed"
FREQUENCY_LIMIT = "frequency_limit"
UNDELIVERED = "undelivered"

UNREADABLE = Row(None, "unreadable_answer", Uncertain, Advice(
    "The person may have it. The gateway repeats it only where the platform drops repeats.",
    "用户可能已收到。只有平台会去重时，网关才会重发。"),
    "An answer came that can't be read, so nobody knows whether the message was taken.",
    "平台的应答无法解析，无法确定消息是否已被接收。",
)  # fmt: skip
UNREADABLE_READ = Row(None, "unreadable_answer", Transient, NOTHING,
    "An answer came that can't be read.", "平台的应答无法解析。", Operation.LIST,
)  # fmt: skip
SLOW_DOWN = Row(None, "slow_down", Transient, NOTHING,
    "The server asks for fewer requests (HTTP 429).", "服务器要求降低请求频率（HTTP 429）。",
)  # fmt: skip
TURNED_AWAY = Row(None, "turned_away", Transient, Advice(
    "What answered is probably not the platform: look at base_url and at the proxy.",
    "应答方可能不是微信平台，请检查 base_url 与代理。"),
    "A server refused the request before the platform saw it.", "请求在到达平台之前被服务器拒绝。",
)  # fmt: skip

NUMBERLESS = (UNREADABLE, UNREADABLE_READ, SLOW_DOWN, TURNED_AWAY)


def _unknown(makes: Callable[..., SendError], when: Operation | None = None) -> Row:
    return Row(None, PROVIDER_ERROR, makes, READ_WORDS,
        "The platform refused, with a number that is not in the table.", "平台拒绝，且错误码不在已知列表中。",
        when,
    )  # fmt: skip


# A number nobody knows is still a refusal: the message surely was not taken. For a send it ends the
# delivery, so that a rule can move on at once and nothing is tried for a day against a wall; for the token
# it parks the channel, so that no delivery is lost over it; a list is simply asked for again.
UNKNOWN_SEND = _unknown(CONTENT)
UNKNOWN_TOKEN = _unknown(CHANNEL, Operation.ACCESS)
UNKNOWN_LIST = _unknown(WAIT, Operation.LIST)
UNKNOWN_GRANT = _unknown(CHANNEL, Operation.PLATFORM)
UNKNOWN = (UNKNOWN_SEND, UNKNOWN_TOKEN, UNKNOWN_LIST, UNKNOWN_GRANT)


def unknown(operation: Operation) -> Row:
    """What to make of a number that isn't in the table."""
    if operation.grants:
        return UNKNOWN_TOKEN if operation is Operation.ACCESS else UNKNOWN_GRANT
    return UNKNOWN_SEND if operation.sends else UNKNOWN_LIST


_receipt = partial(Explanation, provider_code=None, raises=None, when="receipt")

RECEIPTS = (
    _receipt(
        reason=USER_BLOCK,
        text="The person has blocked the account or refuses its messages.",
        text_zh="用户已拒收该账号的消息。",
        hint="Reach the person on another channel.",
        hint_zh="请通过其他通道触达该用户。",
    ),
    _receipt(
        reason=SYSTEM_FAILED,
        text="The platform took the message and then failed to deliver it.",
        text_zh="平台接收后因系统原因未能送达。",
        hint="Send it again if it still matters.",
        hint_zh="如仍需触达，请重新发送。",
    ),
    _receipt(
        reason=FREQUENCY_LIMIT,
        text="The platform took the message and then held it back: too many to this person.",
        text_zh="平台接收后因发送频率限制未送达。",
        hint="Write to this person less often.",
        hint_zh="请降低对该用户的发送频率。",
    ),
    _receipt(
        reason=UNDELIVERED,
        text="The platform took the message and then reported a failure of a kind it does not document.",
        text_zh="平台接收后报告了未公开说明的失败。",
        hint="Read the platform's own words.",
        hint_zh="请查看平台返回的原文。",
    ),
)
"""Reasons that only a receipt gives."""

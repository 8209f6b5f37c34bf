"""How many calls of a path are left today, and having them counted anew."""

from __future__ import annotations

from channels._wechat.account import Account
from channels._wechat.answer import Answer, is_whole
from channels._wechat.api import ask, change, to
from channels._wechat.codes import Operation, unreadable
from ums.sdk.call import Exchange, Json, json_body
from ums.sdk.quotas import Quota

QUOTA = "/cgi-bin/openapi/quota/get"
CLEAR_ONE = "/cgi-bin/openapi/quota/clear"
CLEAR_ALL = "/cgi-bin/clear_quota"
CLEARS_A_MONTH = 10
LARGEST = 2**31 - 1
"""Quotas are millions; a larger figure stands for one without limit."""


def quota(account: Account, path: str) -> Exchange[Quota]:
    """What the platform says of a path, which begins with a slash and has neither host nor query."""
    body = json_body({"cgi_path": path})
    answer = yield from ask(to(account, "POST", QUOTA, body=body, repeatable=True), Operation.QUOTA)
    figures, pace = _object(answer, "quota"), _object(answer, "rate_limit")
    return Quota(
        daily_limit=_figure(figures, "daily_limit"),
        used=_figure(figures, "used"),
        remain=_figure(figures, "remain"),
        pace_calls=_figure(pace, "call_count") if pace else 0,
        pace_seconds=_figure(pace, "refresh_second") if pace else 0,
    )


def clear(account: Account, path: str | None) -> Exchange[None]:
    """Have the calls of one path, or all of the account's, counted anew."""
    body: Json = {"appid": account.appid} if path is None else {"cgi_path": path}
    yield from change(account, CLEAR_ALL if path is None else CLEAR_ONE, body, Operation.QUOTA)


def _object(answer: Answer, member: str) -> Answer:
    value = answer.get(member)
    return value if isinstance(value, dict) else {}


def _figure(figures: Answer, member: str) -> int:
    value = figures.get(member)
    if not is_whole(value) or value < 0:
        raise unreadable(Operation.QUOTA, f"The answer does not tell the quota's {member}.")
    return min(value, LARGEST)

"""A call as the platform remembers it for seven days, by the rid that stands in the words of its answer."""

from __future__ import annotations

import re

from channels._wechat.account import Account
from channels._wechat.answer import Answer, is_whole
from channels._wechat.api import ask, to
from channels._wechat.codes import Operation, legible, unreadable
from ums.sdk.call import Exchange, json_body
from ums.sdk.call_log import RememberedCall

LOOK_UP = "/cgi-bin/openapi/rid/get"
_QUOTED = r'\\*"\s*:\s*\\*"'
"""What stands between a name and its text; in a body within a body the quotes have strokes before them."""
_PERSON = re.compile(rf'((?:touser|openid|unionid|phonenumber){_QUOTED})([^"\\]{{4}})[^"\\]*', re.IGNORECASE)
"""Whom a body was for, or told of."""
_LISTED = re.compile(r'(")(o[0-9A-Za-z_-]{3})[0-9A-Za-z_-]{24}(?=\\*")')
"""Openids in an array."""
_KEY = re.compile(rf'((?:session_key|_token|ticket){_QUOTED})[^"\\]*')


def look_up(account: Account, rid: str) -> Exchange[RememberedCall]:
    """The account's own call whose answer carried `rid`."""
    call = to(account, "POST", LOOK_UP, body=json_body({"rid": rid}), repeatable=True)
    told = (yield from ask(call, Operation.LOOK_UP)).get("request")
    if not isinstance(told, dict):
        raise unreadable(Operation.LOOK_UP, "The answer has no request.")
    return RememberedCall(
        at=float(_number(told, "invoke_time")),
        milliseconds=_number(told, "cost_in_ms"),
        client_ip=_words(told, "client_ip"),
        url=_words(told, "request_url"),
        request=_words(told, "request_body"),
        response=_words(told, "response_body"),
    )


def _number(told: Answer, member: str) -> int:
    value = told.get(member)
    return value if is_whole(value) and 0 <= value < 2**53 else 0


def _words(told: Answer, member: str) -> str:
    """A text without secrets, in which nobody's openid stands whole."""
    value = told.get(member)
    if not isinstance(value, str):
        return ""
    for pattern in (_PERSON, _LISTED):
        value = pattern.sub(r"\1\2…", value)
    return legible(_KEY.sub(r"\1…", value))

"""A call as the platform remembers it, fit to be shown."""

from __future__ import annotations

import json

import pytest

from channels._wechat.account import Account
from channels._wechat.call_log import look_up
from channels._wechat.tests.simulator import APPID, OPENID, RID, SECRET, SESSION_KEY, UNIONID, said
from ums.sdk.call import Json
from ums.sdk.testing import play


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize(
    "body",
    [
        {"touser": OPENID},
        {"user_list": [{"openid": OPENID, "lang": "zh_CN"}]},
        {"data": {"openid": [OPENID, OPENID]}, "next_openid": OPENID},
        {"openid": OPENID, "session_key": SESSION_KEY, "unionid": UNIONID},
        {"phone_info": {"phoneNumber": "13800138000", "purePhoneNumber": "13800138000", "countryCode": "86"}},
        {"ticket": "t-4711-secret", "access_token": "t-4711-secret", "expires_in": 7200},
    ],
)
def test_nobody_stands_in_it_whole_and_no_key(body: Json, within: bool) -> None:
    written = json.dumps({"body": json.dumps(body)} if within else body)
    request: Json = {"request_body": written, "response_body": written, "request_url": "openid=x"}
    told = play(look_up(Account(appid=APPID, secret=SECRET), RID), said({"request": request}))
    shown = f"{told.request} {told.response}"
    assert "…" in shown
    assert [one for one in (OPENID, UNIONID, SESSION_KEY, "13800138000", "4711") if one in shown] == []

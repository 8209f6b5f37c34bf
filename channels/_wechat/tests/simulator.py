"""The platform on a good day, and its genuine pushes, for tests without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping

from defusedxml.ElementTree import fromstring

from channels._wechat.crypto import PushCipher, signature
from ums.sdk.call import Call, Json, Reply
from ums.sdk.errors import BadChannel, BadContent, SendError, Throttled, Transient
from ums.sdk.hook import HookReply, HookRequest

APPID = "wx0123456789abcdef"
SECRET = "0badc0de0badc0de0badc0de0badc0de"
TOKEN = "PushToken4711"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SETTINGS: Mapping[str, Json] = {"appid": APPID, "secret": SECRET, "token": TOKEN, "encoding_aes_key": AES_KEY}
COMPONENT: Mapping[str, Json] = {
    "component_appid": "wxfedcba9876543210", "component_secret": "c0ffeec0ffeec0ffee", "token": TOKEN,
    "encoding_aes_key": AES_KEY,
}  # fmt: skip
"""The settings of a third-party platform."""
OPENID = "oABCD1234efgh5678ijkl9012mno"
UNIONID = "ocMvos6NjeKLIBqg5Mr9QjxrP1FA"
SESSION_KEY = "tiihtNczf5v6AKRyjwEUhQ=="

EXPIRED = Reply(200, b'{"errcode":42001,"errmsg":"access_token expired rid: 1-2-3"}')
WRONG_SECRET = Reply(200, b'{"errcode":40125,"errmsg":"invalid appsecret rid: 1-2-3"}')
USED_CODE = Reply(200, b'{"errcode":40163,"errmsg":"code been used, rid: 1-2-3"}')
NO_SUCH_TITLE = Reply(200, b'{"errcode":200014,"errmsg":"invalid tid rid: 1-2-3"}')

WATERMARK = {"timestamp": 1_790_000_000, "appid": APPID}
ANSWERS: Mapping[str, object] = {
    "stable_token": {"access_token": "57_token", "expires_in": 7200},
    "get_all_private_template": {
        "template_list": [
            {
                "template_id": "T1",
                "title": "订单发货",
                "primary_industry": "",
                "content": "订单:{{character_string1.DATA}}\n状态:{{const2.DATA}}\n",
                "example": "订单:1\n状态:2\n",
            }
        ]
    },
    "gettemplate": {
        "errcode": 0,
        "errmsg": "ok",
        "data": [{"priTmplId": "N1", "title": "到货", "content": "名称:{{thing1.DATA}}\n", "type": 2}],
    },
    "getcategory": {"errcode": 0, "errmsg": "ok", "data": [{"id": 616, "name": "电商平台"}]},
    "getpubtemplatetitles": {
        "errcode": 0,
        "errmsg": "ok",
        "count": 1,
        "data": [{"tid": 1221, "title": "订单发货提醒", "type": 2, "categoryId": "616"}],
    },
    "getpubtemplatekeywords": {
        "errcode": 0,
        "errmsg": "ok",
        "count": 2,
        "data": [
            {"kid": 1, "name": "订单号", "example": "1", "rule": "character_string"},
            {"kid": 2, "name": "状态", "example": "2", "rule": "phrase"},
        ],
    },
    "addtemplate": {"errcode": 0, "errmsg": "ok", "priTmplId": "N2"},
    "api_add_template": {"errcode": 0, "errmsg": "ok", "template_id": "T2"},
    "access_token": {
        "access_token": "OAUTH_token",
        "expires_in": 7200,
        "refresh_token": "OAUTH_refresh",
        "openid": OPENID,
        "scope": "snsapi_base",
    },
    "userinfo": {"openid": OPENID, "nickname": "", "sex": 0, "privilege": [], "unionid": UNIONID},
    "create": {
        "ticket": "gQH47joAAAAAAAA==",
        "expire_seconds": 600,
        "url": "http://weixin.qq.com/q/kZgfwMTm72WWPkov",
    },
    "get": {"total": 1, "count": 1, "data": {"openid": [OPENID]}, "next_openid": ""},
    "batchget": {"user_info_list": [{"subscribe": 1, "openid": OPENID, "unionid": UNIONID}]},
    "getticket": {"errcode": 0, "errmsg": "ok", "ticket": "bxLdikRXVbTP_jsapi", "expires_in": 7200},
    "jscode2session": {"openid": OPENID, "session_key": SESSION_KEY, "unionid": UNIONID},
    "getuserphonenumber": {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": "13800138000",
            "purePhoneNumber": "13800138000",
            "countryCode": "86",
            "watermark": WATERMARK,
        },
    },
}

REFUSED_LOGINS: list[tuple[int, type[SendError], str]] = [
    (40029, BadContent, "code_refused"),
    (40163, BadContent, "code_used"),
    (42003, BadContent, "code_expired"),
    (41008, BadContent, "code_missing"),
    (40030, BadContent, "code_refused"),
    (45011, Throttled, "minute_quota"),
    (-1, Transient, "busy"),
    (40001, BadChannel, "wrong_secret"),
    (40125, BadChannel, "wrong_secret"),
    (40164, BadChannel, "ip_refused"),
    (61003, BadChannel, "authorisation_missing"),
    (99999, Transient, "provider_error"),
]
"""What becomes of a login by the number that refuses it, wherever somebody logs in."""

QUOTA: Mapping[str, Json] = {
    "quota": {"daily_limit": 100, "used": 1, "remain": 99},
    "rate_limit": {"call_count": 60, "refresh_second": 60},
}


RID = "6725a1f0-1b2c3d4e-5f6a7b8c"
REMEMBERED: Mapping[str, Json] = {
    "invoke_time": 1_790_000_000,
    "cost_in_ms": 295,
    "request_url": "access_token=57_token",
    "request_body": json.dumps({"touser": OPENID, "template_id": "T1"}),
    "response_body": json.dumps({"errcode": 40003, "errmsg": f"invalid openid rid: {RID}"}),
    "client_ip": "203.0.113.7",
}


class Platform:
    """Answers tokens, template lists, the library and quotas, and takes every message."""

    def answer(self, call: Call) -> Reply:
        if call.url.endswith("/quota/get"):
            return said({"errcode": 0, "errmsg": "ok", **QUOTA})
        if call.url.endswith("/rid/get"):
            return said({"errcode": 0, "errmsg": "ok", "request": dict(REMEMBERED)})
        known = ANSWERS.get(
            call.url.rpartition("/")[2], {"errcode": 0, "errmsg": "ok", "msgid": 2918131553548107776}
        )
        return Reply(200, json.dumps(known).encode())


def said(document: object) -> Reply:
    """An answer of the platform's."""
    return Reply(200, json.dumps(document).encode())


def refused(code: int) -> Reply:
    return said({"errcode": code, "errmsg": "no rid: 1-2-3"})


def signed(body: str, now: float, token: str = TOKEN) -> HookRequest:
    """A push in plain mode."""
    stamp, nonce = str(int(now)), "415670741"
    query = {"signature": signature(token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
    return HookRequest(method="POST", query=query, body=body.encode(), now=now)


def sealed(body: str, now: float, *, key: str = AES_KEY, appid: str = APPID, form: str = "xml") -> HookRequest:
    """A push in safe mode."""
    encrypted = PushCipher([key], appid).encrypt(body)
    outer = (
        f"<xml><ToUserName>gh_0</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        if form == "xml"
        else json.dumps({"ToUserName": "gh_0", "Encrypt": encrypted})
    )
    stamp, nonce = str(int(now)), "415670741"
    query = {"msg_signature": signature(TOKEN, stamp, nonce, encrypted), "timestamp": stamp, "nonce": nonce}
    return HookRequest(method="POST", query={**query, "encrypt_type": "aes"}, body=outer.encode(), now=now)


def opened_reply(reply: HookReply, key: str = AES_KEY, appid: str = APPID) -> dict[str, str]:
    """What WeChat reads in an answer to a sealed push."""
    outer = {child.tag: child.text or "" for child in fromstring(reply.body)}
    parts = (outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    assert outer["MsgSignature"] == signature(TOKEN, *parts)
    inner = fromstring(PushCipher([key], appid).decrypt(outer["Encrypt"]))
    return {child.tag: child.text or "" for child in inner}

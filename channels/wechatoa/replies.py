"""Answers in words to a push: sealed like the push, with the key that opened it.

Source: WeChat, "passive replies" and "encrypting and decrypting messages". A third-party platform's are sealed with
the platform's key, for the platform's AppID.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from channels._wechat.account import Account
from channels._wechat.crypto import signature
from channels._wechat.push import opened, required
from ums.sdk.hook import HookReply, HookRequest

MEDIA = "text/xml; charset=utf-8"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What an XML document can't hold."""


def saying(account: Account, request: HookRequest, words: str) -> HookReply:
    """The answer that says these words to whoever the push is about. Raises `HookRefused` as `receive` does."""
    event = opened(account, request)
    if isinstance(event, HookReply):
        return event
    stamp = str(int(request.now))
    answer = _xml({
        "ToUserName": event.address,
        "FromUserName": required(event.members, "ToUserName"),
        "CreateTime": stamp,
        "MsgType": "text",
        "Content": words,
    })  # fmt: skip
    if event.key is None or account.cipher is None:
        return HookReply(body=answer, content_type=MEDIA)
    sealed, nonce = account.cipher.encrypt(answer, key=event.key), request.query.get("nonce", "")
    members = {
        "Encrypt": sealed,
        "MsgSignature": signature(account.token, stamp, nonce, sealed),
        "TimeStamp": stamp,
        "Nonce": nonce,
    }
    return HookReply(body=_xml(members), content_type=MEDIA)


def _xml(members: Mapping[str, str]) -> str:
    return f"<xml>{''.join(_element(name, value) for name, value in members.items())}</xml>"


def _element(name: str, value: str) -> str:
    """A member; numbers stand bare, as in the platform's own examples."""
    if value.isdecimal() and value.isascii():
        return f"<{name}>{value}</{name}>"
    text = _NO_XML.sub("", value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{text}]]></{name}>"

"""The passive message that a callback may answer a push with, opened as the platform opens it."""

from __future__ import annotations

import json
from typing import Any

from defusedxml.ElementTree import fromstring

from channels._wechat.crypto import CryptoError, PushCipher, verify_signature
from sandbox.accounts import Account
from sandbox.events import original_id
from sandbox.sealing import Push

Reply = dict[str, Any]
NEEDED = ("ToUserName", "FromUserName", "CreateTime", "MsgType")


def reply_in(account: Account, push: Push, answer: str) -> Reply | None:
    """What the person is answered; None where it is nothing that the platform takes.

    It must go from the account to who has written, and be sealed where the pushes are in safe mode.
    """
    outer = _members(answer)
    reply = _opened(account, outer) if "Encrypt" in outer else outer
    if account.mode == "safe" and reply is outer:
        return None
    if not all(reply.get(name) for name in NEEDED) or (reply["MsgType"] == "text" and not reply.get("Content")):
        return None
    ours = reply["ToUserName"] == push.openid and reply["FromUserName"] == original_id(account.appid)
    return reply if ours else None


def _opened(account: Account, outer: Reply) -> Reply:
    """The members inside the seal; none where it is broken."""
    sealed, given, timestamp, nonce = (
        str(outer.get(name, "")) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")
    )
    if not account.encoding_aes_key or not verify_signature(given, account.token, timestamp, nonce, sealed):
        return {}
    try:
        cipher = PushCipher([account.encoding_aes_key], account.seal_appid or account.appid)
        return _members(cipher.decrypt(sealed).decode("utf-8", "replace"))
    except CryptoError:
        return {}


def _members(text: str) -> Reply:
    """The members of an XML or JSON document; none where it is neither."""
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else _value(fromstring(text))
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _value(element: Any) -> Any:
    """An element's text, or its members where it has any."""
    return {child.tag: _value(child) for child in element} if len(element) else element.text or ""

"""Signing and encrypting a push, as the account's owner chose: plain, safe or compatible mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from channels._wechat.crypto import PushCipher, signature
from sandbox.accounts import Account
from sandbox.events import Event, Value, document, original_id, written

MODES = ("plain", "safe", "compat")


class Push(NamedTuple):
    """What is posted to the callback: ``text`` in ``form``, already complete but for its seal."""

    openid: str
    members: Mapping[str, Value]
    form: str
    raw: str = ""
    """Sent as it is, in place of the members (a test's own words)."""


class Sealed(NamedTuple):
    """The query to add to the callback's URL, and the body."""

    query: dict[str, str]
    body: bytes


def push_of(account: Account, event: Event) -> Push:
    form = "xml" if account.seal_appid else event.form
    return Push(event.openid, document(event._replace(form=form), account.appid), form)


def sealed(account: Account, push: Push, timestamp: str, nonce: str) -> Sealed:
    """The push with its signature; in safe mode the text itself is encrypted."""
    query = signed_query(account, timestamp, nonce)
    if push.openid:
        query["openid"] = push.openid
    text = push.raw or written(push.members, push.form)
    if account.mode == "plain":
        return Sealed(query, text.encode(errors="replace"))
    encrypted = PushCipher([account.encoding_aes_key], account.seal_appid or account.appid).encrypt(
        text.encode(errors="replace")
    )
    query["encrypt_type"] = "aes"
    query["msg_signature"] = signature(account.token, timestamp, nonce, encrypted)
    to: dict[str, Value] = {"ToUserName": original_id(account.appid)}
    if account.kind == "component":
        to = {"AppId": account.appid}
    envelope: dict[str, Value] = {**to, "Encrypt": encrypted}
    if account.mode == "compat":
        envelope = {**push.members, "Encrypt": encrypted}
    return Sealed(query, written(envelope, push.form).encode(errors="replace"))


def signed_query(account: Account, timestamp: str, nonce: str) -> dict[str, str]:
    """The three members every call to a callback carries."""
    return {
        "signature": signature(account.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }

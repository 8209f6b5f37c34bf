"""Signatures by which web pages may use WeChat's own functions.

Source: WeChat, "JS-SDK", appendix on signatures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from channels._wechat.account import Account
from channels._wechat.api import ask, to, token_in
from channels._wechat.codes import Operation
from ums.sdk.call import Exchange, Json
from ums.sdk.tokens import Token

TICKET = "/cgi-bin/ticket/getticket"


def page_ticket(account: Account) -> Exchange[Token]:
    """What signatures are made with; the platform wants it kept, and gives few."""
    call = to(account, "GET", TICKET, query={"type": "jsapi"}, repeatable=True)
    return token_in((yield from ask(call, Operation.PEOPLE)), "ticket")


def page_signature(account: Account, ticket: str, url: str, nonce: str, at: int) -> Mapping[str, Json]:
    """What `wx.config` takes, besides the functions that are wanted; a page's fragment is no part of it."""
    address = url.partition("#")[0]
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={at}&url={address}"
    signature = hashlib.sha1(signed.encode(errors="replace"), usedforsecurity=False).hexdigest()
    return {"appId": account.appid, "timestamp": at, "nonceStr": nonce, "signature": signature}

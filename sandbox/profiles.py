"""What a mini program's page is handed about a person: the profile in plain words, and sealed."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping

from channels._wechat.crypto import rawdata_signature
from sandbox.accounts import Account
from sandbox.exchange import as_json
from sandbox.web_calls import PICTURE

SEALED_ONLY = ("openId", "unionId", "watermark")


def profile(account: Account, openid: str) -> dict[str, object]:
    """What ``wx.getUserInfo`` tells of a person; the unionid only where the account may know it."""
    shown: dict[str, object] = {"openId": openid, "nickName": account.nickname(openid), "gender": 0}
    shown |= {"language": "zh_CN", "city": "", "province": "", "country": "", "avatarUrl": PICTURE}
    unionid = account.unionid(openid)
    return shown | ({"unionId": unionid} if unionid else {})


def handed_over(members: Mapping[str, object], session_key: str) -> dict[str, str]:
    """``encryptedData`` with its ``iv``, and ``rawData`` with its ``signature``, as the page gets them."""
    from Crypto.Cipher import AES  # only here, for what it costs to load: most runs hand over no profile
    from Crypto.Util.Padding import pad

    raw = as_json({name: value for name, value in members.items() if name not in SEALED_ONLY}).decode()
    iv = secrets.token_bytes(AES.block_size)
    cipher = AES.new(b64decode(session_key), AES.MODE_CBC, iv)
    return {
        "encryptedData": b64encode(cipher.encrypt(pad(as_json(members), AES.block_size))).decode(),
        "iv": b64encode(iv).decode(),
        "rawData": raw,
        "signature": rawdata_signature(raw, session_key),
    }

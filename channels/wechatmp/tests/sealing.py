"""What a mini program's pages are given sealed, made as WeChat makes it."""

from __future__ import annotations

import base64
import json

from Crypto.Cipher import AES

from channels._wechat.crypto import rawdata_signature
from channels._wechat.tests.simulator import APPID, OPENID, SESSION_KEY, UNIONID
from ums.sdk.call import Json
from ums.sdk.people import SealedWords

IV = "r7BXXKkLb8qrSNn05n0qiA=="
RAW = '{"nickName":"Band","city":"广州"}'


def sealed_bytes(plain: bytes, *, pad: bytes | None = None) -> str:
    """The base64 of these bytes, encrypted; `pad` stands in for the padding that is right."""
    missing = AES.block_size - len(plain) % AES.block_size
    key, vector = base64.b64decode(SESSION_KEY), base64.b64decode(IV)
    whole = plain + (bytes([missing]) * missing if pad is None else pad)
    return base64.b64encode(AES.new(key, AES.MODE_CBC, vector).encrypt(whole)).decode()


def user_info(at: float, appid: str = APPID) -> dict[str, Json]:
    watermark: Json = {"timestamp": int(at), "appid": appid}
    return {"openId": OPENID, "nickName": "Band", "unionId": UNIONID, "watermark": watermark}


def sealed(document: Json) -> SealedWords:
    """Without a signature."""
    return SealedWords(data=sealed_bytes(json.dumps(document).encode()), iv=IV)


def signed(document: Json) -> SealedWords:
    return SealedWords(data=sealed(document).data, iv=IV, raw=RAW, signature=rawdata_signature(RAW, SESSION_KEY))

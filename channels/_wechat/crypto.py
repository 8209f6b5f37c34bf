"""The cryptography of the WeChat platform: push signatures, encrypted pushes, mini program user data.

Pure functions and one small class; no I/O, no clock, nothing of the gateway, so the sandbox may use it too.
Every figure here is pinned by WeChat's own published vectors (``tests/wechat_crypto.json``).

An encrypted push ("safe mode"), as WeChat's page on message pushes describes it::

    key   = base64(EncodingAESKey + "=")            32 bytes
    plain = random16 + uint32(len(message)) + message + appid, padded to a multiple of 32 bytes
    wire  = base64(AES-256-CBC(key, iv=key[:16], plain))
    msg_signature = sha1 of the sorted, joined (token, timestamp, nonce, wire)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from Crypto.Cipher._mode_cbc import CbcMode

RANDOM_BYTES = 16
LENGTH_BYTES = 4
AES_BLOCK = 16
PUSH_BLOCK = 32
"""Pushes are padded to 32 bytes, twice the cipher's own block: pads of 17 to 32 are valid."""

ENCODING_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class CryptoError(Exception):
    """What came could not be opened, or is not meant for us.

    Always the same words and never a cause: whoever sent the message must not learn which check failed.
    """

    def __init__(self) -> None:
        super().__init__("the message could not be decrypted")


class Opened(NamedTuple):
    """A decrypted push: the message as sent, and which of the keys opened it (0 is the current one)."""

    message: bytes
    key: int


def signature(token: str, timestamp: str, nonce: str, *more: str) -> str:
    """The SHA-1, in hex, of the sorted and joined parts.

    With three parts it is the ``signature`` of a plain push; with the encrypted body as the fourth it is
    the ``msg_signature`` of safe mode.
    """
    joined = "".join(sorted((token, timestamp, nonce, *more)))
    return hashlib.sha1(joined.encode(errors="replace"), usedforsecurity=False).hexdigest()


def verify_signature(given: str, token: str, timestamp: str, nonce: str, *more: str) -> bool:
    """Whether ``given`` is the signature of these parts, compared in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), signature(token, timestamp, nonce, *more).encode())


class PushCipher:
    """Opens and seals pushes of one account.

    ``encoding_aes_keys`` are the current EncodingAESKey and, while a key is being rotated, the previous
    one. ``appid`` is what must stand at the end of every message: the account's own, or that of the
    third-party platform whose key it is.

    Raises ``ValueError`` for a key that is not 43 characters of base64. Spare bits in the 43rd character
    are ignored: WeChat's own sample key has some.
    """

    def __init__(self, encoding_aes_keys: Sequence[str], appid: str) -> None:
        if isinstance(encoding_aes_keys, str) or not encoding_aes_keys:
            raise ValueError("encoding_aes_keys must be a list: the current key, then the previous one if any")
        if not appid:
            raise ValueError("appid must not be empty: it is what proves that a push is meant for us")
        self._keys = [_key_bytes(key) for key in encoding_aes_keys]
        self._appid = appid.encode()

    def encrypt(self, message: str | bytes, random16: bytes | None = None, key: int = 0) -> str:
        """The base64 text for the ``Encrypt`` member.

        ``random16`` fixes the sixteen leading bytes (for the published vectors only); ``key`` chooses the
        key, so that a reply can be sealed with the one that opened the push.
        """
        leading = secrets.token_bytes(RANDOM_BYTES) if random16 is None else random16
        if len(leading) != RANDOM_BYTES:
            raise ValueError(f"random16 must be {RANDOM_BYTES} bytes, not {len(leading)}")
        text = message.encode() if isinstance(message, str) else message
        plain = leading + len(text).to_bytes(LENGTH_BYTES, "big") + text + self._appid
        pad = PUSH_BLOCK - len(plain) % PUSH_BLOCK
        secret = self._keys[key]
        sealed = _cipher(secret, secret[:16]).encrypt(plain + bytes([pad]) * pad)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted: str | bytes) -> bytes:
        """The message inside an ``Encrypt`` member. Raises ``CryptoError``."""
        return self.open(encrypted).message

    def open(self, encrypted: str | bytes) -> Opened:
        """Like ``decrypt``, and says which key it was. Raises ``CryptoError``."""
        sealed = _decoded(encrypted)
        found: Opened | None = None
        for position, secret in enumerate(self._keys):
            plain = _cipher(secret, secret[:16]).decrypt(sealed)
            message = self._message(plain)
            if message is not None and found is None:
                found = Opened(message, position)
        if found is None:
            raise CryptoError
        return found

    def _message(self, plain: bytes) -> bytes | None:
        """What stands between the length and the appid; every check is made, whatever the first one says."""
        body, padded_well = _unpadded(plain, PUSH_BLOCK)
        start = RANDOM_BYTES + LENGTH_BYTES
        length = int.from_bytes(body[RANDOM_BYTES:start], "big")
        ours = hmac.compare_digest(body[start + length :], self._appid)
        complete = len(body) == start + length + len(self._appid)
        return body[start : start + length] if padded_well & ours & complete else None


def decrypt_user_data(session_key: str, iv: str, encrypted_data: str, appid: str) -> dict[str, object]:
    """The JSON object inside a mini program's ``encryptedData`` (AES-128-CBC, all three in base64).

    Its ``watermark.appid`` must be ``appid``. Raises ``CryptoError`` for anything else.
    """
    secret, vector = _decoded(session_key), _decoded(iv)
    if len(secret) != AES_BLOCK or len(vector) != AES_BLOCK:
        raise CryptoError
    plain = _cipher(secret, vector).decrypt(_decoded(encrypted_data))
    text, padded_well = _unpadded(plain, AES_BLOCK)
    document = _json_object(text) if padded_well else None
    if document is None or not _watermarked(document, appid):
        raise CryptoError
    return document


def rawdata_signature(raw_data: str | bytes, session_key: str) -> str:
    """The ``signature`` beside ``rawData``: SHA-1 of the raw bytes as received, then the session key."""
    raw = raw_data.encode(errors="replace") if isinstance(raw_data, str) else raw_data
    return hashlib.sha1(raw + session_key.encode(errors="replace"), usedforsecurity=False).hexdigest()


def verify_rawdata(given: str, raw_data: str | bytes, session_key: str) -> bool:
    """Whether ``given`` is the signature of this ``rawData``, compared in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), rawdata_signature(raw_data, session_key).encode())


def user_session_hmac(session_key: str, data: str | bytes = b"") -> str:
    """HMAC-SHA256 in hex with the session key's *text* as the key (``checksession`` signs an empty text)."""
    text = data.encode() if isinstance(data, str) else data
    return hmac.new(session_key.encode(), text, hashlib.sha256).hexdigest()


def _key_bytes(encoding_aes_key: str) -> bytes:
    if not ENCODING_AES_KEY.fullmatch(encoding_aes_key):
        raise ValueError("an EncodingAESKey has exactly 43 characters out of A-Z, a-z, 0-9, + and /")
    return base64.b64decode(encoding_aes_key + "=")


def _decoded(text: str | bytes) -> bytes:
    """Bytes out of base64, a whole number of cipher blocks and at least one."""
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        raw = b""
    if not raw or len(raw) % AES_BLOCK:
        raise CryptoError
    return raw


def _unpadded(plain: bytes, block: int) -> tuple[bytes, bool]:
    """The text without its padding, and whether the padding was right."""
    pad = plain[-1]
    size = pad if 1 <= pad <= min(block, len(plain)) else 1
    right = hmac.compare_digest(plain[-size:], bytes([pad]) * size) & (size == pad)
    return plain[:-size], right


def _json_object(text: bytes) -> dict[str, object] | None:
    try:
        document = json.loads(text.decode())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _watermarked(document: dict[str, object], appid: str) -> bool:
    watermark = document.get("watermark")
    named = watermark.get("appid") if isinstance(watermark, dict) else None
    return isinstance(named, str) and hmac.compare_digest(named.encode(errors="replace"), appid.encode())


def _cipher(key: bytes, vector: bytes) -> CbcMode:
    from Crypto.Cipher import AES  # only here, for what it costs to load: most processes open no push

    return AES.new(key, AES.MODE_CBC, vector)

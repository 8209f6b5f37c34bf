"""The published vectors, in both directions, and everything a forger might try."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

import pytest
from Crypto.Cipher import AES
from hypothesis import given
from hypothesis import strategies as st

from channels._wechat.crypto import (
    CryptoError,
    PushCipher,
    decrypt_user_data,
    rawdata_signature,
    signature,
    user_session_hmac,
    verify_signature,
)


class PushVector(TypedDict):
    name: str
    token: str
    encoding_aes_key: str
    appid: str
    timestamp: str
    nonce: str
    encrypt: str
    msg_signature: str
    signature: str | None
    random: str
    message: str
    pad: int


class PlainVector(TypedDict):
    name: str
    token: str
    timestamp: str
    nonce: str
    signature: str


class UserDataVector(TypedDict):
    appid: str
    session_key: str
    iv: str
    encrypted_data: str
    plaintext: str


class RawDataVector(TypedDict):
    raw_data: str
    session_key: str
    signature: str


class SessionVector(TypedDict):
    key_text: str
    data: str
    hmac_sha256: str


class Vectors(TypedDict):
    push_crypto: list[PushVector]
    plain_signatures: list[PlainVector]
    wxbizdatacrypt: UserDataVector
    rawdata_signature: RawDataVector
    user_session_hmac: SessionVector


VECTORS: Vectors = json.loads((Path(__file__).parent / "wechat_crypto.json").read_text("utf-8"))
PUSHES = pytest.mark.parametrize("vector", VECTORS["push_crypto"], ids=lambda vector: vector["name"])
OFFICIAL = VECTORS["push_crypto"][4]
OTHER_KEY = "B" * 43
USER_DATA = VECTORS["wxbizdatacrypt"]


def cipher_of(vector: PushVector) -> PushCipher:
    return PushCipher([vector["encoding_aes_key"]], vector["appid"])


def sealed_by_hand(plain: bytes, encoding_aes_key: str = OTHER_KEY) -> str:
    """Encrypts bytes that our own ``encrypt`` would never make."""
    key = base64.b64decode(encoding_aes_key + "=")
    return base64.b64encode(AES.new(key, AES.MODE_CBC, key[:16]).encrypt(plain)).decode()


def plain_push(message: bytes, appid: bytes, length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    return b"r" * 16 + size.to_bytes(4, "big") + message + appid


def padded(plain: bytes) -> bytes:
    pad = 32 - len(plain) % 32
    return plain + bytes([pad]) * pad


@PUSHES
def test_it_decrypts_every_published_push(vector: PushVector) -> None:
    assert cipher_of(vector).decrypt(vector["encrypt"]) == vector["message"].encode()


@PUSHES
def test_it_encrypts_every_published_push_to_the_very_same_text(vector: PushVector) -> None:
    random16 = vector["random"].encode()
    assert cipher_of(vector).encrypt(vector["message"], random16) == vector["encrypt"]


@PUSHES
def test_the_published_pads_are_those_of_32_byte_blocks(vector: PushVector) -> None:
    unpadded = 16 + 4 + len(vector["message"].encode()) + len(vector["appid"])
    assert 32 - unpadded % 32 == vector["pad"]


@PUSHES
def test_it_reproduces_every_published_message_signature(vector: PushVector) -> None:
    parts = (vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert signature(*parts) == vector["msg_signature"]
    assert verify_signature(vector["msg_signature"], *parts)


@PUSHES
def test_it_reproduces_the_plain_signature_where_one_is_published(vector: PushVector) -> None:
    made = signature(vector["token"], vector["timestamp"], vector["nonce"])
    assert vector["signature"] in (None, made)


@pytest.mark.parametrize("vector", VECTORS["plain_signatures"], ids=lambda vector: vector["name"])
def test_it_reproduces_the_signatures_of_plain_mode(vector: PlainVector) -> None:
    assert signature(vector["token"], vector["timestamp"], vector["nonce"]) == vector["signature"]


@pytest.mark.parametrize("forged", ["", "f464b24f", "F464B24FC39322E44B38AA78F5EDD27BD1441696", "é", "\ud800"])
def test_it_refuses_any_other_signature(forged: str) -> None:
    assert not verify_signature(forged, "AAAAA", "1714036504", "1514711492")


def test_it_reads_the_published_user_data() -> None:
    opened = decrypt_user_data(
        USER_DATA["session_key"], USER_DATA["iv"], USER_DATA["encrypted_data"], USER_DATA["appid"]
    )
    assert json.dumps(opened, ensure_ascii=False, separators=(",", ":")) == USER_DATA["plaintext"]


def test_the_published_user_data_encrypts_back_to_the_same_text() -> None:
    text = USER_DATA["plaintext"].encode()
    pad = 16 - len(text) % 16
    key, iv = base64.b64decode(USER_DATA["session_key"]), base64.b64decode(USER_DATA["iv"])
    sealed = AES.new(key, AES.MODE_CBC, iv).encrypt(text + bytes([pad]) * pad)
    assert base64.b64encode(sealed).decode() == USER_DATA["encrypted_data"]


def test_it_reproduces_the_signature_over_raw_data() -> None:
    vector = VECTORS["rawdata_signature"]
    assert rawdata_signature(vector["raw_data"], vector["session_key"]) == vector["signature"]
    assert rawdata_signature(vector["raw_data"].encode(), vector["session_key"]) == vector["signature"]


def test_it_reproduces_the_user_session_hmac() -> None:
    vector = VECTORS["user_session_hmac"]
    assert user_session_hmac(vector["key_text"], vector["data"]) == vector["hmac_sha256"]
    assert user_session_hmac(vector["key_text"], vector["data"].encode()) == vector["hmac_sha256"]


def test_a_session_check_signs_an_empty_text() -> None:
    assert user_session_hmac("key") == user_session_hmac("key", "")


def test_it_opens_with_the_previous_key_while_keys_are_rotated() -> None:
    rotating = PushCipher([OTHER_KEY, OFFICIAL["encoding_aes_key"]], OFFICIAL["appid"])
    opened = rotating.open(OFFICIAL["encrypt"])
    assert opened.message == OFFICIAL["message"].encode()
    assert opened.key == 1


def test_a_reply_can_be_sealed_with_the_key_that_opened_the_push() -> None:
    rotating = PushCipher([OTHER_KEY, OFFICIAL["encoding_aes_key"]], OFFICIAL["appid"])
    reply = rotating.encrypt("success", key=rotating.open(OFFICIAL["encrypt"]).key)
    assert cipher_of(OFFICIAL).decrypt(reply) == b"success"


def test_a_key_with_spare_bits_in_its_last_character_is_accepted() -> None:
    tidy, spare = OFFICIAL["encoding_aes_key"][:-1] + "E", OFFICIAL["encoding_aes_key"]
    assert base64.b64encode(base64.b64decode(spare + "=")).decode() == tidy + "="
    assert PushCipher([tidy], OFFICIAL["appid"]).decrypt(OFFICIAL["encrypt"]) == OFFICIAL["message"].encode()


@given(st.binary(max_size=200), st.text("abcdef0123456789", min_size=1, max_size=40))
def test_whatever_is_encrypted_can_be_decrypted(message: bytes, appid: str) -> None:
    cipher = PushCipher([OTHER_KEY], appid)
    assert cipher.decrypt(cipher.encrypt(message)) == message


@pytest.mark.parametrize("length", range(33))
def test_every_pad_from_1_to_32_is_understood(length: int) -> None:
    cipher = PushCipher([OTHER_KEY], "wx1")
    assert cipher.decrypt(sealed_by_hand(padded(plain_push(b"x" * length, b"wx1")))) == b"x" * length


def test_two_encryptions_of_one_message_differ() -> None:
    cipher = PushCipher([OTHER_KEY], "wx1")
    assert cipher.encrypt("same") != cipher.encrypt("same")


GOOD = padded(plain_push(b"hello", b"wx1"))
FORGERIES = {
    "another account's appid": sealed_by_hand(padded(plain_push(b"hello", b"wx2"))),
    "an appid with more behind it": sealed_by_hand(padded(plain_push(b"hello", b"wx1x"))),
    "no appid": sealed_by_hand(padded(plain_push(b"hello", b""))),
    "a length beyond the end": sealed_by_hand(padded(plain_push(b"hello", b"wx1", length=2**32 - 1))),
    "a length one short": sealed_by_hand(padded(plain_push(b"hello", b"wx1", length=4))),
    "a pad of zero": sealed_by_hand(GOOD[:-1] + b"\0"),
    "a pad of 33": sealed_by_hand(padded(plain_push(b"hello", b"wx1"))[:-1] + b"\x21"),
    "an uneven pad": sealed_by_hand(GOOD[:-2] + b"\0" + GOOD[-1:]),
    "nothing but padding": sealed_by_hand(b"\x20" * 32),
    "another key": sealed_by_hand(GOOD, "C" * 43),
    "an odd number of bytes": base64.b64encode(b"x" * 33).decode(),
    "one bit turned": sealed_by_hand(GOOD)[:-4] + "AAA=",
    "no base64": "***",
    "not even ASCII": "密文",
    "nothing": "",
}


@pytest.mark.parametrize("encrypted", FORGERIES.values(), ids=FORGERIES.keys())
def test_every_forgery_is_refused_with_the_same_words(encrypted: str) -> None:
    with pytest.raises(CryptoError) as caught:
        PushCipher([OTHER_KEY], "wx1").decrypt(encrypted)
    assert caught.value.args == CryptoError().args
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("key", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "-", "A" * 42 + "\n"])
def test_a_key_that_is_not_43_characters_of_base64_is_named_so_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="43 characters") as caught:
        PushCipher([key], "wx1")
    assert not key or key not in str(caught.value)


def test_a_cipher_wants_keys_and_an_appid() -> None:
    with pytest.raises(ValueError, match="list"):
        PushCipher([], "wx1")
    with pytest.raises(ValueError, match="list"):
        PushCipher(OTHER_KEY, "wx1")
    with pytest.raises(ValueError, match="appid"):
        PushCipher([OTHER_KEY], "")
    with pytest.raises(ValueError, match="16"):
        PushCipher([OTHER_KEY], "wx1").encrypt("message", b"short")


def test_the_cryptography_knows_nothing_of_the_gateway() -> None:
    script = "import sys, channels._wechat.crypto; print([name for name in sys.modules if name.startswith('ums')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def user_data(text: bytes) -> str:
    pad = 16 - len(text) % 16
    return base64.b64encode(AES.new(b"k" * 16, AES.MODE_CBC, b"v" * 16).encrypt(text + bytes([pad]) * pad)).decode()


KEY, VECTOR = base64.b64encode(b"k" * 16).decode(), base64.b64encode(b"v" * 16).decode()
UNFIT_USER_DATA = {
    "another app's data": (KEY, VECTOR, user_data(b'{"watermark":{"appid":"wx2"}}')),
    "no watermark": (KEY, VECTOR, user_data(b'{"openId":"o1"}')),
    "a watermark that is a text": (KEY, VECTOR, user_data(b'{"watermark":"wx1"}')),
    "a watermark with a number": (KEY, VECTOR, user_data(b'{"watermark":{"appid":1}}')),
    "a lone surrogate": (KEY, VECTOR, user_data(b'{"watermark":{"appid":"\\ud800"}}')),
    "a list": (KEY, VECTOR, user_data(b"[1]")),
    "no JSON": (KEY, VECTOR, user_data(b"hello")),
    "no UTF-8": (KEY, VECTOR, user_data(b"\xff\xfe")),
    "a bottomless JSON": (KEY, VECTOR, user_data(b"[" * 100_000)),
    "a long key": (base64.b64encode(b"k" * 32).decode(), VECTOR, user_data(b"{}")),
    "a long vector": (KEY, base64.b64encode(b"v" * 32).decode(), user_data(b"{}")),
    "a key that is not base64": ("***", VECTOR, user_data(b"{}")),
    "bad padding": (KEY, VECTOR, base64.b64encode(b"x" * 16).decode()),
}


@pytest.mark.parametrize("given_data", UNFIT_USER_DATA.values(), ids=UNFIT_USER_DATA.keys())
def test_user_data_that_is_not_ours_is_refused_with_the_same_words(given_data: tuple[str, str, str]) -> None:
    with pytest.raises(CryptoError) as caught:
        decrypt_user_data(*given_data, "wx1")
    assert caught.value.args == CryptoError().args
    assert caught.value.__cause__ is None

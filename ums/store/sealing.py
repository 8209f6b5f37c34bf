"""Secrets at rest: AES-256-GCM, bound to the place they stand in.

A sealed value is `version (1 byte) ‖ nonce (12) ‖ tag (16) ‖ ciphertext`. The associated data names the
row, so that a value copied from one row to another can't be opened there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ums.domain.errors import Conflict

if TYPE_CHECKING:
    from Crypto.Cipher._mode_gcm import GcmMode

VERSION = b"\x01"
NONCE = 12
TAG = 16
MARK = 8
"""Hexadecimal digits."""
KEY_FILE = "secret.key"
SHORTEST_KEY = 16
"""Characters, as for the setting."""
OTHERS = 0o007
"""What users who are neither the owner nor of the group may do with a file."""


class SealBroken(Exception):
    """A sealed value can't be opened: another key, another place, or a changed byte."""


class Sealer:
    """Seals and opens with one key."""

    def __init__(self, secret_key: str) -> None:
        self._key = hashlib.sha256(b"ums sealing\0" + secret_key.encode()).digest()
        self._signing = hashlib.sha256(b"ums signing\0" + secret_key.encode()).hexdigest()
        self._mark = hashlib.sha256(b"ums installation\0" + secret_key.encode()).hexdigest()[:MARK]

    @property
    def signing_key(self) -> str:
        """For signing cookies: derived, so that it opens nothing sealed."""
        return self._signing

    @property
    def mark(self) -> str:
        """What tells this installation from others that share a broker with it; nothing opens with it."""
        return self._mark

    def seal(self, text: str, place: str) -> bytes:
        """`text`, readable only at `place` (such as `"channels:wechatmp123"`)."""
        nonce = secrets.token_bytes(NONCE)
        cipher = self._cipher(nonce, place)
        ciphertext, tag = cipher.encrypt_and_digest(text.encode())
        return VERSION + nonce + tag + ciphertext

    def open(self, sealed: bytes, place: str) -> str:
        """The text sealed at `place`. Raises SealBroken."""
        nonce, tag, ciphertext = (
            sealed[1 : 1 + NONCE],
            sealed[1 + NONCE : 1 + NONCE + TAG],
            sealed[1 + NONCE + TAG :],
        )
        if sealed[:1] != VERSION or len(tag) != TAG:
            raise SealBroken(f"the secret at {place} is not one of ours")
        cipher = self._cipher(nonce, place)
        try:
            return cipher.decrypt_and_verify(ciphertext, tag).decode()
        except ValueError as error:
            raise SealBroken(
                f"the secret at {place} can't be opened: was it sealed with another UMS_SECRET_KEY?"
            ) from error

    def _cipher(self, nonce: bytes, place: str) -> GcmMode:
        from Crypto.Cipher import AES  # only here, for what it costs to load: many commands seal and open nothing

        cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce, mac_len=TAG)
        cipher.update(place.encode())
        return cipher


def secret_key(configured: str, home: Path) -> str:
    """The installation's key: the configured one, else the one kept in the home directory, made on first use.

    Raises Conflict where the file holds no key, or can be read by everybody.
    """
    if configured:
        return configured
    path = home / KEY_FILE
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make_key(path)
    return _read_key(path)


def _read_key(path: Path) -> str:
    if path.stat().st_mode & OTHERS:
        raise Conflict(f"Everybody on this machine can read the key in {path}; change that with: chmod 600 {path}")
    key = path.read_bytes().decode("utf-8", "replace").strip()
    if len(key) < SHORTEST_KEY or not key.isprintable() or "\ufffd" in key:
        raise Conflict(
            f"{path} holds no key, which is a line of at least {SHORTEST_KEY} characters. Put back a copy of the "
            "key that this installation was made with; only if there are no secrets to lose, remove the file."
        )
    return key


def _make_key(path: Path) -> None:
    """Written whole and then linked into place, so that two processes starting together read one key."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=KEY_FILE)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()

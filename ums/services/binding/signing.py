"""Signed texts that serve once: what is handed out, and under which digest it is kept.

What nobody of us has signed is refused before the database is asked; what is kept is a digest, so that whoever
reads the database can't use anything.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import NamedTuple

from ums.domain.bind_ticket import NONCE_BYTES, SIGNATURE_BYTES, TICKET_LENGTH, Purpose, written
from ums.domain.identity import ALPHABET
from ums.services.gateway import Gateway

_NONCE_LENGTH = 26


class Issued(NamedTuple):
    """A new text, and the digest to keep."""

    text: str
    digest: str


def issue(gateway: Gateway, purpose: Purpose) -> Issued:
    """A text that nobody can guess or make, good for one purpose: 58 letters and digits."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    bare = written(nonce, bytes(SIGNATURE_BYTES))[:_NONCE_LENGTH]
    text = written(nonce, _signature(gateway, purpose, bare))
    return Issued(text, digest(text))


def checked(gateway: Gateway, purpose: Purpose, text: str) -> str | None:
    """The digest under which a text of ours is kept; None where we haven't signed it for this purpose."""
    if len(text) != TICKET_LENGTH or not set(text) <= set(ALPHABET):
        return None
    signature = written(bytes(NONCE_BYTES), _signature(gateway, purpose, text[:_NONCE_LENGTH]))[_NONCE_LENGTH:]
    return digest(text) if hmac.compare_digest(text[_NONCE_LENGTH:], signature) else None


def digest(text: str) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _signature(gateway: Gateway, purpose: Purpose, nonce: str) -> bytes:
    key = gateway.sealer.signing_key.encode()
    return hmac.digest(key, f"bind {purpose.value}\0{nonce}".encode(), "sha256")[:SIGNATURE_BYTES]

"""Signatures of posts, as Standard Webhooks 1.0 has them.

Signed is `id.timestamp.body`, by HMAC-SHA256; several signatures in one header let a secret be replaced
without losing a post.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"
SECRET_BYTES = 32
BOTH_SIGN = 24 * 60 * 60
"""Seconds that a replaced secret still signs, beside the new one."""


def secret_of(random: bytes) -> str:
    """A secret as receivers keep it."""
    return PREFIX + base64.b64encode(random).decode()


def signature(secrets: Iterable[str], webhook_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature by each secret."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signed(secret, signed)}" for secret in secrets)


def _signed(secret: str, text: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()

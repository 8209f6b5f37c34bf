"""Receipts as they arrive: is this request the gateway's?"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

TOLERANCE = 300.0
"""Seconds by which the gateway's clock and the receiver's may differ."""
_PREFIX = "whsec_"


class ForgedCallback(Exception):
    """Nobody who knows the secret has sent this, or somebody has kept it too long."""


def verify_callback(
    headers: Mapping[str, str], body: bytes, secret: str, *, now: float, tolerance: float = TOLERANCE
) -> None:
    """Check the Standard Webhooks signature of receipts; `now` is `time.time()`, `body` the bytes as they came.

    Raises ForgedCallback.
    """
    given = {name.lower(): text for name, text in headers.items()}
    sent, moment, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not moment.isdecimal() or abs(now - int(moment)) > tolerance:
        raise ForgedCallback("The time of this request is missing or too far from now.")
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = hmac.new(key, f"{sent}.{moment}.".encode() + body, hashlib.sha256).digest()
    wanted = f"v1,{base64.b64encode(signed).decode()}"
    if not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in signatures.split()):
        raise ForgedCallback("The signature doesn't match: check the secret, and that the body wasn't changed.")

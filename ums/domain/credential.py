"""Credentials: a key and its secret, and what those may look like that are brought along from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ums.domain.wire import RESERVED_CODES

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SECRET = re.compile(r"[!-~][ -~]{6,126}[!-~]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A key and its secret, shown once: the secret can't be read again."""

    key: str
    master_secret: str = field(repr=False)


def key_faults(key: str) -> list[str]:
    """What keeps `key` from being a ChannelKey or an AccessKey; nothing, if it is a good one.

    Those of the hosted UMS are 24 hexadecimal digits in all its samples.
    """
    if not _KEY.fullmatch(key):
        return ["8 to 64 letters, digits, - and _, such as 0123456789abcdef01234567."]
    if key.lower() in RESERVED_CODES:
        return [f"{key!r} already means something in uploads; bring another key."]
    return []


def secret_faults(secret: str) -> list[str]:
    """What keeps `secret` from being a MasterSecret; nothing, if it is a good one."""
    if not _SECRET.fullmatch(secret):
        return ["8 to 128 printable ASCII characters, without a space at either end."]
    return []

"""Where the rest of a list begins, told to a caller as a word without meaning."""

from __future__ import annotations

import base64
import binascii

from ums.domain.errors import InvalidRequest


def written(key: str) -> str:
    """The cursor that continues after `key`.

    >>> written("wechatmp123")
    'd2VjaGF0bXAxMjM'
    """
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def read(cursor: str) -> str:
    """The key that a cursor stands for. Raises InvalidRequest for a cursor that no answer gave."""
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise unknown() from None
    if not key:
        raise unknown()
    return key


def unknown() -> InvalidRequest:
    """The problem of a cursor that no answer gave."""
    text = "Not a cursor of ours: give the `next` of the answer before, or leave it out to begin."
    return InvalidRequest(f"cursor: {text}", errors={"cursor": [text]})

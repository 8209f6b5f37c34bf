"""The names that the gateway gives to what it is told to send."""

from __future__ import annotations

import hashlib
from functools import lru_cache

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: sorts as the number does, and has no letters that look alike."""
RANDOM_BYTES = 10


def message_id(now: float, random: bytes) -> str:
    """A msgid: opaque, URL-safe, 26 characters, sorting by time.

    48 bits of milliseconds and 80 random bits, as in the ULID specification. `random` is 10 bytes.
    """
    return in_base_32((int(now * 1000) & (1 << 48) - 1).to_bytes(6) + random, 26)


def in_base_32(raw: bytes, length: int) -> str:
    """Bytes as `length` letters and digits, five bits each, the first bits zero where there are too many.

    >>> in_base_32(bytes([255]), 2)
    '7z'
    """
    number = int.from_bytes(raw)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (length - 1), -1, -5))


def repeat_id(msgid: str, delivery_id: int) -> str:
    """32 hexadecimal digits that are the same for every attempt at one delivery, and for no other."""
    return f"{_of_message(msgid)}{delivery_id:016x}"


@lru_cache(maxsize=512)
def _of_message(msgid: str) -> str:
    """16 hexadecimal digits: two installations count their deliveries alike, and must not share an identity."""
    return hashlib.blake2s(msgid.encode(), digest_size=8).hexdigest()

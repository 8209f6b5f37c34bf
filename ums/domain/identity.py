"""The names that the gateway gives to what it is told to send."""

from __future__ import annotations

import hashlib

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: sorts as the number does, and has no letters that look alike."""
RANDOM_BYTES = 10


def message_id(now: float, random: bytes) -> str:
    """A msgid: opaque, URL-safe, 26 characters, sorting by time.

    48 bits of milliseconds and 80 random bits, as in the ULID specification. `random` is 10 bytes.
    """
    number = (int(now * 1000) << 80) | int.from_bytes(random)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def repeat_id(msgid: str, delivery_id: int) -> str:
    """32 hexadecimal digits that are the same for every attempt at one delivery, and for no other."""
    return hashlib.blake2s(f"{msgid}:{delivery_id}".encode(), digest_size=16).hexdigest()

"""Showing that something is there without showing it."""

from __future__ import annotations

SHOWN = 4


def masked(address: str) -> str:
    """An address for logs and screens: its ends, enough to compare, too little to use.

    >>> masked("oABCdefghijklmnopqrstuvwxyz1")
    'oABC…xyz1'
    """
    return f"{address[:SHOWN]}…{address[-SHOWN:]}" if len(address) >= SHOWN * 3 else "…"

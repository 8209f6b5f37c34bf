"""Showing that something is there without showing it."""

from __future__ import annotations

SHOWN = 4
"""Characters at either end that are shown of a long address; of a shorter one half as many, of a short one none."""


def masked(address: str) -> str:
    """An address for logs and screens: its ends, enough to compare, too little to use.

    >>> masked("oABCdefghijklmnopqrstuvwxyz1")
    'oABC…xyz1'
    """
    shown = next((ends for ends in (SHOWN, SHOWN // 2) if len(address) >= ends * 3), 0)
    return f"{address[:shown]}…{address[-shown:]}" if shown else "…"

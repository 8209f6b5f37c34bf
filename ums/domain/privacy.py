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


def hinted(userid: str) -> str:
    """A userid for a page that its person is to know himself on: as masked, but of a short one a letter stays.

    >>> hinted("zhangsan"), hinted("lisi"), hinted("me")
    ('zh…an', 'l…i', 'm…')
    """
    if len(userid) >= SHOWN // 2 * 3:
        return masked(userid)
    return f"{userid[:1]}…{userid[-1:] if len(userid) > SHOWN // 2 else ''}"

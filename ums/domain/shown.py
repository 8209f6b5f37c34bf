"""A stranger's words inside a sentence of ours: short, and safe to print and to encode."""

from __future__ import annotations

LONGEST = 64


def shown(word: str) -> str:
    """At most 64 characters of `word`, with what can't be printed or encoded written as an escape.

    >>> shown("zhangsan")
    'zhangsan'
    >>> shown("bell" + chr(7))
    'bell\\\\x07'
    """
    text = word if len(word) <= LONGEST else f"{word[:LONGEST]}…"
    return text if text.isprintable() else repr(text)[1:-1]

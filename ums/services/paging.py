"""Lists in pages: where one begins, how long it may be, and the cursor of the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ums.domain import cursor as cursors
from ums.domain.errors import InvalidRequest
from ums.domain.views import Page

T = TypeVar("T")

LONGEST_PAGE = 1000
PAGE = 100


def check_limit(limit: int) -> None:
    """Raises InvalidRequest for a length of page that isn't served."""
    if not 1 <= limit <= LONGEST_PAGE:
        text = f"A whole number from 1 to {LONGEST_PAGE}."
        raise InvalidRequest(f"limit: {text}", errors={"limit": [text]})


def after_id(cursor: str | None) -> int:
    """The id that a page begins after. Raises InvalidRequest for a cursor that no answer gave."""
    if cursor is None:
        return 0
    key = cursors.read(cursor)
    if not (key.isascii() and key.isdecimal() and len(key) <= 18):
        raise cursors.unknown()
    return int(key)


def page_of(found: Sequence[T], limit: int, key: Callable[[T], str]) -> Page[T]:
    """The first `limit` of `found`, of which one more was looked up; `key` is what the next page begins after."""
    shown = tuple(found[:limit])
    return Page(items=shown, next=cursors.written(key(shown[-1])) if len(found) > limit else None)

"""Blacklists and whitelists: named lists of userids that keep a message from users, or keep it to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LONGEST_LIST = 1_000_000
"""Userids on one list."""


class ListKind(StrEnum):
    """What a list does to a message that names it; each kind counts its numbers for itself."""

    BLACKLIST = "blacklist"
    """Its users get nothing."""
    WHITELIST = "whitelist"
    """Only its users get anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserList:
    """A list as it stands: the number that messages name it by, and how many userids it holds."""

    kind: ListKind
    id: int
    name: str
    count: int
    created_at: float
    updated_at: float

"""Blacklists and whitelists: named lists of userids that keep a message from users, or keep it to them."""

from __future__ import annotations

from enum import StrEnum

LONGEST_LIST = 1_000_000
"""Userids on one list."""


class ListKind(StrEnum):
    """What a list does to a message that names it; each kind counts its numbers for itself."""

    BLACKLIST = "blacklist"
    """Its users get nothing."""
    WHITELIST = "whitelist"
    """Only its users get anything."""

"""Followers: whether an address still takes what only followers get.

Source: WeChat's events `subscribe` and `unsubscribe`, and its refusal 43004 ("require subscribe"). Of many
addresses nothing is ever told: they are taken for followers, and the provider's refusal tells otherwise.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

NOT_FOLLOWING = "not_following"
"""Why what only followers get isn't sent to an address."""


class Follow(NamedTuple):
    """What a provider tells: an address follows from `at` on (unix seconds), or no longer does."""

    address: str
    following: bool
    at: float


class ToldBy(StrEnum):
    """How it is known whether an address follows."""

    EVENT = "event"
    """The provider pushed it."""
    REFUSAL = "refusal"
    """The provider refused a message; whoever binds the address again is believed."""
    LIST = "list"
    """The provider listed who follows, or was asked about the address."""

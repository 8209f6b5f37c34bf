"""What a provider's push tells: receipts of deliveries, and everything else that happened at the provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ums.domain.json import Json
from ums.domain.message import DAY
from ums.domain.receipt import Receipt

EVENTS_KEPT = 90 * DAY
"""Seconds for which a provider's events are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """Something that happened at a provider, in the provider's own words.

    `kind` is the provider's name for it (at most 64 characters), `address` whom it is about (empty where nobody is
    named), `at` when it happened, in unix seconds. `event_id` (at most 255 characters) is the same for every repeat
    of the push, so that a repeat changes nothing. `details` is what the push said, as JSON.
    """

    kind: str
    address: str
    event_id: str
    at: float
    details: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What one believed push to a channel told, and when it came (unix seconds)."""

    channel_id: int
    received_at: float
    receipts: tuple[Receipt, ...] = ()
    events: tuple[ProviderEvent, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be kept."""
        return not (self.receipts or self.events)

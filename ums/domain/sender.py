"""An application as routing sees it: its key, its preference, its granted channels."""

from __future__ import annotations

from dataclasses import dataclass

from ums.domain.channel_state import ChannelState
from ums.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A channel that an application may send on."""

    type: str
    channel_id: int
    code: str
    state: ChannelState
    version: int
    """Of its settings."""
    refreshed_at: float | None
    """When its list of templates was fetched last."""
    failing: bool = False
    """Whether its calls keep failing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """An application as routing sees it."""

    application_id: int
    channel_key: str
    preference: tuple[str, ...] | None
    granted: tuple[Granted, ...]
    policy: Policy
    words: int
    """How often the list of sensitive words has changed."""
    is_told: bool
    """Whether it has a URL that receipts may be posted to."""

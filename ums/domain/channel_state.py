"""Whether a channel can be sent on."""

from __future__ import annotations

from enum import StrEnum


class ChannelState(StrEnum):
    """Whether a channel can be sent on."""

    READY = "ready"
    PARKED = "parked"
    """The provider refused its credentials, IP or account; an operator must act, its queue is kept."""
    PAUSED = "paused"
    """An operator has paused it; its queue is kept."""
    CLOSED = "closed"
    """An operator has closed it."""
    DELETED = "deleted"
    """An operator has removed it; it is kept for its deliveries' sake alone."""

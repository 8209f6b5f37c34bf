"""A message: one accepted send."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class MessageStatus(StrEnum):
    """Where a message stands as a whole."""

    WAITING_APPROVAL = "waiting_approval"
    SCHEDULED = "scheduled"
    EXPANDING = "expanding"
    SENDING = "sending"
    DONE = "done"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class Priority(IntEnum):
    """Which lane a message's deliveries queue in; a lower number goes first."""

    HIGH = 1
    MEDIUM = 2
    LOW = 3


DAY = 24 * 60 * 60
DEFAULT_TIME_TO_LIVE = DAY
"""Seconds after which what is not handed to a provider is expired."""

MAX_TARGETS = 1000
"""Userids in one message, users in one upload (hosted UMS, error 1015004)."""

"""How a plugin says what became of an attempt; the tree is drawn in `ums.domain.outcome`."""

from __future__ import annotations

from ums.domain.outcome import (
    Accepted,
    AddressFault,
    BadAddress,
    BadChannel,
    BadContent,
    Fault,
    Resumption,
    SendError,
    Throttled,
    Transient,
    Uncertain,
)

__all__ = [
    "Accepted",
    "AddressFault",
    "BadAddress",
    "BadChannel",
    "BadContent",
    "Fault",
    "Resumption",
    "SendError",
    "Throttled",
    "Transient",
    "Uncertain",
]

"""A provider's push to the gateway, at `/hooks/<channel code>`, and what a plugin makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ums.domain.credit import Cause, CreditChange
from ums.domain.follow import Follow
from ums.domain.person import Gesture
from ums.domain.push import ProviderEvent
from ums.domain.receipt import Receipt
from ums.domain.window import Opening, Trigger

__all__ = [
    "Cause",
    "CreditChange",
    "Follow",
    "Forward",
    "Gesture",
    "HookRefused",
    "HookReply",
    "HookRequest",
    "Opening",
    "ProviderEvent",
    "Trigger",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRequest:
    """The push as it came: method (GET or POST), query, raw body (at most 64 KiB), and the time now."""

    method: str
    query: Mapping[str, str]
    body: bytes
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Where else a push is to go, as it came; `answers` says that somebody waits for what is answered there."""

    url: str
    answers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HookReply:
    """What to answer once `receipts`, `events` and `openings` are stored; where all are empty nothing is.

    `receipts` report on deliveries. `events` are everything else that the provider tells, of kinds that nothing
    uses yet as well: all are kept. `openings` are the windows that somebody has opened by what he did; of what he
    wrote nothing else is kept. A `gesture` is what he did that the gateway itself may answer, by `HasReplies`. With
    a `forward` the push is handed on after that; where that answers, and in time, its answer takes the place of
    `body`.
    """

    body: str
    receipts: tuple[Receipt, ...] = ()
    events: tuple[ProviderEvent, ...] = ()
    openings: tuple[Opening, ...] = ()
    gesture: Gesture | None = None
    forward: Forward | None = None
    content_type: str = "text/plain; charset=utf-8"


class HookRefused(Exception):
    """The push is forged, stale, or can't be read; it changes nothing. The text is for the log."""

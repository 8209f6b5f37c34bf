"""Whether a message may be sent as it is asked for, and when it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest
from ums.domain.message import DAY, MessageStatus
from ums.services.gateway import Gateway
from ums.store.db import Session
from ums.store.routes import Sender

FURTHEST = 30 * DAY
"""Seconds that a message may be scheduled ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known of a message before it is accepted; `send_at` None: at once."""

    contents: Mapping[str, Mapping[str, Json]]
    is_broadcast: bool
    owner: str | None
    send_at: float | None
    by_operator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """How a message begins: `sending`, `scheduled` for `start_at` (unix seconds), or `waiting_approval`."""

    status: MessageStatus
    start_at: float
    warnings: tuple[str, ...] = ()


def admit(session: Session, gateway: Gateway, sender: Sender, draft: Draft, now: float) -> Admission:
    """How the message begins. Raises InvalidRequest for a time that is too far ahead."""
    start_at = _start(draft.send_at, now)
    status = MessageStatus.SENDING if start_at <= now else MessageStatus.SCHEDULED
    return Admission(status=status, start_at=start_at)


def _start(send_at: float | None, now: float) -> float:
    """When sending is asked to begin; a time that has passed means now."""
    if send_at is None:
        return now
    if send_at > now + FURTHEST:
        text = f"must be at most {FURTHEST // DAY} days ahead, in unix seconds"
        raise InvalidRequest(f"option.send_at: {text}", errors={"option.send_at": [text]})
    return max(send_at, now)

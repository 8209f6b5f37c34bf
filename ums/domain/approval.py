"""Approval: a person looks at a message before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ums.domain.commands import Json


class ApprovalState(StrEnum):
    """What has become of the question whether a message may be sent."""

    WAITING = "waiting"
    """Nobody has decided yet."""
    APPROVED = "approved"
    """It was sent on, or will be at its time."""
    REFUSED = "refused"
    """It is not sent."""
    EXPIRED = "expired"
    """Its time to live ended before anybody decided."""
    WITHDRAWN = "withdrawn"
    """It was retracted before anybody decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A message that needs approval, and who has decided what, when and why.

    `msgid` names it. `owner` submitted it, in the application's own words. Times are unix seconds; `start_at` is
    when it begins, or would have. `contents` and `audience` are what it says and whom it is for, as they are
    stored.
    """

    msgid: str
    state: ApprovalState
    application: str
    owner: str | None
    sendno: str | None
    rule_id: int
    recipients: int
    contents: Mapping[str, Mapping[str, Json]]
    audience: Mapping[str, Json]
    created_at: float
    start_at: float
    expires_at: float
    decided_by: str
    decided_at: float | None
    reason: str

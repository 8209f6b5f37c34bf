"""How a drill is to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LOCAL, CELERY = "local", "celery"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
MINI_PROGRAM, OFFICIAL_ACCOUNT = "wechatmp", "wechatoa"


class CannotBeDone(Exception):
    """A drill can't be held here; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`recipients` are sent to within `seconds`, by `type`; what is broken stays so for `down` seconds.

    `more` are further settings of the gateway, by name.
    """

    type: str = MINI_PROGRAM
    engine: str = LOCAL
    database: str = SQLITE
    recipients: int = 20_000
    seconds: float = 180.0
    kills: int = 50
    down: float = 60.0
    lease: float = 15.0
    in_flight: int = 64
    latency_ms: float = 100.0
    seed: int = 7
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Calls a second."""
        return max(self.recipients / self.seconds, 1.0)

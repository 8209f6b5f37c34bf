"""What carries one call on an event loop: the seam behind which any HTTP client may stand.

Whichever does, it promises the same as `ums.provider.requests_driver`: a call ends within its `seconds`, an answer
has at most 1 MiB, redirects are answers, there are no cookies and no proxies but the call's own, nothing is ever
sent twice, and a call without a readable answer fails as `ums.provider.losses` says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ums.sdk.call import Call, Reply
from ums.sdk.errors import SendError

CONNECTING = 0.6
"""The share of a call's time that connecting may take, so that running out of the whole means: it left."""
NAMES_KEPT = 30
"""Seconds that a host's addresses are remembered; providers move hosts when a site fails."""
IDLE_KEPT = 20
"""Seconds that an idle connection is kept: less than servers do, so that they seldom close one under a call."""

Answered = Callable[[Reply | SendError], None]


class Transport(Protocol):
    """Carries calls on the event loop that was running when it was made."""

    def carry(self, call: Call, token: str | None, answered: Answered) -> None:
        """Make the call, and hand over its answer, or why there is none; once, and not before this returns."""

    async def close(self) -> None:
        """Close all connections; calls under way are lost, and their answers never handed over."""

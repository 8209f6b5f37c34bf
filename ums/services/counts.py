"""What limits count is forgotten once no limit looks back to it."""

from __future__ import annotations

from ums.domain.local_day import local_day
from ums.domain.message import DAY
from ums.services.gateway import Gateway
from ums.store import broadcasts, quotas, user_sends

DAYS_KEPT = 7
"""Days for which the calls to an endpoint are still known."""
CLEARS_KEPT = 62 * DAY
"""Seconds for which a clear of a quota is known: its month at least."""
BATCH = 5000
"""Rows of one application that one transaction drops, give or take those of one moment."""


def forget(gateway: Gateway) -> None:
    """Drop days that are over, and what no frequency cap looks back to any more."""
    now = gateway.clock.now()
    yesterday = local_day(now - DAY, gateway.settings.quota_timezone).date
    with gateway.database.write() as session:
        broadcasts.forget(session, yesterday)
        quotas.forget(
            session, local_day(now - DAYS_KEPT * DAY, gateway.settings.quota_timezone).date, now - CLEARS_KEPT
        )
    while _dropped_some(gateway, now):
        pass


def _dropped_some(gateway: Gateway, now: float) -> bool:
    with gateway.database.write() as session:
        return user_sends.forget(session, now, BATCH)

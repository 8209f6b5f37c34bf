"""What binding leaves behind is dropped in time: by the clock, in small steps."""

from __future__ import annotations

from ums.domain.binding_history import CHANGES_KEPT
from ums.domain.message import DAY
from ums.services.gateway import Gateway
from ums.store import binding_changes, conflicts, outlived

BATCH = 2000
"""Rows of a kind that one transaction drops."""


def forget(gateway: Gateway) -> None:
    """Drop tickets, visits, results and sessions a day after their end, old changes, and conflicts of nobody."""
    with gateway.database.write() as session:
        conflicts.forget_empty(session)
    while _forget_some(gateway):
        pass


def _forget_some(gateway: Gateway) -> bool:
    now = gateway.clock.now()
    with gateway.database.write() as session:
        more = outlived.forget(session, now - DAY, BATCH)
        return binding_changes.forget(session, now - CHANGES_KEPT, BATCH) or more

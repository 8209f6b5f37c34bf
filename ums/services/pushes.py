"""Keeping what pushes tell, once each, and for as long as it may be asked for."""

from __future__ import annotations

from ums.domain.push import EVENTS_KEPT, Push
from ums.services import receipts
from ums.services.gateway import Gateway
from ums.store import provider_events
from ums.store.db import Session

BATCH = 5000
"""Events that one transaction drops."""


def store(gateway: Gateway, push: Push) -> None:
    """Keep what a push tells. Raises Unavailable where the database can't take it."""
    gateway.database.write_together(lambda session: keep(session, gateway, push, push.received_at))


def keep(session: Session, gateway: Gateway, push: Push, now: float) -> None:
    """Keep each receipt and each event of a push once; what the receipts change happens `now`."""
    for event in push.events:
        provider_events.keep(session, push.channel_id, event, push.received_at)
    if push.receipts:
        receipts.keep_all(session, gateway, push.channel_id, push.receipts, now)


def forget(gateway: Gateway) -> None:
    """Drop the events that have been kept long enough."""
    before = gateway.clock.now() - EVENTS_KEPT
    while _dropped_some(gateway, before):
        pass


def _dropped_some(gateway: Gateway, before: float) -> bool:
    with gateway.database.write() as session:
        return provider_events.forget(session, before, BATCH)

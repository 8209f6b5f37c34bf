"""Keeping what pushes tell: once each, wherever it can be kept, and for as long as it may be asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

from ums.domain.erasure import addresses_in, without
from ums.domain.errors import Unavailable
from ums.domain.follow import ToldBy
from ums.domain.json import written
from ums.domain.message import DAY
from ums.domain.push import EVENTS_KEPT, ProviderEvent, Push, push_item, push_of
from ums.logs import get_logger
from ums.services import credits, erasing, receipts
from ums.services.gateway import Gateway
from ums.store import channels, erasures, follows, locks, provider_events, windows
from ums.store.db import Session

log = get_logger(__name__)

BATCH = 5000
"""Events that one transaction drops."""


def store(gateway: Gateway, push: Push) -> None:
    """Keep what a push tells: in the database or, where that can't take it within half a second, in the spool.

    Raises Unavailable where neither can take it.
    """
    try:
        gateway.database.write_promptly(lambda session: keep(session, gateway, push, push.received_at))
    except Unavailable as trouble:
        _spool(gateway, push, trouble)


def _spool(gateway: Gateway, push: Push, trouble: Unavailable) -> None:
    try:
        is_first = gateway.spool.put(written(push_item(push)).encode(errors="replace"))
    except OSError as refusal:
        log.error("a push can be kept nowhere", action="push_refused", cause=str(refusal), database=trouble.message)
        raise trouble from refusal
    if is_first:
        log.warning("pushes wait in the spool", action="push_spooled", cause=trouble.message)


def drain(gateway: Gateway) -> None:
    """Store what waits in the spool. Raises Unavailable where the database still can't take it; nothing is lost."""
    gateway.spool.hand_over(partial(_store_all, gateway))


def _store_all(gateway: Gateway, records: Sequence[bytes]) -> None:
    """Store records together, or where one of them can't be stored each by itself, and set that one aside."""
    try:
        with gateway.database.write() as session:
            for record in records:
                _keep_late(session, gateway, push_of(json.loads(record)))
    except Unavailable:
        raise
    except Exception:
        if len(records) == 1:
            log.exception("a push in the spool can't be used", action="push_set_aside")
            gateway.spool.set_aside(*records)
            return
        for record in records:
            _store_all(gateway, [record])


def _keep_late(session: Session, gateway: Gateway, push: Push) -> None:
    """Keep a push that has waited, unless its channel has been removed meanwhile."""
    if channels.by_id(session, push.channel_id) is not None:
        keep(session, gateway, push, gateway.clock.now())


def keep(session: Session, gateway: Gateway, push: Push, now: float) -> None:
    """Keep each receipt and each event of a push once; what the receipts change happens `now`.

    Of an address that was erased before, what happened until then is kept without it.
    """
    locks.share_channel(session, push.channel_id)
    push = without(push, erasures.erased_among(session, push.channel_id, addresses_in(push)))
    for event in push.events:
        if provider_events.keep(session, push.channel_id, event, push.received_at):
            _apply(session, push, event)
    windows.open_(session, push.channel_id, push.openings)
    if push.events or push.openings:
        windows.listen(session, push.channel_id, push.received_at)
    if push.receipts:
        receipts.keep_all(session, gateway, push.channel_id, push.receipts, now)


def _apply(session: Session, push: Push, event: ProviderEvent) -> None:
    """What follows from an event that is told for the first time."""
    if event.credits:
        credits.apply(session, push.channel_id, event.credits, push.received_at)
    if event.follow is not None:
        follows.tell(session, push.channel_id, event.follow, ToldBy.EVENT)
    if event.erases:
        erasing.begin(session, push.channel_id, event.address, event.kind, push.received_at)


def forget(gateway: Gateway) -> None:
    """Drop the events that have been kept long enough, and the windows that closed a day ago."""
    before = gateway.clock.now() - EVENTS_KEPT
    while _dropped_some(gateway, before):
        pass


def _dropped_some(gateway: Gateway, before: float) -> bool:
    closed_before = gateway.clock.now() - DAY
    with gateway.database.write() as session:
        some_closed = windows.forget(session, closed_before, BATCH)
        return provider_events.forget(session, before, BATCH) or some_closed

"""The receipts of test messages, which no provider will send."""

from __future__ import annotations

from ums.domain.rehearsal import SILENT, receipts
from ums.services.gateway import Gateway
from ums.services.receipts import keep_all
from ums.store.rehearsals import awaiting

REPORTED_AFTER = 1.0
"""Seconds from the acceptance of a test message to its receipts: long enough to be seen on the way."""
BATCH = 500
"""Deliveries whose receipts are kept in one transaction."""


def report(gateway: Gateway) -> None:
    """Play the receipts that are due. Repeatable: each is kept once, whoever plays it."""
    now = gateway.clock.now()
    after = 0
    while True:
        with gateway.database.read() as session:
            due = awaiting(session, before=now - REPORTED_AFTER, after=after, silent=SILENT, limit=BATCH)
        if not due:
            return
        with gateway.database.write() as session:
            for part, channel_id in due:
                keep_all(session, gateway, channel_id, receipts(part), now)
        after = due[-1][0].delivery_id

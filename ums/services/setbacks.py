"""After the clock was set back: what was due by the former time is due now, not when that time comes again."""

from __future__ import annotations

from ums.logs import get_logger
from ums.services.gateway import Gateway
from ums.store import setbacks

log = get_logger(__name__)

SLACK = 60.0
"""Seconds by which the clocks of several machines may differ, and which are simply waited for."""
BATCH = 2000
"""Rows changed in one transaction, so that it never holds the write lock for long."""


def mend(gateway: Gateway, back: float = 0.0) -> int:
    """Bring forward what waits for a time that was near before the clock was set `back` by so many seconds.

    With 0 it isn't known whether it was, as after a start: the rows themselves tell. How many deliveries were
    brought forward. Safe when several processes do it. Raises Unavailable as `Database.write` does.
    """
    now = gateway.clock.now()
    with gateway.database.read() as session:
        latest = setbacks.latest(session, now + SLACK)
    back = max(back, latest - now if latest is not None else 0.0)
    if back <= SLACK:
        return 0
    mended = 0
    while latest is not None:
        with gateway.database.write() as session:
            count = setbacks.bring_forward(session, back=back, now=now, latest=now + SLACK, limit=BATCH)
        mended += count
        if count < BATCH:
            break
    with gateway.database.write() as session:
        setbacks.shorten_rests(session, back=back, now=now)
    log.warning("the clock was set back", action="clock_set_back", seconds=round(back), brought_forward=mended)
    return mended

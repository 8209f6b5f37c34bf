"""What is kept for a time: how old the oldest of it is, and about how much of it is over."""

from __future__ import annotations

from ums.domain.retention import Due, Kind
from ums.services.gateway import Gateway
from ums.services.retention import keeping
from ums.store import purging, walks
from ums.store.db import Session
from ums.store.purging import BEGINNING

MOST_COUNTED = 100_000
"""Messages that are counted at most: a look must not take long, however much is over."""
EVER = float("inf")


def due(gateway: Gateway) -> tuple[Due, ...]:
    """What is over, kind by kind."""
    now = gateway.clock.now()
    kept = keeping(gateway)
    with gateway.database.read() as session:
        return tuple(_due(session, kind, kept.days(kind), kept.before(kind, now)) for kind in Kind)


def _due(session: Session, kind: Kind, days: int, before: float | None) -> Due:
    match kind:
        case Kind.DELIVERIES:
            return _deliveries(session, days, before)
        case Kind.MESSAGES:
            found = [] if before is None else purging.outlived(session, before, MOST_COUNTED)
            rows, oldest = len(found), purging.oldest_head(session)
            return Due(kind=kind, days=days, oldest=oldest, rows=rows, more=rows == MOST_COUNTED)
        case _:
            return _walked(session, kind, days, before)


def _deliveries(session: Session, days: int, before: float | None) -> Due:
    """As many rows as users; whoever fell over to another channel has more."""
    first = purging.ended(session, EVER, BEGINNING, 1)
    found = [] if before is None else purging.ended(session, before, BEGINNING, MOST_COUNTED)
    return Due(
        kind=Kind.DELIVERIES,
        days=days,
        oldest=first[0].finished_at if first else None,
        rows=sum(message.recipients for message in found),
        more=len(found) == MOST_COUNTED,
    )


def _walked(session: Session, kind: Kind, days: int, before: float | None) -> Due:
    """As many rows as there are numbers up to the first one that isn't over, which is found by halving."""
    after = walks.walked_to(session, kind)
    first = walks.first(session, kind, after)
    if first is None or before is None:
        return Due(kind=kind, days=days, oldest=first[1] if first else None, rows=0)
    low, high = first[0] - 1, walks.last(session, kind) - 1
    while low < high:
        middle = (low + high) // 2
        found = walks.first(session, kind, middle)
        if found is None or found[1] > before:
            high = middle
        else:
            low = min(found[0], high)
    return Due(kind=kind, days=days, oldest=first[1], rows=max(low - first[0] + 1, 0))

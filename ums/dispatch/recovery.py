"""After a death: what a worker held is queued, settled or left as unknown, as far as can be known.

On the machine where it died its flight recorder tells: never called → queued again, uncounted; answered →
settled with that answer; called → unknown. Elsewhere everything it held counts as called.

Whoever only seems dead may wake up at any moment. So whether it lives, what it holds and what it has called is
looked at within the transaction that takes it all away: a worker that beats afterwards finds itself declared dead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ums.dispatch import settling
from ums.dispatch.job import Job, Result
from ums.dispatch.preparing import Preparer, played
from ums.dispatch.recorder import SUFFIX, Entry, abandoned, owner_of, read
from ums.dispatch.results import Results
from ums.domain.errors import Unavailable
from ums.domain.outcome import Uncertain
from ums.domain.rehearsal import TEST_ENDPOINT
from ums.logs import get_logger
from ums.services.gateway import Gateway
from ums.store import outbox, workers
from ums.store.db import Session
from ums.store.outbox import Claimed

log = get_logger(__name__)

Flights = Mapping[tuple[int, int], Entry]

Write = Callable[[Session, Gateway, str, Results, float], None]

DIED = "worker_died"


def flight_directory(gateway: Gateway) -> Path:
    """Where this installation's flight recorders lie."""
    return gateway.settings.home / "flights"


def reclaim_abandoned(gateway: Gateway) -> None:
    """Clean up after processes that died on this machine, without waiting for their leases to run out."""
    for path in abandoned(flight_directory(gateway)):
        _reclaim(gateway, owner_of(path), is_gone=True)
        path.unlink(missing_ok=True)


def reclaim_overdue(gateway: Gateway, owner: str, now: float) -> None:
    """Clean up after workers whose lease ran out, on whatever machine they were."""
    reclaim_abandoned(gateway)
    with gateway.database.read() as session:
        dead = workers.overdue(session, now, gateway.settings.lease_seconds)
    for worker in dead:
        if worker != owner:
            _reclaim(gateway, worker, is_gone=False)


def _reclaim(gateway: Gateway, dead: str, *, is_gone: bool) -> None:
    """Deal with everything that `dead` held, unless its process isn't known to be gone, and lives after all."""
    try:
        _take_over(gateway, dead, settling.write, is_gone=is_gone)
    except Unavailable:
        raise
    except Exception:  # what can't be settled now could not be at the next start either
        log.exception("a dead worker's deliveries could not be settled", action="settling_failed", worker=dead)
        _take_over(gateway, dead, settling.write_bare, is_gone=is_gone)


def _take_over(gateway: Gateway, dead: str, write: Write, *, is_gone: bool) -> None:
    with gateway.database.write() as session:
        # asked for here and not before: the turn may have been waited for, and been the other's
        now = gateway.clock.now()
        if not is_gone and workers.lives(session, dead, now, gateway.settings.lease_seconds):
            return
        held, flights = outbox.held_by(session, dead), _flights(gateway, dead)
        never_called = [row for row in held if flights is not None and (row.id, row.attempt) not in flights]
        outbox.release(session, dead, [row.id for row in never_called], now)
        preparer = Preparer(gateway)
        unsettled = [row for row in held if row not in never_called]
        results = [_result(preparer, session, row, flights, now) for row in unsettled]
        write(session, gateway, dead, settling.settled(gateway, results), now)
        workers.end(session, dead, workers.DEAD)
    log.warning(
        "a worker died; its deliveries were taken over",
        action="worker_reclaimed",
        worker=dead,
        queued=len(never_called),
        settled=len(unsettled),
    )


def _flights(gateway: Gateway, dead: str) -> Flights | None:
    """What its recorder tells of its calls; None where it isn't on this machine, or not any more."""
    try:
        return read(flight_directory(gateway) / f"{dead}{SUFFIX}")
    except FileNotFoundError:
        return None


def _result(preparer: Preparer, session: Session, row: Claimed, flights: Flights | None, now: float) -> Result:
    """What is known of one call: its answer where it was seen, else that it may have arrived."""
    if row.endpoint == TEST_ENDPOINT:
        return played(row, 0, now)
    entry = flights.get((row.id, row.attempt)) if flights is not None else None
    known = entry.outcome if entry is not None else None
    # the channel's version doesn't matter here: nothing is called
    made = preparer.job(session, row, 0, now)
    outcome = known if known is not None else Uncertain(DIED)
    called_at = entry.called_at if entry is not None else row.first_called_at or now
    ended_at = entry.answered_at if entry is not None and known is not None else now
    if isinstance(made, Job):
        return made.ended(outcome, called_at, ended_at)
    return made._replace(outcome=outcome, called_at=called_at, ended_at=ended_at)

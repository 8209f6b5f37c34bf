"""What needs an open window is called only while one is open and takes one more message.

A place in the window is reserved in the transaction that claims the delivery, and settled with its result, as
credits are. A channel knows of all windows once its pushes have come for as long as the longest of them lasts;
until then an address of which nothing is known is tried, or not, as the channel's settings say.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from ums.dispatch.job import Job, Result, Settled
from ums.dispatch.results import Results
from ums.domain.credit import Fate, fate_of
from ums.domain.outcome import AddressFault, BadAddress
from ums.domain.window import LONGEST, OUTSIDE_WINDOW, WINDOW_USED_UP
from ums.store import windows
from ums.store.db import Session
from ums.store.windows import WindowPlace


def within_windows(session: Session, made: Sequence[Job | Result], now: float) -> Sequence[Job | Result]:
    """The jobs with the places they need reserved; for those that can't be had, results that say so."""
    return [
        _with_a_place(session, one, now) if isinstance(one, Job) and one.prepared.windowed else one for one in made
    ]


def _with_a_place(session: Session, job: Job, now: float) -> Job | Result:
    reason = _obstacle(session, job, now)
    return job.uncalled(BadAddress(reason, scope=AddressFault.WINDOW), now) if reason else job


def _obstacle(session: Session, job: Job, now: float) -> str:
    """Why a job must not be called now; empty where it may, its place reserved."""
    place = WindowPlace(*job.place)
    if windows.reserve(session, place, job.claimed.id, now):
        return ""
    if windows.is_open(session, place, now):
        return WINDOW_USED_UP
    if job.line.tries_unheard and not _is_heard(session, job, place, now):
        return ""
    return OUTSIDE_WINDOW


def _is_heard(session: Session, job: Job, place: WindowPlace, now: float) -> bool:
    """Whether the gateway would know of a window that is open."""
    if windows.has_ended(session, place):
        return True
    since = windows.listening_since(session, place.channel_id) if job.line.hears else None
    return since is not None and now - since >= LONGEST


def settle(session: Session, results: Results, now: float) -> None:
    """What their deliveries held is used up, given back or kept; where a provider refused, windows close."""
    for some in results.accepted:
        for delivery_id in windows.held(session, [*compress(some.ids, some.windowed)]):
            windows.settle(session, delivery_id, used=True)
    settle_others(session, results.others, now)


def settle_others(session: Session, others: Sequence[Settled], now: float) -> None:
    """As `settle`."""
    statuses = {one.result.claimed.id: one.settlement.status for one in others if one.result.windowed}
    for delivery_id in windows.held(session, list(statuses)):
        fate = fate_of(statuses[delivery_id])
        if fate is not None:
            windows.settle(session, delivery_id, used=fate is Fate.SPENT)
    for one in others:
        _close_refused(session, one.result, now)


def _close_refused(session: Session, result: Result, now: float) -> None:
    outcome, called_at = result.outcome, result.called_at
    if called_at is None or not isinstance(outcome, BadAddress) or outcome.scope is not AddressFault.WINDOW:
        return
    place = WindowPlace(result.claimed.channel_id, result.claimed.address)
    if outcome.reason == WINDOW_USED_UP:
        windows.fill(session, place, called_at, now)
    else:
        windows.close(session, place, called_at, now)

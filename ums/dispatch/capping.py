"""An application's frequency cap is looked at once more where a message is about to be called.

When it was routed, others were perhaps still on their way: a batch of twenty to one person, or what had waited for
a paused channel. The deliveries that were made before go first, and while they may still use up what is left, the
others wait a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ums.dispatch.job import Job, Result
from ums.domain.outcome import HeldBack, SendError, Transient
from ums.domain.policy import FrequencyCap
from ums.domain.routing import Obstacle
from ums.store import locks, user_sends
from ums.store.db import Session

LOOK_AGAIN = 1.0
"""Seconds."""


def within_caps(session: Session, made: Sequence[Job | Result], now: float) -> Sequence[Job | Result]:
    """The jobs that the caps let through; for the others, results that say so. What falls over was let through."""
    caps = user_sends.caps(session)
    if not caps:
        return made
    locks.hold(session, "frequency caps")
    return [_capped(session, one, caps, now) if isinstance(one, Job) else one for one in made]


def _capped(session: Session, job: Job, caps: Mapping[int, FrequencyCap], now: float) -> Job | Result:
    fault = _fault(session, job, caps.get(job.prepared.application_id), now)
    return job if fault is None else job.uncalled(fault, now)


def _fault(session: Session, job: Job, cap: FrequencyCap | None, now: float) -> SendError | None:
    """Why a job must not be called now, if it mustn't."""
    claimed = job.claimed
    if cap is None or claimed.step or not claimed.userid:
        return None
    others = user_sends.Others(job.prepared.application_id, claimed.userid, claimed.message_id, claimed.id)
    taken, under_way = user_sends.taken_by_others(session, others, now - cap.seconds)
    if taken >= cap.messages:
        return HeldBack(Obstacle.FREQUENCY_CAP)
    if taken + under_way >= cap.messages:
        return Transient(Obstacle.FREQUENCY_CAP, after=LOOK_AGAIN)
    return None

"""A repeat of what may have arrived is harmless only while the provider drops it: asked once more before the call.

It was asked when the repeat was queued. Since then the gateway may have been down, the channel parked, or the
provider busy for longer than its window.
"""

from __future__ import annotations

from collections.abc import Sequence

from ums.dispatch.job import Job, Result
from ums.domain.outcome import Uncertain
from ums.store import endings
from ums.store.db import Session

TOO_LATE = "repeat_too_late"


def in_time(session: Session, made: Sequence[Job | Result], now: float) -> Sequence[Job | Result]:
    """The jobs but for those that would reach somebody twice; for these, results that say so."""
    late = [
        one.claimed.id
        for one in made
        if (first := one.claimed.first_called_at) is not None
        and isinstance(one, Job)
        and not _is_within_its_window(one, first, now)
    ]
    if not late:
        return made
    doubtful = endings.that_may_have_arrived(session, late)
    return [
        one.uncalled(Uncertain(TOO_LATE), now) if isinstance(one, Job) and one.claimed.id in doubtful else one
        for one in made
    ]


def _is_within_its_window(job: Job, first: float, now: float) -> bool:
    """Whether the provider is sure to remember the first call for it."""
    return first <= now < first + job.prepared.repeat_window

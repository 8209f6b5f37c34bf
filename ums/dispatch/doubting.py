"""What may have arrived is sent again only while its provider is sure to drop a repeat.

A delivery whose answer was lost is queued for a repeat within that time. It may have waited longer: for a quota,
for a channel that was put out of use, or in a long queue. Then it is left as unconfirmed.
"""

from __future__ import annotations

from collections.abc import Sequence

from ums.dispatch.job import Job, Result
from ums.domain.outcome import Uncertain
from ums.store import endings
from ums.store.db import Session

TOO_LATE = "too_late_to_repeat"
"""The reason of a delivery that may have arrived, and waited so long that a repeat might arrive as well."""


def harmless(session: Session, made: Sequence[Job | Result], now: float) -> Sequence[Job | Result]:
    """The jobs that can do no harm; for the others, results that say that nobody knows."""
    late = [one.claimed.id for one in made if isinstance(one, Job) and _is_late(one, now)]
    doubtful = endings.that_may_have_arrived(session, late)
    if not doubtful:
        return made
    return [
        one.uncalled(Uncertain(TOO_LATE), now) if isinstance(one, Job) and one.claimed.id in doubtful else one
        for one in made
    ]


def _is_late(job: Job, now: float) -> bool:
    """Whether the provider may no longer drop a repeat of an earlier call."""
    first = job.claimed.first_called_at
    return first is not None and now >= first + job.prepared.repeat_window

"""A repeat of what may have arrived is harmless only while the provider drops it: asked once more before the call.

It was asked when the repeat was queued. Since then the gateway may have been down, the channel parked, or the
provider busy for longer than its window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ums.dispatch.job import Job, Result
from ums.domain.outcome import Uncertain
from ums.store import endings
from ums.store.db import Session

TOO_LATE = "repeat_too_late"


def in_time(session: Session, made: Iterable[Job | Result], now: float) -> Iterator[Job | Result]:
    """The jobs but for those that would reach somebody twice; for these, results that say so."""
    candidates = list(made)
    late = [one.claimed.id for one in candidates if isinstance(one, Job) and _is_past_its_window(one, now)]
    doubtful = endings.that_may_have_arrived(session, late)
    for one in candidates:
        if isinstance(one, Job) and one.claimed.id in doubtful:
            yield one.uncalled(Uncertain(TOO_LATE), now)
        else:
            yield one


def _is_past_its_window(job: Job, now: float) -> bool:
    """Whether it was called before, and the provider may have forgotten that."""
    first = job.claimed.first_called_at
    return first is not None and not first <= now < first + job.prepared.repeat_window

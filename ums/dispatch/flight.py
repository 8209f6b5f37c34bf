"""A delivery in the hands of the loop, from its claim until its answer is there."""

from __future__ import annotations

from dataclasses import dataclass

from ums.dispatch.job import Job
from ums.dispatch.recorder import FlightRecorder

Fence = tuple[int, int]
"""A delivery and the number of the attempt: what must still be true for its result to be written."""
Place = tuple[int, str]
"""A channel and an address on it."""


@dataclass(slots=True, eq=False)
class Flight:
    """One job under way. Belongs to the loop alone, which asks for its fence and its place several times."""

    job: Job
    fence: Fence
    place: Place
    recorder: FlightRecorder | None = None
    """Of the life in which it was started."""
    called_at: float | None = None
    """When its call left, as far as it has."""

    @classmethod
    def of(cls, job: Job) -> Flight:
        """A job that waits to be started."""
        return cls(job, job.fence, job.place)

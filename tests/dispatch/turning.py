"""Sending processes whose turns are taken one by one, under a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.dispatch.processes import unlimited
from tests.dispatch.stage import Stage, set_up
from tests.factories import create_gateway
from tests.fakes import FakeProvider, FrozenClock
from ums.dispatch.desk import Desk
from ums.dispatch.job import Job, Result
from ums.domain.outcome import Accepted, SendError


@contextmanager
def staged(home: Path, clock: FrozenClock, in_flight: int = 512) -> Iterator[Stage]:
    """A gateway without a pace, whose processes have so many slots."""
    opened = create_gateway(home=home, clock=clock, allowed_networks=["127.0.0.0/8"])
    gateway = replace(opened, settings=replace(opened.settings, in_flight=in_flight))
    with FakeProvider() as provider:
        made = set_up(gateway, provider)
        unlimited(made)
        yield made
    gateway.close()


class Process:
    """A sending process; its calls end as it is told."""

    def __init__(self, stage: Stage, clock: FrozenClock) -> None:
        self.desk = Desk(stage.gateway)
        self.desk.enlist()
        self._clock = clock

    def turn(self, results: Sequence[Result] = (), *, after: float = 1.0, room: int = 100) -> list[Job]:
        """What is to be called after a turn, so many seconds after the last."""
        self._clock.advance(after)
        turn = self.desk.turn(results, room)
        if turn.failed:
            self.desk.turn(turn.failed, 0)
        return list(turn.jobs)

    def ended(self, jobs: Sequence[Job], outcome: Accepted | SendError) -> list[Result]:
        now = self._clock.now()
        return [job.ended(outcome, now, now) for job in jobs]

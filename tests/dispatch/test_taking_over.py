"""Workers that only seem dead: what is taken away from whom, and that nobody is called by both."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy import select, update

from tests.databases import Overtaken
from tests.dispatch.processes import people, unlimited
from tests.dispatch.stage import Stage, dispatching
from tests.fake_provider import FakeCall
from ums.clock import SystemClock
from ums.dispatch import recovery
from ums.dispatch.desk import Desk
from ums.dispatch.recorder import FlightRecorder
from ums.dispatch.recovery import flight_directory
from ums.store.db import Database
from ums.store.models import WorkerRow

pytestmark = pytest.mark.both_databases

BEFORE_ITS_LEASE = 2.0


class SleepyClock(SystemClock):
    """The machine's clock. The event loop sleeps where it first asks for the time after that is wanted."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ahead = 0.0
        self.may_sleep = threading.Event()

    def now(self) -> float:
        is_loop = not threading.current_thread().name.startswith("desk")
        if is_loop and self.may_sleep.is_set():
            self.may_sleep.clear()
            self._ahead = self._seconds
        return super().now() + self._ahead


def is_overdue(stage: Stage) -> None:
    with stage.gateway.database.write() as session:
        session.execute(update(WorkerRow).values(lease_until=0.0))


def test_a_worker_that_beats_just_before_it_is_taken_for_dead_keeps_what_it_holds(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    desk = Desk(stage.gateway)
    recorder = FlightRecorder(flight_directory(stage.gateway), desk.enlist(), slots=2)
    is_overdue(stage)

    def wakes() -> None:
        """It beats, claims, and calls: what was looked at before that isn't so any more."""
        desk.beat_at = 0.0
        (job,) = desk.turn([], 1).jobs
        recorder.called(*job.fence, 1.0)

    database = cast("Database", Overtaken(stage.gateway.database, wakes))
    recovery.reclaim_overdue(replace(stage.gateway, database=database), "another", stage.gateway.clock.now())
    assert stage.progress(msgid).counts == {"sending": 1}
    recorder.close()


def test_what_it_calls_until_it_is_taken_for_dead_counts_as_called(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    desk = Desk(stage.gateway)
    recorder = FlightRecorder(flight_directory(stage.gateway), desk.enlist(), slots=2)
    (job,) = desk.turn([], 1).jobs
    is_overdue(stage)
    database = cast("Database", Overtaken(stage.gateway.database, lambda: recorder.called(*job.fence, 1.0)))
    recovery.reclaim_overdue(replace(stage.gateway, database=database), "another", stage.gateway.clock.now())
    assert stage.progress(msgid).counts == {"unconfirmed": 1}
    recorder.close()


def test_a_worker_claims_nothing_under_the_name_that_was_declared_dead(stage: Stage) -> None:
    """As where another's clock runs ahead: it hears of its death only when it beats again."""
    desk = Desk(stage.gateway)
    dead = desk.enlist()
    is_overdue(stage)
    recovery.reclaim_overdue(stage.gateway, "another", stage.gateway.clock.now())
    msgid = stage.send([stage.user("u1", app="fake-1")])
    turn = desk.turn([], 1)
    assert (turn.owner != dead, list(turn.jobs), stage.progress(msgid).counts) == (True, [], {"queued": 1})
    (job,) = desk.turn([], 1).jobs
    assert job.claimed.userid == "u1"


def test_a_trouble_with_what_others_left_does_not_undo_a_turn(stage: Stage) -> None:
    (flight_directory(stage.gateway) / "odd.flight").mkdir(parents=True)
    stage.send([stage.user("u1", app="fake-1")])
    desk = Desk(stage.gateway)
    desk.enlist()
    desk.beat_at -= stage.gateway.settings.lease_seconds / 2
    assert len(desk.turn([], 1).jobs) == 1


def test_what_waits_for_its_token_is_not_called_by_who_was_declared_dead_meanwhile(stage: Stage) -> None:
    unlimited(stage)
    may_answer = threading.Event()
    stage.provider.on_call = lambda call: may_answer.wait(20) if call.path == "/token" else None
    settings = replace(stage.gateway.settings, lease_seconds=BEFORE_ITS_LEASE)
    gateway = replace(stage.gateway, settings=settings)
    msgid = stage.send(people(stage, 5))
    with dispatching(gateway):
        stage.wait(lambda: stage.provider.called("/token") == 1)
        is_overdue(stage)
        recovery.reclaim_overdue(gateway, "another", gateway.clock.now())
        # reborn by its next beat, it claims them anew, and waits for the same token
        stage.wait(lambda: stage.progress(msgid).counts == {"sending": 5})
        may_answer.set()
        assert stage.wait_until_done(msgid).counts == {"accepted": 5}
    assert set(stage.calls_by_address().values()) == {1}


def test_who_falls_asleep_just_before_a_call_makes_it_only_after_a_beat(stage: Stage) -> None:
    clock = SleepyClock(2 * stage.gateway.settings.lease_seconds)
    leases: list[bool] = []

    def on_call(call: FakeCall) -> None:
        if call.path == "/token":
            clock.may_sleep.set()
        else:
            with stage.gateway.database.read() as session:
                leases.extend(lease >= clock.now() for lease in session.scalars(select(WorkerRow.lease_until)))

    stage.provider.on_call = on_call
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(replace(stage.gateway, clock=clock)):
        assert stage.wait_until_done(msgid).counts == {"accepted": 1}
    assert leases == [True]

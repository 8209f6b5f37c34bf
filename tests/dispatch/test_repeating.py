"""A repeat of what may have arrived, made only while the provider drops it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dispatch.stage import Stage
from tests.fakes import NOON, FrozenClock
from ums.dispatch.desk import Desk
from ums.domain.outcome import SendError, Transient, Uncertain

pytestmark = pytest.mark.both_databases

WINDOW = 600.0


def by(clock: FrozenClock, stage: Stage) -> Stage:
    """The same stage by another clock."""
    return replace(stage, gateway=replace(stage.gateway, clock=clock))


def called_once(stage: Stage, clock: FrozenClock, outcome: SendError, window: float = WINDOW) -> tuple[Desk, str]:
    """A message whose only delivery was called, with this outcome."""
    noon = by(clock, stage)
    desk = Desk(noon.gateway)
    desk.enlist()
    msgid = noon.send([noon.user("u1", app="fake-1")], repeat_window=window)
    (job,) = desk.turn([], 1).jobs
    desk.turn([job.ended(outcome, clock.now(), clock.now())], 0)
    return desk, msgid


def test_a_repeat_for_which_it_has_become_too_late_is_not_made(stage: Stage) -> None:
    clock = FrozenClock(NOON)
    desk, msgid = called_once(stage, clock, Uncertain("answer_lost"))
    assert stage.progress(msgid).counts == {"queued": 1}
    clock.advance(WINDOW)
    turn = desk.turn([], 1)
    assert not turn.jobs
    desk.turn(turn.failed, 0)
    (row,) = stage.deliveries(msgid)
    assert (row.status, row.reason, row.attempts) == ("unconfirmed", "repeat_too_late", 1)


def test_a_repeat_in_time_is_made(stage: Stage) -> None:
    clock = FrozenClock(NOON)
    desk, _ = called_once(stage, clock, Uncertain("answer_lost"))
    clock.advance(WINDOW - 1)
    assert len(desk.turn([], 1).jobs) == 1


def test_what_surely_did_not_arrive_is_tried_again_at_any_time(stage: Stage) -> None:
    clock = FrozenClock(NOON)
    desk, _ = called_once(stage, clock, Transient("connection_refused"), window=0.0)
    clock.advance(WINDOW)
    assert len(desk.turn([], 1).jobs) == 1


def test_a_repeat_goes_before_the_rest_of_a_broadcast(stage: Stage) -> None:
    clock = FrozenClock(NOON)
    at_noon = by(clock, stage)
    desk = Desk(at_noon.gateway)
    desk.enlist()
    users = [at_noon.user(f"u{number}", app=f"fake-{number}") for number in range(4)]
    at_noon.send(users, repeat_window=WINDOW)
    (job,) = desk.turn([], 1).jobs
    desk.turn([job.ended(Uncertain("answer_lost"), clock.now(), clock.now())], 0)
    clock.advance(2)
    (first,) = desk.turn([], 1).jobs
    assert first.claimed.id == job.claimed.id

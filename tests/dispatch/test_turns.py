"""When a sending process takes its turns, and how large they are."""

from __future__ import annotations

from itertools import product

import pytest

from tests.dispatch.stage import Stage
from ums.dispatch import turns
from ums.dispatch.desk import Desk
from ums.dispatch.turns import COURTESY, IDLE_PAUSE, MOST, PLENTY, WITHIN, Standing
from ums.domain.outcome import Accepted

TOOK = [0.001, 0.005, 0.02, 0.035, 0.045, 0.049]


@pytest.mark.parametrize("took", TOOK)
def test_what_is_answered_as_a_turn_begins_is_written_in_time_by_the_next(took: float) -> None:
    for in_flight, waiting, was_full in product((0, 1, 15, 16, 256, 257, 9999), (1, 100, 5000), (True, False)):
        pause = turns.pause(Standing(in_flight, waiting, was_full, took))
        assert took + pause + took <= WITHIN + 1e-9, (in_flight, waiting, was_full)


@pytest.mark.parametrize("in_flight", [16, 100, 257, 5000])
def test_others_come_first_after_each_turn_that_is_not_small(in_flight: int) -> None:
    for waiting, was_full, took in product((0, 1, 5000), (True, False), (*TOOK, 3.0)):
        assert turns.pause(Standing(in_flight, waiting, was_full, took)) >= COURTESY


def test_one_of_a_few_that_is_answered_does_not_wait() -> None:
    assert turns.pause(Standing(in_flight=3, waiting=1, was_full=False, took=0.002)) == 0
    assert turns.is_plenty(in_flight=3, waiting=1, slots=512)


def test_an_empty_queue_is_looked_at_seldom() -> None:
    assert turns.pause(Standing(in_flight=0, waiting=0, was_full=False, took=0.001)) == IDLE_PAUSE


@pytest.mark.parametrize(("slots", "enough"), [(40, 30), (512, PLENTY), (10_000, PLENTY)])
def test_three_quarters_of_the_slots_or_a_whole_turn_are_plenty(slots: int, enough: int) -> None:
    assert turns.is_plenty(in_flight=slots, waiting=enough, slots=slots)
    assert not turns.is_plenty(in_flight=slots, waiting=enough - 1, slots=slots)


@pytest.mark.parametrize(
    ("free", "results", "room"), [(9, 0, 9), (512, 100, MOST - 100), (512, MOST, 0), (-1, 0, 0)]
)
def test_results_go_before_claims_and_claims_fit_the_free_slots(free: int, results: int, room: int) -> None:
    assert turns.room(free, results) == room


def test_a_claim_is_never_larger_than_the_slots_that_are_free(stage: Stage) -> None:
    people = [stage.user(f"u{number}", app=f"fake-{number}") for number in range(9)]
    stage.send(people)
    desk = Desk(stage.gateway)
    desk.enlist()
    first = desk.turn([], 4).jobs
    assert len(first) == 4
    now = stage.gateway.clock.now()
    answered = [job.ended(Accepted(provider_id=None), now, now) for job in first[:2]]
    assert len(desk.turn(answered, 2).jobs) == 2
    assert not desk.turn([], 0).jobs

"""When a sending process takes its turns, and how large they are."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.dispatch.stage import Stage
from ums.dispatch import turns
from ums.dispatch.desk import Desk
from ums.dispatch.turns import COURTESY, IDLE_PAUSE, LARGE, PRESSED_PERIOD, SMALL, WITHIN, Size, Standing
from ums.domain.outcome import Accepted
from ums.store.db import open_database

TOOK = [0.001, 0.005, 0.02, 0.035, 0.045, 0.049]


@pytest.mark.parametrize("took", TOOK)
def test_what_is_answered_as_a_turn_begins_is_written_in_time_by_the_next(took: float) -> None:
    calls, answered = (0, 1, 15, 16, 256, 257, 9999), (1, 100, 5000)
    for size, in_flight, waiting, was_full in product((SMALL, LARGE), calls, answered, (True, False)):
        pause = turns.pause(Standing(size, in_flight, waiting, was_full, took))
        assert took + pause + took <= WITHIN + 1e-9, (size, in_flight, waiting, was_full)


@pytest.mark.parametrize("in_flight", [16, 100, 257, 5000])
def test_others_come_first_after_each_turn_that_is_not_small(in_flight: int) -> None:
    for size, waiting, was_full, took in product((SMALL, LARGE), (0, 1, 5000), (True, False), (*TOOK, 3.0)):
        assert turns.pause(Standing(size, in_flight, waiting, was_full, took)) >= COURTESY


def test_one_of_a_few_that_is_answered_does_not_wait() -> None:
    assert turns.pause(Standing(LARGE, in_flight=3, waiting=1, was_full=False, took=0.002)) == 0
    assert turns.is_plenty(LARGE, in_flight=3, waiting=1, slots=512)


@pytest.mark.parametrize(("in_flight", "waiting"), [(0, 1), (3, 1), (3, 0), (200, 60)])
def test_while_others_write_even_a_few_wait_for_the_next_of_fifty_turns_a_second(
    in_flight: int, waiting: int
) -> None:
    pause = turns.pause(Standing(SMALL, in_flight=in_flight, waiting=waiting, was_full=False, took=0.002))
    assert 0.002 + pause == pytest.approx(PRESSED_PERIOD)
    assert not turns.is_plenty(SMALL, in_flight=in_flight, waiting=waiting, slots=512)


def test_an_empty_queue_is_looked_at_seldom() -> None:
    assert turns.pause(Standing(SMALL, in_flight=0, waiting=0, was_full=False, took=0.001)) == IDLE_PAUSE


@pytest.mark.parametrize(
    ("size", "slots", "enough"),
    [(SMALL, 40, 30), (SMALL, 512, 64), (SMALL, 10_000, 64), (LARGE, 512, 384), (LARGE, 10_000, 512)],
)
def test_three_quarters_of_the_slots_or_half_a_turn_are_plenty(size: Size, slots: int, enough: int) -> None:
    assert turns.is_plenty(size, in_flight=slots, waiting=enough, slots=slots)
    assert not turns.is_plenty(size, in_flight=slots, waiting=enough - 1, slots=slots)


@pytest.mark.parametrize(
    ("size", "free", "results", "room"),
    [(SMALL, 9, 0, 9), (SMALL, 512, 100, 28), (SMALL, 512, 128, 0), (LARGE, 2000, 256, 768), (LARGE, -1, 0, 0)],
)
def test_results_go_before_claims_and_claims_fit_the_free_slots(
    size: Size, free: int, results: int, room: int
) -> None:
    assert turns.room(size, free, results) == room


def test_turns_are_small_while_somebody_writes_who_can_not_wait(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ums.db'}"
    sender, another, web = (open_database(url, gives_way=gives) for gives in (True, True, False))
    with another.write() as writing, web.read() as looking:
        writing.execute(text("SELECT 1"))
        looking.execute(text("SELECT 1"))
    assert turns.size(is_pressed=sender.is_pressed()) == LARGE
    with web.write() as session:
        session.execute(text("SELECT 1"))
    assert turns.size(is_pressed=sender.is_pressed()) == SMALL
    for database in (sender, another, web):
        database.close()


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

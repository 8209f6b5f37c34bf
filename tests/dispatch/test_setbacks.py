"""A clock that is set back by an hour: nothing waits for the hour to pass again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from tests.dispatch.stage import Stage
from tests.fakes import NOON, FrozenClock
from ums.dispatch.clock_watch import ClockWatch
from ums.dispatch.desk import Desk
from ums.domain.outcome import Resumption, Throttled, Transient
from ums.services import setbacks
from ums.store.models import DeliveryRow, EndpointRow, WorkerRow

pytestmark = pytest.mark.both_databases

HOUR = 3600.0


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOON)


@pytest.fixture
def ahead(stage: Stage, clock: FrozenClock) -> Stage:
    """A gateway whose clock is an hour ahead."""
    clock.advance(HOUR)
    gateway = replace(stage.gateway, clock=clock)
    return Stage(gateway=gateway, provider=stage.provider, application_id=stage.application_id)


def dues(stage: Stage) -> list[float]:
    with stage.gateway.database.read() as session:
        return [due for due in session.scalars(select(DeliveryRow.due)) if due is not None]


def test_what_was_due_before_is_due_again_at_once(ahead: Stage, clock: FrozenClock) -> None:
    watch = ClockWatch(ahead.gateway, lambda: None)
    ahead.send([ahead.user("u1", app="fake-1")])
    clock.advance(-HOUR)
    assert dues(ahead) == [NOON + HOUR]
    watch.look()
    assert dues(ahead) == [NOON]


def test_the_watch_tells_that_the_clock_was_set_back_once(ahead: Stage, clock: FrozenClock) -> None:
    told: list[float] = []
    watch = ClockWatch(ahead.gateway, lambda: told.append(clock.now()))
    watch.look()
    clock.advance(-HOUR)
    watch.look()
    watch.look()
    assert told == [NOON]


def test_a_gateway_that_starts_after_the_clock_was_set_back_finds_what_waits(
    ahead: Stage, clock: FrozenClock
) -> None:
    ahead.send([ahead.user("u1", app="fake-1")])
    clock.advance(-HOUR)
    ClockWatch(ahead.gateway, lambda: None).look()
    assert dues(ahead) == [NOON]


def test_what_waits_for_a_later_try_waits_no_longer_than_it_was_to(ahead: Stage, clock: FrozenClock) -> None:
    desk = Desk(ahead.gateway)
    desk.enlist()
    ahead.send([ahead.user("u1", app="fake-1")])
    (job,) = desk.turn([], 1).jobs
    desk.turn([job.ended(Transient("wait", after=90.0), clock.now(), clock.now())], 0)
    clock.advance(-HOUR)
    setbacks.mend(ahead.gateway, HOUR)
    assert dues(ahead) == [NOON + 90]


def test_an_endpoint_rests_no_hour_longer(ahead: Stage, clock: FrozenClock) -> None:
    desk = Desk(ahead.gateway)
    desk.enlist()
    ahead.send([ahead.user("u1", app="fake-1")])
    (job,) = desk.turn([], 1).jobs
    busy = Throttled("minute_quota", until=Resumption.NEXT_MINUTE)
    desk.turn([job.ended(busy, clock.now(), clock.now())], 0)
    clock.advance(-HOUR)
    setbacks.mend(ahead.gateway, HOUR)
    clock.advance(61)
    assert len(desk.turn([], 1).jobs) == 1


def test_a_bucket_that_was_drawn_from_is_refilled(ahead: Stage, clock: FrozenClock) -> None:
    with ahead.gateway.database.write() as session:
        session.execute(update(EndpointRow).values(rate=1.0, allowance=0.0, refilled_at=clock.now()))
    desk = Desk(ahead.gateway)
    desk.enlist()
    ahead.send([ahead.user("u1", app="fake-1")])
    clock.advance(-HOUR)
    setbacks.mend(ahead.gateway, HOUR)
    clock.advance(1)
    assert len(desk.turn([], 1).jobs) == 1


def test_without_a_clock_set_back_nothing_changes(ahead: Stage, clock: FrozenClock) -> None:
    ahead.send([ahead.user("u1", app="fake-1")])
    with ahead.gateway.database.write() as session:
        session.execute(update(DeliveryRow).values(due=NOON + 2 * HOUR))
        session.execute(update(EndpointRow).values(paused_until=NOON + 2 * HOUR))
    clock.advance(-setbacks.SLACK)
    watch = ClockWatch(ahead.gateway, lambda: None)
    watch.look()
    assert dues(ahead) == [NOON + 2 * HOUR]
    with ahead.gateway.database.read() as session:
        assert session.scalars(select(func.min(EndpointRow.paused_until))).one() == NOON + 2 * HOUR


def test_a_worker_beats_at_once_where_the_clock_was_set_back(ahead: Stage, clock: FrozenClock) -> None:
    desk = Desk(ahead.gateway)
    desk.enlist()
    clock.advance(-HOUR)
    desk.turn([], 0)
    with ahead.gateway.database.read() as session:
        lease = session.scalars(select(WorkerRow.lease_until)).one()
    assert lease == NOON + ahead.gateway.settings.lease_seconds

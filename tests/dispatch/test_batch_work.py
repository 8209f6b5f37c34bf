"""A desk that claims by batches, and what is published for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import update

from tests.cli.waiting import eventually
from tests.dispatch.processes import people, unlimited
from tests.dispatch.stage import Stage
from ums.dispatch.desk import Desk
from ums.dispatch.engines.batch_work import MOST_HELD, MOST_HELD_OF_OTHERS, BatchWork
from ums.dispatch.engines.publisher import to_grant
from ums.domain.batching import AHEAD, SIZE
from ums.store import batches, workers
from ums.store.batches import Batch
from ums.store.models import DeliveryRow, EndpointRow

pytestmark = pytest.mark.both_databases


def publish(stage: Stage) -> list[Batch]:
    """Make the batches that are wanted now, for a broker to carry."""
    now = stage.gateway.clock.now()
    with stage.gateway.database.write() as session:
        return batches.add(session, to_grant(session, now), now)


def enlisted(stage: Stage, slots: int) -> None:
    now = stage.gateway.clock.now()
    with stage.gateway.database.write() as session:
        workers.enlist(session, "elsewhere", host="x", pid=1, now=now, lease_until=now + 60, slots=slots)


@contextmanager
def handed(work: BatchWork, *ids: int) -> Iterator[list[threading.Thread]]:
    """Batches, each brought by a thread of the broker's, which waits until it is over."""
    threads = [threading.Thread(target=work.carry, args=(id_,), kwargs={"is_urgent": False}) for id_ in ids]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        work.begin_stop()
        for thread in threads:
            thread.join()


def test_a_desk_claims_what_its_batch_permits_as_it_has_room_and_no_more(stage: Stage) -> None:
    unlimited(stage)
    enlisted(stage, slots=3)
    stage.send(people(stage, 2 * 3 * AHEAD))
    (batch,) = publish(stage)
    assert batch.size == 3 * AHEAD
    work = BatchWork(stage.gateway)
    desk = Desk(stage.gateway, work)
    desk.enlist()
    assert desk.turn([], 10).jobs == ()
    with handed(work, batch.id) as (carried,):
        eventually(lambda: bool(work.offers(0.0)))
        assert len(desk.turn([], 4).jobs) == 4
        assert carried.is_alive()
        assert len(desk.turn([], 10).jobs) == 3 * AHEAD - 4
        carried.join()
        assert not desk.turn([], 10).jobs
    assert len(publish(stage)) == 1


def test_a_batch_that_comes_twice_or_is_gone_is_over_at_once(stage: Stage) -> None:
    unlimited(stage)
    enlisted(stage, slots=8)
    stage.send(people(stage, 4))
    (batch,) = publish(stage)
    first, second = BatchWork(stage.gateway), BatchWork(stage.gateway)
    desks = [Desk(stage.gateway, first), Desk(stage.gateway, second)]
    for desk in desks:
        desk.enlist()
    with handed(first, batch.id) as (one,), handed(second, batch.id, batch.id + 1) as (two, unknown):
        eventually(lambda: bool(first.offers(0.0)) and bool(second.offers(0.0)))
        assert len(desks[0].turn([], 8).jobs) == 4
        assert not desks[1].turn([], 8).jobs
        for thread in (one, two, unknown):
            thread.join()


def test_a_worker_that_leaves_gives_its_batches_back(stage: Stage) -> None:
    unlimited(stage)
    enlisted(stage, slots=8)
    stage.send(people(stage, 8))
    (batch,) = publish(stage)
    assert publish(stage) == []
    work = BatchWork(stage.gateway)
    desk = Desk(stage.gateway, work)
    desk.enlist()
    with handed(work, batch.id):
        eventually(lambda: bool(work.offers(0.0)))
        (job,) = desk.turn([], 1).jobs
        work.begin_stop()
        assert not desk.turn([], 8).jobs
        desk.leave([], [job.claimed.id])
    (again,) = publish(stage)
    assert again.size == 8


def test_the_last_places_are_for_urgent_batches(stage: Stage) -> None:
    work = BatchWork(stage.gateway)
    with handed(work, *range(1, MOST_HELD_OF_OTHERS + 1)):
        eventually(lambda: work.held == MOST_HELD_OF_OTHERS)
        work.carry(MOST_HELD, is_urgent=False)
        urgent = threading.Thread(target=work.carry, args=(MOST_HELD,), kwargs={"is_urgent": True})
        urgent.start()
        eventually(lambda: work.held == MOST_HELD_OF_OTHERS + 1)
        work.begin_stop()
        urgent.join()


def test_nothing_is_published_where_nobody_makes_calls(stage: Stage) -> None:
    stage.send(people(stage, 3))
    assert publish(stage) == []


def test_no_more_is_published_than_the_pace_lets_go(stage: Stage) -> None:
    enlisted(stage, slots=100)
    stage.send(people(stage, 60))
    now = stage.gateway.clock.now()
    with stage.gateway.database.write() as session:
        session.execute(update(EndpointRow).values(rate=40.0, allowance=40.0, refilled_at=now + 60))
    assert [batch.size for batch in publish(stage)] == [40]
    assert publish(stage) == []


def test_what_is_urgent_has_all_the_room_that_others_wait_for(stage: Stage) -> None:
    unlimited(stage)
    enlisted(stage, slots=4)
    stage.send(people(stage, 20))
    assert [batch.size for batch in publish(stage)] == [4 * AHEAD]
    assert publish(stage) == []
    stage.send([stage.user("late", app="fake-late")])
    with stage.gateway.database.write() as session:
        session.execute(update(DeliveryRow).where(DeliveryRow.userid == "late").values(priority=1))
    (urgent,) = publish(stage)
    assert (urgent.lane.priority, urgent.size) == (1, 1)


def test_many_are_cut_into_batches_and_lanes_share_evenly(stage: Stage) -> None:
    unlimited(stage)
    enlisted(stage, slots=SIZE)
    crowd = people(stage, 2 * SIZE)
    stage.send(crowd)
    stage.send(crowd, endpoint="notice")
    published = publish(stage)
    assert {batch.lane.endpoint: batch.size for batch in published} == {"message": SIZE, "notice": SIZE}


def test_what_is_due_but_being_called_is_not_published(stage: Stage) -> None:
    unlimited(stage)
    enlisted(stage, slots=8)
    user = stage.user("u", app="fake-u")
    stage.send([user])
    desk = Desk(stage.gateway)
    desk.enlist()
    assert len(desk.turn([], 8).jobs) == 1
    stage.send([user])
    assert publish(stage) == []


def test_two_that_publish_at_once_permit_too_much_and_nobody_is_called_twice(stage: Stage) -> None:
    unlimited(stage)
    enlisted(stage, slots=8)
    stage.send(people(stage, 6))
    now = stage.gateway.clock.now()
    with stage.gateway.database.write() as session:
        grants = to_grant(session, now) + to_grant(session, now)
        both = [batch.id for batch in batches.add(session, grants, now)]
    assert len(both) == 2
    work = BatchWork(stage.gateway)
    desk = Desk(stage.gateway, work)
    desk.enlist()
    with handed(work, *both) as threads:
        eventually(lambda: len(work.offers(0.0)) == 2)
        assert len(desk.turn([], 20).jobs) == 6
        for thread in threads:
            thread.join()
    assert publish(stage) == []

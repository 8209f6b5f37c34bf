"""Batches are taken once, and published again where nobody took them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import create_channel, create_gateway
from ums.services.gateway import Gateway
from ums.store import batches, workers
from ums.store.batches import Batch, Grant
from ums.store.outbox import Lane

pytestmark = pytest.mark.both_databases

NOW = 1_800_000_000.0


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    opened = create_gateway(home=tmp_path / "home")
    create_channel(opened)
    with opened.database.write() as session:
        for name in ("one", "two"):
            workers.enlist(session, name, host="here", pid=1, now=NOW, lease_until=NOW + 15, slots=8)
    yield opened
    opened.close()


def made(gateway: Gateway, *sizes: int) -> list[Batch]:
    lane = Lane(1, "message", 2)
    with gateway.database.write() as session:
        return batches.add(session, [Grant(lane, size) for size in sizes], NOW)


def under_way(gateway: Gateway) -> int:
    with gateway.database.read() as session:
        return sum(batches.under_way(session).values())


def test_a_batch_is_the_first_worker_s_who_takes_it_and_gone(gateway: Gateway) -> None:
    (batch,) = made(gateway, 100)
    assert under_way(gateway) == 100
    with gateway.database.write() as session:
        assert batches.find(session, [batch.id, 99]) == [batch]
        assert batches.take(session, batch.id)
        assert not batches.take(session, batch.id)
        assert batches.find(session, [batch.id]) == []
    assert under_way(gateway) == 0


@pytest.mark.parametrize("later", [5.0, -500.0], ids=["in time", "after the clock was set back"])
def test_what_nobody_took_is_published_again(gateway: Gateway, later: float) -> None:
    lost, taken = made(gateway, 10, 20)
    with gateway.database.write() as session:
        batches.take(session, taken.id)
        assert not batches.anything_overdue(session, NOW + 1, 2.0)
        assert batches.anything_overdue(session, NOW + later, 2.0)
        assert batches.publish_again(session, NOW + later, 2.0) == [lost]
        assert batches.publish_again(session, NOW + later, 2.0) == []


def test_what_is_dropped_may_be_permitted_anew(gateway: Gateway) -> None:
    mine, taken, others = made(gateway, 1, 2, 4)
    with gateway.database.write() as session:
        batches.take(session, taken.id)
        batches.drop(session, [mine.id, taken.id])
    assert under_way(gateway) == others.size


def test_slots_are_those_of_workers_whose_lease_lasts(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        assert workers.slots(session, NOW) == 16
        workers.end(session, "one", workers.GONE)
        assert workers.slots(session, NOW) == 8
        assert workers.slots(session, NOW + 16) == 0

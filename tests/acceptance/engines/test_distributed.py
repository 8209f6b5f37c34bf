"""The distributed engine when its parts die, sleep, and lose or double what they carry."""

from __future__ import annotations

import os
import signal
from contextlib import closing

import pytest
from sqlalchemy import select

from tests.acceptance.engines.forwarder import Forwarder
from tests.acceptance.engines.site import IN_FLIGHT, RABBITMQ, REDIS, Site, people
from tests.cli.waiting import eventually
from tests.databases import POSTGRESQL
from ums.dispatch.engines.broker import Broker
from ums.store.batches import Batch
from ums.store.models import BatchRow
from ums.store.outbox import Lane

on_rabbitmq = pytest.param(
    POSTGRESQL, RABBITMQ, id="rabbitmq", marks=[pytest.mark.postgresql, pytest.mark.rabbitmq]
)
on_redis = pytest.param(POSTGRESQL, REDIS, id="redis", marks=[pytest.mark.postgresql, pytest.mark.redis])
each_broker = pytest.mark.parametrize(("database_kind", "broker"), [on_rabbitmq, on_redis], indirect=True)
one_broker = pytest.mark.parametrize(("database_kind", "broker"), [on_rabbitmq], indirect=True)


def publishing(site: Site, broker: str = "") -> None:
    site.start("publisher", "worker", "--publishes", broker=broker)


def under_way(site: Site) -> list[Batch]:
    with site.gateway.database.read() as session:
        return [
            Batch(row.id, Lane(row.channel_id, row.endpoint, row.priority), row.size)
            for row in session.scalars(select(BatchRow))
        ]


@each_broker
def test_lost_and_doubled_messages_and_a_killed_worker_neither_lose_nor_repeat_a_delivery(site: Site) -> None:
    publishing(site)
    killed, _ = site.workers(2)
    msgid = site.send(people(1, 300))
    eventually(lambda: site.counted()[0] > 20)
    with closing(Broker(site.broker, site.gateway.sealer.mark)) as queues:
        queues.publish(under_way(site) * 3)
        killed.kill()
        queues.purge()
        eventually(lambda: site.is_done(msgid))
    counts = site.counts(msgid)
    assert set(counts) <= {"accepted", "unconfirmed"}
    assert sum(counts.values()) == 300
    assert counts.get("unconfirmed", 0) <= IN_FLIGHT
    sent, reached = site.counted()
    assert sent == reached >= counts["accepted"]


@one_broker
def test_a_worker_that_sleeps_past_its_lease_repeats_nothing_and_one_told_to_stop_ends_in_order(site: Site) -> None:
    publishing(site)
    frozen, stopped = site.workers(2)
    msgid = site.send(people(1, 300))
    eventually(lambda: site.counted()[0] > 20)
    os.kill(frozen.pid, signal.SIGSTOP)
    stopped.terminate()
    assert stopped.wait(30) == 0
    site.workers(1)
    eventually(lambda: site.is_done(msgid))
    os.kill(frozen.pid, signal.SIGCONT)
    # what it heard before it slept counts after all
    eventually(lambda: site.counts(msgid) == {"accepted": 300})
    again = site.send(people(301, 100))
    eventually(lambda: site.is_done(again))
    assert site.counts(again) == {"accepted": 100}
    assert site.counted() == (400, 400)
    eventually(lambda: not under_way(site))


@one_broker
def test_without_a_broker_messages_are_accepted_and_sent_when_it_is_back(site: Site) -> None:
    with closing(Forwarder(("127.0.0.1", 5672))) as way:
        there = f"amqp://guest:guest@127.0.0.1:{way.port}//"
        publishing(site, there)
        site.workers(1, there)
        before = site.send(people(1, 20))
        eventually(lambda: site.is_done(before))
        way.cut()
        during = site.send(people(21, 20))
        eventually(lambda: "broker_away" in site.log("publisher"))
        assert not site.is_done(during)
        way.open_again()
        eventually(lambda: site.is_done(during))
        assert "broker_back" in site.log("publisher")
        assert site.log("publisher").count("broker_away") == 1
        assert "guest:guest" not in site.log("publisher")
    assert site.counts(during) == {"accepted": 20}
    assert site.counted() == (40, 40)

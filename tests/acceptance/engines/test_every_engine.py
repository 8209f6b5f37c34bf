"""One story for every engine: what becomes of a message doesn't depend on what carries it.

The processes are real, and so are databases and brokers; the platform's stand-in counts what reaches people.
"""

from __future__ import annotations

import os
import signal
from contextlib import closing
from subprocess import Popen

import pytest
from sqlalchemy import select

from tests.acceptance.engines.site import IN_FLIGHT, RABBITMQ, REDIS, Site
from tests.cli.waiting import eventually
from tests.databases import POSTGRESQL, SQLITE
from tests.dispatch.processes import freeze
from ums.cli.bench.course import MESSAGE
from ums.client import Client
from ums.dispatch.engines.broker import Broker
from ums.store.batches import Batch
from ums.store.models import BatchRow
from ums.store.outbox import Lane

PACE = 150
NO_LIMIT = 0

engines = pytest.mark.parametrize(
    ("database_kind", "broker"),
    [
        pytest.param(SQLITE, "", id="local-sqlite"),
        pytest.param(POSTGRESQL, "", id="local-postgresql", marks=pytest.mark.postgresql),
        pytest.param(
            POSTGRESQL, RABBITMQ, id="celery-rabbitmq", marks=[pytest.mark.postgresql, pytest.mark.rabbitmq]
        ),
        pytest.param(POSTGRESQL, REDIS, id="celery-redis", marks=[pytest.mark.postgresql, pytest.mark.redis]),
    ],
    indirect=True,
)


@pytest.mark.timeout(400)
@engines
def test_nothing_is_lost_or_repeated_whatever_happens_to_the_processes(site: Site) -> None:
    with site.serve() as client:
        first, second = site.workers(2)
        all_get_it_once_at_one_pace_and_what_is_urgent_goes_first(site, client)
        site.pace(NO_LIMIT)
        if site.is_distributed:
            a_broker_may_lose_messages_double_them_and_go_away(site, client)
        a_killed_worker_loses_nothing(site, client, first)
        (third,) = site.workers(1)
        one_that_sleeps_past_its_lease_repeats_nothing(site, client, second)
        those_told_to_stop_finish_what_they_hold(site, client, [second, third])


def send(client: Client, userids: list[str], priority: int = 3) -> str:
    return client.sent(aud_userid=userids, msg_wechatmp=[MESSAGE], option={"priority": priority})["msgid"]


def all_get_it_once_at_one_pace_and_what_is_urgent_goes_first(site: Site, client: Client) -> None:
    site.pace(PACE)
    bulk = send(client, site.people(2 * PACE))
    eventually(lambda: site.sent() > 0)
    urgent = send(client, site.people(1), priority=1)
    eventually(lambda: site.is_done(urgent) and site.is_done(bulk))
    assert (site.counts(bulk), site.counts(urgent)) == ({"accepted": 2 * PACE}, {"accepted": 1})
    assert site.sent() == 2 * PACE + 1
    called, (urgent_at,) = site.called_at(bulk), site.called_at(urgent)
    assert urgent_at < called[-1]
    # a bucket holds a second's calls: two that don't know of one another would let all go at once
    assert called[-1] - called[0] > 0.5


def a_broker_may_lose_messages_double_them_and_go_away(site: Site, client: Client) -> None:
    assert site.way is not None
    before = site.sent()
    msgid = send(client, site.people(150))
    eventually(lambda: site.sent() > before)
    with closing(Broker(site.broker, site.gateway.sealer.mark)) as queues:
        queues.publish(under_way(site) * 3)
        queues.purge()
    site.way.cut()
    # more than workers may claim by what they took before
    meanwhile = send(client, site.people(200))
    eventually(lambda: "broker_away" in log(site))
    site.way.open_again()
    eventually(lambda: site.is_done(msgid) and site.is_done(meanwhile) and "broker_back" in log(site))
    assert (site.counts(msgid), site.counts(meanwhile)) == ({"accepted": 150}, {"accepted": 200})
    assert site.sent() == before + 350
    assert log(site).count("broker_away") == log(site).count("broker_back") == 1
    assert "guest:guest" not in log(site)


def log(site: Site) -> str:
    return (site.home / "gateway.log").read_text("utf-8")


def under_way(site: Site) -> list[Batch]:
    with site.gateway.database.read() as session:
        rows = session.scalars(select(BatchRow)).all()
        return [Batch(row.id, Lane(row.channel_id, row.endpoint, row.priority), row.size) for row in rows]


def a_killed_worker_loses_nothing(site: Site, client: Client, killed: Popen[bytes]) -> None:
    before = site.sent()
    msgid = send(client, site.people(200))
    eventually(lambda: site.sent() > before + 10)
    killed.kill()
    eventually(lambda: site.is_done(msgid))
    all_is_known_but_what_it_had_in_flight(site, msgid, before)


def all_is_known_but_what_it_had_in_flight(site: Site, msgid: str, before: int) -> None:
    """Of a message to 200, `before` which so many had been sent."""
    counts = site.counts(msgid)
    unknown = counts.pop("unconfirmed", 0)
    assert counts == {"accepted": 200 - unknown}
    assert unknown <= IN_FLIGHT
    assert before + 200 - unknown <= site.sent() <= before + 200


def one_that_sleeps_past_its_lease_repeats_nothing(site: Site, client: Client, frozen: Popen[bytes]) -> None:
    before = site.sent()
    msgid = send(client, site.people(200))
    eventually(lambda: site.sent() > before + 10)
    freeze(site.gateway.database, frozen)
    eventually(lambda: site.is_done(msgid))
    os.kill(frozen.pid, signal.SIGCONT)
    again = send(client, site.people(20))
    eventually(lambda: site.is_done(again))
    assert site.counts(again) == {"accepted": 20}
    all_is_known_but_what_it_had_in_flight(site, msgid, before + 20)


def those_told_to_stop_finish_what_they_hold(site: Site, client: Client, told: list[Popen[bytes]]) -> None:
    before = site.sent()
    msgid = send(client, site.people(200))
    eventually(lambda: site.sent() > before + 10)
    for process in told:
        process.terminate()
    assert [process.wait(30) for process in told] == [0, 0]
    counts, made = site.counts(msgid), site.sent() - before
    assert {status: number for status, number in counts.items() if number} == {
        "accepted": made,
        "queued": 200 - made,
    }

"""One suite for the engines: what a message comes to does not depend on what carries it."""

from __future__ import annotations

from subprocess import Popen

import pytest

from tests.acceptance.engines.site import RABBITMQ, REDIS, Site, people, url_of
from tests.cli.waiting import eventually
from tests.databases import POSTGRESQL, SQLITE
from ums.cli.bench.course import MESSAGE
from ums.client import Client

PACE = 150
CROWD = 300

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


def serve(site: Site) -> tuple[list[Popen[bytes]], Client]:
    """The gateway with two processes that make calls."""
    gateway = site.start("serve", "serve", "--port", "0", "--senders", "2", "--json")
    workers = site.workers(2) if site.is_distributed else []
    return [*workers, gateway], site.client(url_of(site.gateway.settings.home / "serve"))


def send(client: Client, userids: list[str], priority: int) -> str:
    return client.sent(aud_userid=userids, msg_wechatmp=[MESSAGE], option={"priority": priority})["msgid"]


@engines
def test_all_get_it_once_at_one_pace_what_is_urgent_goes_first_and_it_ends_when_told(site: Site) -> None:
    site.pace(PACE)
    processes, client = serve(site)
    with client:
        bulk = send(client, people(1, CROWD), priority=3)
        eventually(lambda: site.counted()[0] > 0)
        urgent = send(client, people(CROWD + 1, 1), priority=1)
        eventually(lambda: site.is_done(urgent) and site.is_done(bulk))
    for process in processes:
        process.terminate()
    assert [process.wait(30) for process in processes] == [0] * len(processes)
    assert site.counts(bulk) == {"accepted": CROWD}
    assert site.counts(urgent) == {"accepted": 1}
    assert site.counted() == (CROWD + 1, CROWD + 1)
    called, (urgent_at,) = site.called_at(bulk), site.called_at(urgent)
    assert urgent_at < called[-1]
    # each bucket holds a second's calls: two that don't know of one another would let all go at once
    assert called[-1] - called[0] > (CROWD - PACE) / PACE / 2

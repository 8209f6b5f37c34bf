"""What those who watch are told."""

from __future__ import annotations

from sqlalchemy import update

from tests.api.site import Site, enlist, told
from tests.factories import break_channel
from ums.store import schema, workers
from ums.store.models import ApplicationRow, ChannelRow


def test_the_process_is_alive_whatever_else_is_not(site: Site) -> None:
    schema.downgrade(site.gateway.database.engine, "base")
    answer = site.http.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"code": 0, "status": "ok"})


def test_the_gateway_is_ready_with_its_tables_and_a_living_worker(site: Site) -> None:
    enlist(site)
    answer = site.http.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"code": 0, "status": "ready"})


def test_a_channel_whose_calls_keep_failing_is_told_and_makes_nobody_look_elsewhere(site: Site) -> None:
    enlist(site)
    break_channel(site.gateway, "app1")
    answer = site.http.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {"code": 0, "status": "ready", "channels_failing": 1}


def test_without_a_worker_it_is_not_ready(site: Site) -> None:
    answer = site.http.get("/readyz")
    assert told(answer)[:2] == (503, 5030)
    assert list(answer.get_json()["errors"]) == ["worker"]
    assert answer.headers["Retry-After"] == "5"


def test_a_worker_that_stopped_beating_does_not_count(site: Site) -> None:
    enlist(site)
    site.clock.advance(16)
    assert list(site.http.get("/readyz").get_json()["errors"]) == ["worker"]


def test_a_worker_that_ended_does_not_count(site: Site) -> None:
    enlist(site)
    with site.gateway.database.write() as session:
        workers.end(session, "w1", workers.GONE)
    assert list(site.http.get("/readyz").get_json()["errors"]) == ["worker"]


def test_without_its_tables_it_is_not_ready_and_says_what_to_do(site: Site) -> None:
    schema.downgrade(site.gateway.database.engine, "base")
    answer = site.http.get("/readyz")
    assert told(answer)[:2] == (503, 5030)
    assert "ums db upgrade" in answer.get_json()["errors"]["database"][0]


def test_with_another_key_than_the_databases_it_is_not_ready(site: Site) -> None:
    enlist(site)
    with site.gateway.database.write() as session:
        session.execute(update(ApplicationRow).values(sealed_secret=b"\1"))
        session.execute(update(ChannelRow).values(sealed_settings=b"\1"))
    answer = site.http.get("/readyz")
    assert told(answer)[:2] == (503, 5030)
    assert "put back secret.key" in answer.get_json()["errors"]["key"][0]

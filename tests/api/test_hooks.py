"""Providers' pushes: open to all, believed only when the plugin believes them."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from tests.api.site import Site, told
from ums.services import pushes
from ums.store.models import ProviderEventRow

DAYS = 86400.0


def push(status: str) -> bytes:
    return json.dumps(
        {"event_id": "e1", "provider_id": "p1", "address": "fake-zhangsan", "status": status}
    ).encode()


def event(event_id: str, kind: str = "subscribed") -> bytes:
    return json.dumps({"event_id": event_id, "kind": kind, "address": "fake-zhangsan"}).encode()


def kept(site: Site) -> list[str]:
    with site.gateway.database.read() as session:
        return list(session.scalars(select(ProviderEventRow.event_id).order_by(ProviderEventRow.id)))


def test_a_provider_that_checks_the_address_gets_its_own_words_back(shared_site: Site) -> None:
    answer = shared_site.http.get("/hooks/app1?signature=hook-token&echo=hello")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "hello")
    assert answer.content_type == "text/plain; charset=utf-8"


def test_a_push_is_answered_once_it_is_stored(shared_site: Site) -> None:
    answer = shared_site.http.post("/hooks/app1?signature=hook-token", data=push("delivered"))
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "success")


@pytest.mark.parametrize("query", ["", "?signature=", "?signature=wrong", "?signature=hook-token%00"])
def test_a_forged_push_is_403(shared_site: Site, query: str) -> None:
    assert told(shared_site.http.post(f"/hooks/app1{query}", data=push("delivered")))[:2] == (403, 4030)
    assert told(shared_site.http.get(f"/hooks/app1{query}"))[:2] == (403, 4030)


@pytest.mark.parametrize("code", ["nothing", "%00", "x" * 500])
def test_a_channel_that_is_not_there_is_404(shared_site: Site, code: str) -> None:
    assert told(shared_site.http.post(f"/hooks/{code}?signature=hook-token"))[:2] == (404, 4040)


def test_a_push_over_64_kib_is_413_before_it_is_judged(shared_site: Site) -> None:
    answer = shared_site.http.post("/hooks/app1?signature=hook-token", data=b"x" * (64 * 1024 + 1))
    assert told(answer)[:2] == (413, 4130)
    assert told(shared_site.http.post("/hooks/app1", data=b"x" * (64 * 1024)))[:2] == (403, 4030)


def test_an_event_of_any_kind_is_kept_once_as_it_was_told(site: Site) -> None:
    for event_id, kind in (("e1", "subscribed"), ("e2", "of-2031"), ("e1", "subscribed")):
        answer = site.http.post("/hooks/app1?signature=hook-token", data=event(event_id, kind))
        assert (answer.status_code, answer.get_data(as_text=True)) == (200, "success")
    with site.gateway.database.read() as session:
        first, second = session.scalars(select(ProviderEventRow).order_by(ProviderEventRow.id))
    now = site.clock.now()
    assert (first.kind, first.address, first.at, first.received_at) == ("subscribed", "fake-zhangsan", now - 1, now)
    assert first.details == {"event_id": "e1", "kind": "subscribed", "address": "fake-zhangsan"}
    assert second.kind == "of-2031"


def test_an_event_of_another_channel_is_another_event(site: Site) -> None:
    for code in ("app1", "app2"):
        site.http.post(f"/hooks/{code}?signature=hook-token", data=event("e1"))
    assert kept(site) == ["e1", "e1"]


def test_events_are_kept_for_ninety_days(site: Site) -> None:
    for event_id in ("old", "new"):
        site.http.post("/hooks/app1?signature=hook-token", data=event(event_id))
        site.clock.advance(45 * DAYS + 1)
    pushes.forget(site.gateway)
    assert kept(site) == ["new"]

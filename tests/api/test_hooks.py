"""Providers' pushes: open to all, believed only when the plugin believes them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.api.site import Site, told
from ums.domain.errors import Unavailable
from ums.services import channels, pushes
from ums.store import sqlite
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


def test_a_push_is_judged_by_the_settings_as_they_are_now(site: Site) -> None:
    def answers(token: str) -> int:
        return site.http.post(f"/hooks/app2?signature={token}", data=event("e1")).status_code

    assert (answers("hook-token"), answers("other")) == (200, 403)
    channels.change(site.gateway, "app2", {"hook_token": "other"})
    assert (answers("hook-token"), answers("other")) == (403, 200)
    channels.remove(site.gateway, "app2")
    assert (answers("hook-token"), answers("other")) == (404, 404)
    given = {"account": "a", "secret": "right", "base_url": "http://127.0.0.1:9", "hook_token": "new"}
    channels.add(site.gateway, "app2", "app", given)
    assert (answers("other"), answers("new")) == (403, 200)


def test_events_are_kept_for_ninety_days(site: Site) -> None:
    for event_id in ("old", "new"):
        site.http.post("/hooks/app1?signature=hook-token", data=event(event_id))
        site.clock.advance(45 * DAYS + 1)
    pushes.forget(site.gateway)
    assert kept(site) == ["new"]


@contextmanager
def blocked(site: Site) -> Iterator[None]:
    """Somebody else writes to the database and doesn't end."""
    other = sqlite3.connect(site.gateway.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


def pushed(site: Site, data: bytes, code: str = "app1") -> TestResponse:
    return site.http.post(f"/hooks/{code}?signature=hook-token", data=data)


def spooled(site: Site) -> int:
    file = site.gateway.settings.home / "spool" / "open"
    return len(file.read_bytes().split()) // 2 if file.exists() else 0


@pytest.mark.sqlite
def test_what_the_database_cannot_take_is_answered_once_it_is_spooled(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    with blocked(site):
        for event_id in ("e1", "e2", "e1"):
            answer = pushed(site, event(event_id))
            assert (answer.status_code, answer.get_data(as_text=True)) == (200, "success")
        assert (kept(site), spooled(site)) == ([], 3)
        with pytest.raises(Unavailable):
            pushes.drain(site.gateway)
    pushed(site, event("e3"))
    came = site.clock.now()
    site.clock.advance(60)
    pushes.drain(site.gateway)
    assert (kept(site), spooled(site)) == (["e3", "e1", "e2"], 0)
    with site.gateway.database.read() as session:
        rows = list(session.scalars(select(ProviderEventRow)))
    assert {row.received_at for row in rows} == {came}
    assert rows[1].details == {"event_id": "e1", "kind": "subscribed", "address": "fake-zhangsan"}


def test_a_forged_push_is_not_spooled(site: Site) -> None:
    with blocked(site):
        assert told(site.http.post("/hooks/app1?signature=wrong", data=event("e1")))[:2] == (403, 4030)
    assert spooled(site) == 0


@pytest.mark.sqlite
def test_what_can_be_kept_nowhere_is_refused_so_that_it_is_pushed_again(site: Site) -> None:
    (site.gateway.settings.home / "spool").write_bytes(b"not a directory")
    with blocked(site):
        answer = pushed(site, event("e1"))
        assert told(answer)[:2] == (503, 5030)
        assert answer.headers["Retry-After"] == "2"
    assert kept(site) == []
    assert pushed(site, event("e1")).status_code == 200
    assert kept(site) == ["e1"]


@pytest.mark.sqlite
def test_a_database_that_cannot_even_be_read_loses_no_push(site: Site) -> None:
    assert pushed(site, event("e1")).status_code == 200
    site.gateway.database.close()
    path = Path(site.gateway.database.path)
    for end in ("", "-wal", "-shm"):
        if path.with_name(path.name + end).exists():
            path.with_name(path.name + end).rename(path.with_name(f"away{end}"))
    path.mkdir()
    assert pushed(site, event("e2")).get_data(as_text=True) == "success"
    assert told(pushed(site, event("e3"), "app2"))[:2] == (503, 5030), "whose token nobody can tell"
    path.rmdir()
    for file in path.parent.glob("away*"):
        file.rename(path.with_name(file.name.replace("away", path.name)))
    pushes.drain(site.gateway)
    assert kept(site) == ["e1", "e2"]


def test_what_waited_for_a_channel_that_is_gone_is_dropped(site: Site) -> None:
    with blocked(site):
        pushed(site, event("e1"), "app2")
        pushed(site, event("e2"))
    channels.remove(site.gateway, "app2")
    pushes.drain(site.gateway)
    assert (kept(site), spooled(site)) == (["e2"], 0)


@pytest.mark.parametrize("record", [b"{}", b"[]", b"null", b"not JSON", b'{"channel_id":1,"received_at":1}'])
def test_what_cannot_be_used_is_set_aside_and_the_others_are_stored(site: Site, record: bytes) -> None:
    with blocked(site):
        pushed(site, event("e1"))
        site.gateway.spool.put(record)
        pushed(site, event("e2"))
    pushes.drain(site.gateway)
    assert kept(site) == ["e1", "e2"]
    assert record in (site.gateway.settings.home / "spool" / "aside").read_bytes()
    assert spooled(site) == 0

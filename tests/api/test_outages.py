"""What callers are told while the database or the disk refuses writes, or the clock is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import event, func, select

from tests.api.site import Site, told
from ums.domain.commands import Json
from ums.store import sqlite
from ums.store.models import MessageRow

HOUR = 3600.0

Outage = Callable[[Site], AbstractContextManager[None]]


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Another process has the lock for writing, and keeps it."""
    other = sqlite3.connect(site.gateway.database.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.close()


@contextmanager
def full(site: Site) -> Iterator[None]:
    """The database's file can't grow, as on a full disk."""

    def no_page_more(connection: sqlite3.Connection, _: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    engine = site.gateway.database.engine
    with sqlite3.connect(site.gateway.database.path) as free:
        # whatever is free within it would be used first
        free.execute("VACUUM")
    event.listen(engine, "connect", no_page_more)
    site.gateway.database.close()
    yield
    event.remove(engine, "connect", no_page_more)
    site.gateway.database.close()


def messages(site: Site) -> int:
    with site.gateway.database.read() as session:
        return session.scalars(select(func.count()).select_from(MessageRow)).one()


@pytest.mark.sqlite
@pytest.mark.parametrize("outage", [locked, full])
def test_while_the_database_refuses_writes_callers_are_told_to_come_back(
    site: Site, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    large: dict[str, Json] = {
        "msg_app": [{"text": "A parcel"}],
        "aud_userid": [f"nobody-{number}" for number in range(200)],
    }
    with outage(site):
        answer = site.send(large, key="once")
        assert told(answer)[:2] == (503, 5030)
        assert answer.headers["Retry-After"] == "2"
        assert answer.content_type == "application/json"
        assert site.get("/v1/channel").status_code == 200
    assert messages(site) == 0
    assert site.send(large, key="once").status_code == 200
    assert site.send(large, key="once").status_code == 200
    assert messages(site) == 1


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_while_the_clock_is_wrong_callers_are_served(site: Site, jump: float) -> None:
    assert site.send(key="before").status_code == 200
    site.clock.advance(jump)
    assert site.send(key="before").status_code == 200
    assert site.send(key="after").status_code == 200
    assert messages(site) == 2

"""kill -9 of the sending process in the middle of a send, three times over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.paths import SENDS
from tests.acceptance.wechat.shop import Shop, open_shop, openid
from tests.acceptance.wechat.town import Document, Town, eventually, town

PEOPLE = 300
KILLS = 3
IN_FLIGHT = 24


@pytest.fixture
def ghost_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An installation where nobody sends until a worker is started."""
    with town(tmp_path_factory.mktemp("crash"), sends=False) as found:
        yield found


@contextmanager
def worker(place: Town) -> Iterator[subprocess.Popen[bytes]]:
    """`ums worker` as a process of its own, killed in the end."""
    settings = {**place.environment, "UMS_IN_FLIGHT": str(IN_FLIGHT), "UMS_LOG_LEVEL": "error"}
    process = subprocess.Popen([sys.executable, "-m", "ums.cli", "worker"], env={**os.environ, **settings})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def send_calls(shop: Shop) -> int:
    """How many calls the platform has had, the few for tokens included."""
    return int(shop.town.sandbox.control("GET", "calls/count").json()["count"])


def killed_in_the_middle(shop: Shop) -> None:
    """Let a worker make some calls, and kill it."""
    before = send_calls(shop)
    with worker(shop.town) as process:
        eventually(lambda: send_calls(shop) >= before + 80)
        process.send_signal(signal.SIGKILL)
        process.wait()


def numbers_used(calls: list[Document]) -> dict[str, set[str]]:
    """The `client_msg_id`s of each person's calls."""
    found: dict[str, set[str]] = {}
    for call in calls:
        if isinstance(call["body"], dict) and call["path"] in SENDS:
            found.setdefault(str(call["openid"]), set()).add(str(call["body"].get("client_msg_id")))
    return found


def test_nothing_is_lost_and_nobody_gets_it_twice(ghost_town: Town) -> None:
    shop = open_shop(ghost_town)
    for account in (shop.mp, shop.oa):
        shop.slow(account, 50)
    userids = shop.crowd(PEOPLE, shop.mp, shop.oa)
    msgid = shop.send(userids, rule_id=0)
    for _ in range(KILLS):
        killed_in_the_middle(shop)
    assert shop.progress(msgid)["status"] == "sending"
    with worker(ghost_town):
        rows = shop.ended(msgid)
    assert len(rows) == 2 * PEOPLE
    official = [row for row in rows if row["channel"] == shop.oa.code]
    assert {row["status"] for row in official} == {"delivered"}
    assert all(shop.received(shop.oa, userid) == 1 for userid in userids)
    assert all(len(numbers) == 1 for numbers in numbers_used(shop.calls(shop.oa)).values())
    mini = [row for row in rows if row["channel"] == shop.mp.code]
    assert {row["status"] for row in mini} <= {"delivered", "unconfirmed"}
    unconfirmed = {str(row["address"]) for row in mini if row["status"] == "unconfirmed"}
    assert len(unconfirmed) <= KILLS * IN_FLIGHT
    assert {row["reason"] for row in mini if row["status"] == "unconfirmed"} <= {"worker_died"}
    calls = shop.send_calls(shop.mp)
    assert max(calls.values()) == 1
    delivered = {openid(shop.mp, userid) for userid in userids} - unconfirmed
    assert delivered <= calls.keys()

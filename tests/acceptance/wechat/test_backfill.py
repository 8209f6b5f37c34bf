"""A backfill whose sending process is killed three times: nobody is missed, and hardly a call is made twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial

import pytest

from tests.acceptance.wechat.shop import Shop, open_shop, openid
from tests.acceptance.wechat.test_crash import worker
from tests.acceptance.wechat.town import Document, Town, eventually, town
from ums.domain.commands import Json

FOLLOWERS = 2500
PAGE = 400
KILLS = 3
LIST, ASK = "/cgi-bin/user/get", "/cgi-bin/user/info/batchget"


@pytest.fixture
def ghost_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("backfill"), sends=False) as found:
        yield found


def followed(shop: Shop) -> None:
    """The official account's followers; every one of them has a unionid."""
    shop.set_up(shop.oa, open_platform=True, followers_per_page=PAGE, known_users_only=True)
    listed: list[Json] = [
        {"openid": openid(shop.oa, f"u{number}"), "unionid": f"union{number}"} for number in range(FOLLOWERS)
    ]
    shop.town.sandbox.control("PUT", "users", {"appid": shop.oa.appid, "users": listed})


def progress(shop: Shop) -> Document:
    return shop.town.told("binding", "progress", shop.oa.code)


def calls(shop: Shop, path: str) -> int:
    return int(shop.town.sandbox.control("GET", "calls/count", None, path=path).json()["count"])


def is_called(shop: Shop, path: str, times: int) -> bool:
    return calls(shop, path) >= times


def a_minute_passes(place: Town) -> None:
    """What a killed process held may be taken over after a minute, which a test doesn't wait for."""
    with place.gateway.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE backfills SET due = due - 60, asks_due = asks_due - 60")


def test_killed_at_any_moment_it_goes_on_and_nobody_is_missed(ghost_town: Town) -> None:
    shop = open_shop(ghost_town)
    followed(shop)
    shop.slow(shop.oa, 40)
    assert shop.town.told("binding", "backfill", shop.oa.code)["state"] == "running"
    for number in range(KILLS):
        with worker(ghost_town) as process:
            wanted = (LIST, 2) if number == 0 else (ASK, 3 * number)
            eventually(partial(is_called, shop, *wanted))
            process.send_signal(signal.SIGKILL)
            process.wait()
        a_minute_passes(ghost_town)
    assert progress(shop)["state"] == "running"
    with worker(ghost_town), worker(ghost_town):
        shop.town.told("binding", "backfill", shop.oa.code, "--wait")
    done = progress(shop)
    assert (done["state"], done["listed"], done["asked"], done["left"]) == ("done", FOLLOWERS, FOLLOWERS, 0)
    assert calls(shop, ASK) <= FOLLOWERS // 100 + KILLS
    assert calls(shop, LIST) <= FOLLOWERS // PAGE + 2 + KILLS

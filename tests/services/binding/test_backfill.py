"""Everybody who follows is listed and asked about, in steps that can be cut short, within the provider's quotas."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from sandbox.client import SandboxClient
from sandbox.inprocess import running
from tests.databases import Overtaken
from tests.factories import create_gateway
from tests.fakes import FrozenClock
from tests.services.binding.test_histories import upload
from tests.services.binding.test_joining import bound, history
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest
from ums.domain.follow import Follow
from ums.domain.push import ProviderEvent, Push
from ums.registry import Registry
from ums.sdk.people import Person
from ums.services import channels, pushes, quotas
from ums.services.binding import asking, backfill, joining
from ums.services.gateway import Gateway
from ums.store import backfills, follows, identities
from ums.store import channels as channel_store
from ums.store.db import Database

APPID, PROGRAM = "wx0000000000000000", "wx0000000000000001"
LIST, ASK = "/cgi-bin/user/get", "/cgi-bin/user/info/batchget"
DAY = 86_400.0


@pytest.fixture
def wechat() -> Iterator[SandboxClient]:
    with running() as url, SandboxClient(url) as sandbox:
        sandbox.control("PUT", f"accounts/{APPID}", {"kind": "wechatoa", "secret": "s" * 32, "open_platform": True})
        sandbox.control("PUT", f"accounts/{PROGRAM}", {"kind": "wechatmp", "secret": "s" * 32})
        yield sandbox


@pytest.fixture
def gateway(tmp_path: Path, clock: FrozenClock, wechat: SandboxClient) -> Iterator[Gateway]:
    opened = create_gateway(home=tmp_path, registry=Registry.load(), clock=clock)
    for code, type_, appid in (("account", "wechatoa", APPID), ("program", "wechatmp", PROGRAM)):
        channels.add(opened, code, type_, {"appid": appid, "secret": "s" * 32, "base_url": wechat.url}, ())
    yield opened
    opened.close()


def people(wechat: SandboxClient, count: int, *, start: int = 0, page: int = 10_000) -> None:
    """Followers o0, o1, … whose unions are u0, u1, …"""
    numbers = range(start, start + count)
    listed: list[Json] = [{"openid": f"o{number}", "unionid": f"u{number}"} for number in numbers]
    set_up(wechat, known_users_only=True, followers_per_page=page)
    wechat.control("PUT", "users", {"appid": APPID, "users": listed})


def set_up(wechat: SandboxClient, **settings: Json) -> None:
    wechat.control("PUT", f"accounts/{APPID}", settings)


def calls(wechat: SandboxClient, path: str) -> int:
    return int(wechat.control("GET", "calls/count", None, path=path).json()["count"])


def work(gateway: Gateway) -> backfill.Progress:
    """What the clock does in some seconds."""
    for _ in range(3):
        backfill.walk(gateway)
        asking.look(gateway)
    return backfill.progress(gateway, "account")


def known(gateway: Gateway, code: str = "account") -> dict[str, str]:
    """What is kept of a channel's people: the union by address."""
    with gateway.database.engine.begin() as connection:
        rows = connection.exec_driver_sql(
            "SELECT address, joined FROM identities WHERE channel_id = ?", (channel_id(gateway, code),)
        )
        return {str(row[0]): str(row[1]) for row in rows}


def channel_id(gateway: Gateway, code: str = "account") -> int:
    with gateway.database.read() as session:
        channel = channel_store.by_code(session, code)
    assert channel is not None
    return channel.id


def follow(gateway: Gateway, address: str) -> None:
    now = gateway.clock.now()
    event = ProviderEvent(
        event_id=f"{address} {now}",
        kind="subscribe",
        address=address,
        at=now,
        details={},
        follow=Follow(address, following=True, at=now),
    )
    pushes.store(gateway, Push(channel_id=channel_id(gateway), received_at=now, events=(event,)))


def test_all_are_listed_and_asked_about_and_wait_for_a_userid(gateway: Gateway, wechat: SandboxClient) -> None:
    people(wechat, 250, page=100)
    upload(gateway, {"userid": "zhangsan", "program": "m7"}, {"userid": "lisi", "account": "o8"})
    with gateway.database.write() as session:
        joining.meet(gateway, session, channel_id(gateway, "program"), Person(address="m7", union="u7"))
    assert backfill.progress(gateway, "account").backfill.state == "idle"
    assert backfill.begin(gateway, "account").backfill.state == "running"
    done = work(gateway).backfill
    assert (done.state, done.total, done.listed, done.asked, done.joined) == ("done", 250, 250, 250, 1)
    assert known(gateway) == {f"o{number}": f"u{number}" for number in range(250)}
    assert bound(gateway, "zhangsan") == {"account": "union: program", "program": ""}
    assert history(gateway, "zhangsan")[0] == ("account", True, "union", "program")
    assert (calls(wechat, LIST), calls(wechat, ASK)) == (4, 3)
    with gateway.database.read() as session:
        assert follows.is_following(session, channel_id(gateway), "o1") is True
    # whoever is bound later takes along what is known by then
    upload(gateway, {"userid": "wangwu", "account": "o9"})
    assert bound(gateway, "wangwu") == {"account": ""}


def test_the_days_calls_are_never_exceeded(gateway: Gateway, wechat: SandboxClient, clock: FrozenClock) -> None:
    people(wechat, backfill.LISTS_A_DAY + 20, page=1)
    backfill.begin(gateway, "account")
    put_off = work(gateway)
    assert (put_off.backfill.state, put_off.backfill.listed) == ("running", backfill.LISTS_A_DAY)
    assert put_off.backfill.note == backfill.USED_UP
    assert put_off.waits_until is not None
    assert calls(wechat, LIST) == backfill.LISTS_A_DAY
    clock.advance(put_off.waits_until - clock.now())
    assert work(gateway).backfill.state == "done"
    assert len(known(gateway)) == backfill.LISTS_A_DAY + 20


@pytest.mark.parametrize(
    ("quota", "path", "longest"),
    [("daily_quota", LIST, DAY), ("daily_quota", ASK, DAY), ("minute_quota", ASK, 60.0)],
)
def test_the_providers_quotas_put_it_off(
    gateway: Gateway, wechat: SandboxClient, clock: FrozenClock, quota: str, path: str, longest: float
) -> None:
    people(wechat, 500, page=100)
    limits: dict[str, Json] = {quota: {path: 2}}
    set_up(wechat, **limits)
    backfill.begin(gateway, "account")
    before = work(gateway)
    assert before.backfill.state == "running"
    made = calls(wechat, path)
    assert "45009" in before.backfill.note or "45011" in before.backfill.note
    until = before.waits_until if before.waits_until is not None else before.backfill.asks_due
    assert 0 < until - clock.now() <= longest
    work(gateway)
    assert calls(wechat, path) == made
    set_up(wechat, **{quota: None})
    clock.advance(until - clock.now())
    assert work(gateway).backfill.state == "done"
    assert known(gateway) == {f"o{number}": f"u{number}" for number in range(500)}


@pytest.mark.parametrize("path", [LIST, ASK])
@pytest.mark.parametrize("goes_on", ["begun again", "cleared"])
def test_it_goes_on_at_once_when_begun_again_or_its_quota_is_cleared(
    gateway: Gateway, wechat: SandboxClient, clock: FrozenClock, path: str, goes_on: str
) -> None:
    people(wechat, 300, page=100)
    set_up(wechat, daily_quota={path: 2})
    backfill.begin(gateway, "account")
    assert "45009" in work(gateway).backfill.note
    if goes_on == "cleared":
        quotas.clear(gateway, "account")
    else:
        set_up(wechat, daily_quota=None)
        begun = backfill.begin(gateway, "account")
        assert (begun.backfill.note, begun.waits_until) == ("", None)
    clock.advance(asking.STEP)
    assert work(gateway).backfill.state == "done"
    assert known(gateway) == {f"o{number}": f"u{number}" for number in range(300)}


def test_a_step_that_is_being_taken_is_not_taken_again_when_it_is_begun_again(
    gateway: Gateway, wechat: SandboxClient
) -> None:
    people(wechat, 10)
    backfill.begin(gateway, "account")
    number, now = channel_id(gateway), gateway.clock.now()
    claim = partial(backfills.claim_list, day="2026-11-20", most=500, now=now, until=now + asking.STEP)
    with gateway.database.write() as session:
        assert claim(session, number) is not None
    backfill.begin(gateway, "account")
    with gateway.database.write() as session:
        assert claim(session, number) is None


def test_whoever_finds_that_another_has_asked_already_holds_nobody_up(
    gateway: Gateway, wechat: SandboxClient
) -> None:
    people(wechat, 100)
    backfill.begin(gateway, "account")
    backfill.walk(gateway)
    database = cast("Database", Overtaken(gateway.database, lambda: asking.look(gateway)))
    asking.look(replace(gateway, database=database))
    assert calls(wechat, ASK) == 1
    people(wechat, 1, start=100)
    follow(gateway, "o100")
    asking.look(gateway)
    assert calls(wechat, ASK) == 2


def test_two_processes_take_no_step_twice(gateway: Gateway, wechat: SandboxClient) -> None:
    people(wechat, 1000, page=100)
    wechat.control("PUT", "latency", {"ms": 5})
    backfill.begin(gateway, "account")
    other = create_gateway(home=gateway.settings.home, registry=Registry.load(), clock=gateway.clock)
    threads = [threading.Thread(target=work, args=(each,)) for each in (gateway, other, gateway, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    done = work(gateway).backfill
    assert (done.state, done.listed, done.asked) == ("done", 1000, 1000)
    assert (calls(wechat, LIST), calls(wechat, ASK)) == (11, 10)


def test_who_follows_later_is_asked_about_and_so_is_who_is_uploaded_later(
    gateway: Gateway, wechat: SandboxClient, clock: FrozenClock
) -> None:
    people(wechat, 4)
    upload(gateway, {"userid": "zhangsan", "account": "o0"})
    follow(gateway, "o1")
    work(gateway)
    assert known(gateway) == {"o1": "u1"}
    backfill.begin(gateway, "account")
    work(gateway)
    people(wechat, 2, start=4)
    upload(gateway, {"userid": "lisi", "account": "o5"})
    clock.advance(asking.GATHER)
    work(gateway)
    assert known(gateway)["o5"] == "u5"


def test_whom_the_provider_does_not_know_counts_as_asked_until_he_follows(
    gateway: Gateway, wechat: SandboxClient, clock: FrozenClock
) -> None:
    people(wechat, 1)
    with gateway.database.write() as session:
        joining.meet(gateway, session, channel_id(gateway), Person(address="stranger"))
    work(gateway)
    asked = calls(wechat, ASK)
    clock.advance(DAY)
    work(gateway)
    assert (known(gateway), calls(wechat, ASK)) == ({"stranger": ""}, asked)
    wechat.control("PUT", "users", {"appid": APPID, "users": [{"openid": "stranger", "unionid": "u9"}]})
    follow(gateway, "stranger")
    work(gateway)
    assert known(gateway) == {"stranger": "u9"}


def test_an_account_without_the_permission_stops_it_until_it_is_begun_again(
    gateway: Gateway, wechat: SandboxClient, clock: FrozenClock
) -> None:
    people(wechat, 150, page=100)
    backfill.begin(gateway, "account")
    set_up(wechat, denied_paths=[LIST])
    stopped = work(gateway).backfill
    assert stopped.state == "stopped"
    assert "48001" in stopped.note
    set_up(wechat, denied_paths=[])
    clock.advance(asking.STEP)
    assert work(gateway).backfill.state == "stopped"
    backfill.begin(gateway, "account")
    assert work(gateway).backfill.state == "done"


def test_a_list_whose_place_has_left_begins_anew(
    gateway: Gateway, wechat: SandboxClient, clock: FrozenClock
) -> None:
    people(wechat, 300, page=100)
    backfill.begin(gateway, "account")
    set_up(wechat, daily_quota={LIST: 1})
    waits = work(gateway).waits_until
    assert waits is not None
    set_up(wechat, daily_quota=None)
    wechat.control("PUT", "users", {"appid": APPID, "users": [{"openid": "o99", "following": False}]})
    clock.advance(waits - clock.now())
    work(gateway)
    clock.advance(asking.AGAIN)
    done = work(gateway).backfill
    assert (done.state, done.listed) == ("done", 299)
    assert len(known(gateway)) == 300


def test_whom_the_provider_had_us_erase_is_not_listed_again(gateway: Gateway, wechat: SandboxClient) -> None:
    people(wechat, 3)
    now = gateway.clock.now()
    event = ProviderEvent(
        event_id="1", kind="user_authorization_revoke", address="o1", at=now, details={}, erases=True
    )
    pushes.store(gateway, Push(channel_id=channel_id(gateway), received_at=now, events=(event,)))
    backfill.begin(gateway, "account")
    assert work(gateway).backfill.state == "done"
    assert set(known(gateway)) == {"o0", "o2"}


def test_a_type_that_lists_nobody_is_refused(gateway: Gateway) -> None:
    with pytest.raises(InvalidRequest, match="doesn't list who follows"):
        backfill.begin(gateway, "program")


def test_begun_again_it_asks_about_those_whose_union_is_still_missing(
    gateway: Gateway, wechat: SandboxClient, clock: FrozenClock
) -> None:
    people(wechat, 3)
    set_up(wechat, open_platform=False)
    backfill.begin(gateway, "account")
    assert work(gateway).backfill.state == "done"
    assert set(known(gateway).values()) == {""}
    set_up(wechat, open_platform=True)
    clock.advance(60.0)
    backfill.begin(gateway, "account")
    assert work(gateway).backfill.state == "done"
    assert known(gateway) == {"o0": "u0", "o1": "u1", "o2": "u2"}
    with gateway.database.read() as session:
        assert identities.left_to_ask(session, channel_id(gateway)) == 0

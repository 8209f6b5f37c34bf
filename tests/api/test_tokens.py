"""The gateway as a pool of access tokens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.api.site import Site, open_site, told
from tests.fakes import FakePlugin, FakeProvider
from ums.services import channels, templates

MANY = 16


@pytest.fixture
def pool(tmp_path: Path, provider: FakeProvider) -> Iterator[Site]:
    """A site where `shop` also has the official account oa1."""
    site = open_site(tmp_path, plugins=[FakePlugin("wechatoa"), FakePlugin("wechatmp")])
    given = {"account": "oa1", "secret": "right", "base_url": provider.url}
    channels.add(site.gateway, "oa1", "wechatoa", given, ["shop"])
    yield site
    site.gateway.close()


def ask(site: Site, type_: str = "wechatoa") -> TestResponse:
    return site.get(f"/v1/token?type={type_}")


def test_it_gives_the_token_and_the_seconds_left_as_a_text(pool: Site) -> None:
    answer = ask(pool)
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"code": 0, "token": "token-1", "expires_in": "7200"},
    )
    assert answer.headers["Cache-Control"] == "no-store"


def test_asked_again_it_is_the_same_token_with_fewer_seconds_left(pool: Site, provider: FakeProvider) -> None:
    ask(pool)
    pool.clock.advance(200.5)
    assert ask(pool).get_json() == {"code": 0, "token": "token-1", "expires_in": "6999"}
    assert provider.called("/token") == 1


def test_near_its_end_the_token_is_renewed(pool: Site, provider: FakeProvider) -> None:
    ask(pool)
    pool.clock.advance(7000)
    assert ask(pool).get_json() == {"code": 0, "token": "token-2", "expires_in": "7200"}
    assert provider.called("/token") == 2


def test_many_who_ask_at_once_cost_one_call(pool: Site, provider: FakeProvider) -> None:
    together = threading.Barrier(MANY)

    def one(_: int) -> str:
        together.wait()
        return str(ask(pool).get_json()["token"])

    with ThreadPoolExecutor(MANY) as threads:
        assert set(threads.map(one, range(MANY))) == {"token-1"}
    assert provider.called("/token") == 1


def test_it_is_the_token_that_the_gateway_itself_uses(pool: Site, provider: FakeProvider) -> None:
    provider.templates["message"] = [("T1", "Parcel")]
    templates.refresh(pool.gateway, "oa1")
    assert ask(pool).get_json()["token"] == "token-1"
    assert provider.called("/token") == 1


@pytest.mark.parametrize(
    "query", ["?type=app", "?type=", "", "?type=wechatoa&more=1", "?type=wechatoa&type=wechatmp"]
)
def test_an_unknown_type_is_refused(pool: Site, query: str) -> None:
    status, code, message = told(pool.get(f"/v1/token{query}"))
    assert (status, code) == (400, 4004)
    if query == "?type=app":
        assert "wechatoa, wechatmp, dingtalkcc, wechatwk" in message


@pytest.mark.parametrize(("type_", "code"), [("wechatmp", 1015009), ("dingtalkcc", 1015012), ("wechatwk", 4004)])
def test_a_channel_not_granted_or_not_installed_has_its_own_code(pool: Site, type_: str, code: int) -> None:
    status, given, message = told(ask(pool, type_))
    assert (status, given) == (400, code)
    assert type_ in message


def test_a_closed_channel_and_anothers_channel_give_no_token(pool: Site) -> None:
    assert told(pool.get("/v1/token?type=wechatoa", auth=pool.bank))[1] == 1015008
    channels.close(pool.gateway, "oa1")
    assert told(ask(pool))[1] == 1015008


def test_an_access_key_gets_no_token(pool: Site) -> None:
    assert told(pool.get("/v1/token?type=wechatoa", auth=pool.staff))[:2] == (403, 4030)


def test_refused_credentials_park_the_channel_and_are_not_tried_again(pool: Site, provider: FakeProvider) -> None:
    provider.secret = "changed"
    status, code, message = told(ask(pool))
    assert (status, code) == (409, 4090)
    assert "bad_secret said the provider" in message
    assert "Look after the bad secret." in message
    assert channels.show(pool.gateway, "oa1").channel.state == "parked"
    pool.clock.advance(60)
    status, code, message = told(ask(pool))
    assert (status, code) == (409, 4090)
    assert "The channel is parked: bad_secret" in message
    assert provider.called("/token") == 1


def test_a_busy_provider_is_503_and_parks_nothing(pool: Site, provider: FakeProvider) -> None:
    provider.refusals["/token"] = "busy"
    answer = ask(pool)
    assert told(answer)[:2] == (503, 5030)
    assert int(answer.headers["Retry-After"]) > 0
    assert channels.show(pool.gateway, "oa1").channel.state == "ready"

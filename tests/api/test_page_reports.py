"""Subscriptions reported by a page inside an app, with its session and no secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.login_cases import session_of
from tests.api.site import Site, open_site, told
from tests.fakes import FakeProvider
from ums.domain.bind_ticket import SESSION_LIFETIME
from ums.domain.commands import Json
from ums.services import channels

PATH = "/v1/subscription"


@pytest.fixture
def site(tmp_path: Path, provider: FakeProvider) -> Iterator[Site]:
    opened = open_site(tmp_path, provider_url=provider.url)
    yield opened
    opened.gateway.close()


def balances(site: Site) -> dict[str, Json]:
    found = site.get(f"{PATH}?channel=app1").get_json()["subscriptions"]
    return {f"{one['openid']} {one['template_id']}": one["credits"] for one in found}


@pytest.mark.parametrize("more", [{}, {"channel": "app1"}])
def test_a_page_reports_for_whoever_looks_at_it(site: Site, more: dict[str, Json]) -> None:
    body = {"session": session_of(site), "results": {"t1": "accept", "t2": "reject"}, **more}
    answer = site.http.post(PATH, json=body)
    assert answer.get_json() == {"code": 0, "credits": {"t1": 1, "t2": None}}
    assert balances(site) == {"fake-zhangsan t1": 1}


def test_a_page_counts_only_what_the_channels_list_holds(site: Site, provider: FakeProvider) -> None:
    provider.templates["message"] = [("t1", "Parcel")]
    assert site.post("/v1/channel/app1/template/refresh").status_code == 200
    body: Json = {"session": session_of(site), "results": {"t1": "accept", "made-up": "accept"}}
    assert site.http.post(PATH, json=body).get_json()["credits"] == {"t1": 1, "made-up": None}
    assert balances(site) == {"fake-zhangsan t1": 1}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"userid": "zhangsan"}, 400),
        ({"openid": "fake-zhangsan"}, 400),
        ({"channel": "mail1"}, 403),
        ({"session": "x"}, 403),
        ({"session": ""}, 400),
        ({"results": {}}, 400),
    ],
)
def test_a_report_that_will_not_do_counts_nothing(site: Site, changes: dict[str, Json], status: int) -> None:
    body = {"session": session_of(site), "results": {"t1": "accept"}, **changes}
    assert told(site.http.post(PATH, json=body))[0] == status
    assert balances(site) == {}


def test_without_a_session_it_takes_credentials(site: Site) -> None:
    body: Json = {"channel": "app1", "userid": "zhangsan", "results": {"t1": "accept"}}
    answer = site.http.post(PATH, json=body)
    assert told(answer)[:2] == (401, 4005)
    assert "session" in told(answer)[2]
    assert site.post(PATH, body).status_code == 200


def test_a_backend_may_pass_the_session_on_where_the_channel_is_its_own(site: Site) -> None:
    body: Json = {"session": session_of(site), "results": {"t1": "accept"}}
    assert told(site.post(PATH, body, auth=site.bank))[:2] == (403, 4030)
    assert site.post(PATH, body).get_json()["credits"] == {"t1": 1}


def test_a_session_that_is_over_counts_nothing(site: Site) -> None:
    body: Json = {"session": session_of(site), "results": {"t1": "accept"}}
    site.clock.advance(SESSION_LIFETIME + 1)
    assert told(site.http.post(PATH, json=body))[:2] == (403, 4030)
    assert balances(site) == {}


def test_nor_does_one_of_a_channel_that_was_removed(site: Site) -> None:
    body: Json = {"session": session_of(site), "results": {"t1": "accept"}}
    channels.remove(site.gateway, "app1")
    assert told(site.http.post(PATH, json=body))[:2] == (403, 4030)

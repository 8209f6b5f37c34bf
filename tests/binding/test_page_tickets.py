"""Pages sign with what is fetched once for all; people of an authorised channel go through its platform."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.api.operations import furnished_site
from tests.api.site import Site
from tests.fake_people import PeoplePlugin
from ums.domain.commands import Json
from ums.provider.provider import Provider
from ums.services import channels
from ums.services.accounts import account

PAGE: Json = {"channel": "oa1", "url": "https://shop.example/page?x=1"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with furnished_site(tmp_path) as opened:
        yield opened


def people(site: Site) -> PeoplePlugin:
    plugin = site.gateway.registry["wechatoa"]
    assert isinstance(plugin, PeoplePlugin)
    return plugin


def test_a_page_is_given_what_the_providers_script_wants(site: Site) -> None:
    config = site.post("/v1/bind/jssdk", PAGE).get_json()["config"]
    assert set(config) == {"appId", "timestamp", "nonceStr", "signature"}
    assert config["timestamp"] == int(site.clock.now())
    assert config["nonceStr"] != site.post("/v1/bind/jssdk", PAGE).get_json()["config"]["nonceStr"]


def test_however_many_ask_the_provider_is_asked_once_for_all_processes(site: Site) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: site.post("/v1/bind/jssdk", PAGE).status_code, range(40)))
    assert answers == [200] * 40
    gateway = site.gateway
    other = replace(gateway, provider=Provider.open(gateway.database, gateway.sealer, gateway.clock))
    used = account(gateway, "oa1")
    assert other.provider.page_ticket(used.plugin, used.settings).value == "page-ticket-1"
    other.provider.close()
    assert people(site).page_tickets == 1


def test_it_is_renewed_before_it_ends(site: Site) -> None:
    site.post("/v1/bind/jssdk", PAGE)
    site.clock.advance(7000)
    assert site.post("/v1/bind/jssdk", PAGE).status_code == 200
    assert people(site).page_tickets == 2


@pytest.mark.parametrize("url", ["http://a.example/", "https://a.example/#x", "a.example", "//a.example"])
def test_what_is_no_address_is_refused(site: Site, url: str) -> None:
    answer = site.post("/v1/bind/jssdk", {"channel": "oa1", "url": url})
    assert list(answer.get_json()["errors"]) == ["url"]


def test_a_channel_authorised_by_qr_code_is_asked_for_through_its_platform(site: Site) -> None:
    channels.change(site.gateway, "oa1", {"authorised_by": "platform"})
    link = site.post("/v1/bind/ticket", {"channel": "oa1", "userid": "zhangsan"}).get_json()["url"]
    assert site.http.get(link).status_code == 302
    assert [platform.name for platform in people(site).platforms] == ["shop"]


def test_where_the_platform_is_gone_people_are_told_to_come_back(site: Site) -> None:
    channels.change(site.gateway, "oa1", {"authorised_by": "platform"})
    link = site.post("/v1/bind/ticket", {"channel": "oa1", "userid": "zhangsan"}).get_json()["url"]
    with site.gateway.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM platforms")
    answer = site.http.get(link)
    assert (answer.status_code, "Not right now" in answer.get_data(as_text=True)) == (409, True)

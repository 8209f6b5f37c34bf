"""Channels and their templates over the API."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.api.site import Site, open_site, told
from tests.factories import break_channel
from tests.fakes import FakeProvider

CHANNEL = {
    "type": "app",
    "name": "app1",
    "state": "ready",
    "reason": "",
    "refreshed_at": None,
    "authorised_by": "",
    "failing": None,
}


def counted(answer: TestResponse) -> tuple[int, ...]:
    told = answer.get_json()
    return tuple(told[name] for name in ("added", "removed", "changed", "total"))


def test_an_application_sees_the_channels_granted_to_it(shared_site: Site) -> None:
    answer = shared_site.get("/v1/channel").get_json()
    assert answer == {
        "code": 0,
        "channels": [
            {"channel": "app1", **CHANNEL},
            {"channel": "mail1", **CHANNEL, "type": "email", "name": "mail1"},
        ],
        "next": None,
    }


def test_a_channel_whose_calls_keep_failing_says_why_and_when_it_is_tried_next(site: Site) -> None:
    broken = break_channel(site.gateway, "app1")
    first, _ = site.get("/v1/channel").get_json()["channels"]
    told = {"reason": "connection_refused", "since": int(broken.noted_at), "tried_at": int(broken.noted_at) + 2}
    assert (first["state"], first["failing"]) == ("ready", told)


def test_an_access_key_sees_all_channels_in_pages(shared_site: Site) -> None:
    first = shared_site.get("/v1/channel?limit=2", auth=shared_site.staff).get_json()
    assert [channel["channel"] for channel in first["channels"]] == ["app1", "app2"]
    rest = shared_site.get(f"/v1/channel?limit=2&cursor={first['next']}", auth=shared_site.staff).get_json()
    assert ([channel["channel"] for channel in rest["channels"]], rest["next"]) == (["mail1"], None)


@pytest.mark.parametrize("query", ["cursor=!", "limit=0", "page=2"])
def test_a_wrong_parameter_is_named(shared_site: Site, query: str) -> None:
    answer = shared_site.get(f"/v1/channel?{query}")
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [query.partition("=")[0]]


def test_templates_are_refreshed_and_listed(tmp_path: Path, provider: FakeProvider) -> None:
    provider.templates = {"message": [("A", "Parcel"), ("B", "Bill")], "notice": [("N", "News")]}
    site = open_site(tmp_path, provider_url=provider.url)
    assert site.get("/v1/channel/app1/template").get_json() == {
        "code": 0,
        "templates": [],
        "counts": [{"kind": "message", "used": 0, "allowed": 50}, {"kind": "notice", "used": 0, "allowed": None}],
        "refreshed_at": None,
    }
    assert counted(site.post("/v1/channel/app1/template/refresh")) == (3, 0, 0, 3)
    answer = site.get("/v1/channel/app1/template").get_json()
    assert answer["refreshed_at"] == 1_800_000_000
    assert [template["template_id"] for template in answer["templates"]] == ["A", "B", "N"]
    assert answer["templates"][0] == {
        "template_id": "A",
        "title": "Parcel",
        "kind": "message",
        "fields": [{"key": "thing1", "type": "thing", "label": "Thing", "limit": "20"}],
        "content": "{{thing1.DATA}}",
        "example": "thing1: parcel",
        "state": "active",
    }
    provider.templates["message"] = [("A", "Parcels")]
    assert counted(site.post("/v1/channel/app1/template/refresh", auth=site.staff)) == (0, 1, 1, 2)
    site.gateway.close()


def test_a_list_that_cannot_be_fetched_is_noted_and_the_other_kept(tmp_path: Path, provider: FakeProvider) -> None:
    provider.templates["message"] = [("A", "Parcel")]
    provider.refusals["/templates/notice"] = "no_permission"
    site = open_site(tmp_path, provider_url=provider.url)
    refreshed = site.post("/v1/channel/app1/template/refresh").get_json()
    assert refreshed["total"] == 1
    assert "48001" in refreshed["notes"]["notice"]
    assert "48001" in site.get("/v1/channel/app1/template").get_json()["notes"]["notice"]
    site.gateway.close()


def test_a_provider_that_cannot_be_reached_is_503(shared_site: Site) -> None:
    assert told(shared_site.post("/v1/channel/app1/template/refresh"))[:2] == (503, 5030)


@pytest.mark.parametrize("code", ["app2", "nothing", "%00", "x" * 500])
def test_a_channel_that_is_not_the_callers_is_404(shared_site: Site, code: str) -> None:
    assert told(shared_site.get(f"/v1/channel/{code}/template"))[:2] == (404, 4040)
    assert told(shared_site.post(f"/v1/channel/{code}/template/refresh"))[:2] == (404, 4040)

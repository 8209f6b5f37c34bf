"""Requests a minute, as callers meet them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from werkzeug.test import TestResponse

from tests.api.site import Pair, Site, open_site, told
from ums.domain.commands import Json

HEADERS = ("X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset")


def limited(site: Site, limit: int) -> Site:
    """The site once `shop` may make so many requests a minute."""
    shop = next(item for item in _applications(site) if item["name"] == "shop")
    changed = site.as_operator("PUT", f"/applications/{shop['id']}", {"policy": {"rate_limit": limit}})
    assert changed.status_code == 200
    return site


def _applications(site: Site) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = site.as_operator("GET", "/applications").get_json()["applications"]
    return found


def headers(answer: TestResponse) -> tuple[str | None, ...]:
    return tuple(answer.headers.get(name) for name in HEADERS)


def test_every_answer_tells_where_the_caller_stands(site: Site) -> None:
    limited(site, 4)
    assert headers(site.get("/v1/channel")) == ("4", "3", "60")
    site.clock.advance(20)
    assert headers(site.get("/v1/message/none")) == ("4", "2", "40")
    assert headers(site.post("/v1/user/delete", ["zhangsan"])) == ("4", "1", "40")
    assert headers(site.post("/v1/sent", {"no": "message"})) == ("4", "0", "40")


def test_a_request_over_the_limit_is_refused_until_the_minute_ends(site: Site) -> None:
    limited(site, 2)
    site.clock.advance(50)
    assert [site.get("/v1/channel").status_code for _ in range(3)] == [200, 200, 429]
    refused = site.send()
    assert told(refused)[:2] == (429, 1015030)
    assert (refused.headers["Retry-After"], headers(refused)) == ("10", ("2", "0", "10"))
    site.clock.advance(10)
    assert site.send().status_code == 200


def test_who_shows_wrong_credentials_spends_nobodys_requests(site: Site) -> None:
    limited(site, 2)
    key, secret = site.shop
    strangers: list[Pair] = [(key, "wrong"), ("0" * 24, secret), (key, "")]
    for stranger in strangers * 3:
        answer = site.get("/v1/channel", auth=stranger)
        assert told(answer)[:2] == (401, 4005)
        assert headers(answer) == (None, None, None)
    assert headers(site.get("/v1/channel")) == ("2", "1", "60")


def test_applications_do_not_share_a_limit(site: Site) -> None:
    limited(site, 1)
    assert [site.get("/v1/channel").status_code for _ in range(2)] == [200, 429]
    assert site.get("/v1/channel", auth=site.bank).status_code == 200


def test_without_a_limit_there_are_no_headers(site: Site) -> None:
    assert headers(site.get("/v1/channel")) == (None, None, None)
    assert headers(site.as_operator("GET", "/rules")) == (None, None, None)


def test_a_new_application_may_make_600_requests(site: Site) -> None:
    made = site.as_operator("POST", "/applications", {"name": "new"}).get_json()
    answer = site.get("/v1/channel", auth=(made["channel_key"], made["master_secret"]))
    assert headers(answer) == ("600", "599", "60")


def test_a_raised_limit_counts_at_once(site: Site) -> None:
    limited(site, 1)
    assert [site.get("/v1/channel").status_code for _ in range(2)] == [200, 429]
    limited(site, 3)
    assert headers(site.get("/v1/channel")) == ("3", "1", "60")


def test_an_access_key_has_the_installations_limit(tmp_path: Path) -> None:
    site = open_site(tmp_path, access_key_rate_limit=1)
    with closing(site.gateway):
        assert headers(site.get("/v1/user", auth=site.staff)) == ("1", "0", "60")
        assert told(site.get("/v1/user", auth=site.staff))[:2] == (429, 1015030)

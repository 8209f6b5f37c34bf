"""How an application has its people bound is an operator's to say, and nothing dangerous can be said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.site import Site, open_site
from ums.domain.commands import Json
from ums.services import applications

LINKING: Json = {
    "login_url": "https://shop.example/login?from=wechat",
    "return_urls": ["https://shop.example/orders", "https://shop.example/app/*"],
    "origins": ["https://b.example:8443"],
    "name": "The shop",
    "color": "#1677ff",
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = open_site(tmp_path)
    yield opened
    opened.gateway.close()


def shop(site: Site) -> int:
    return applications.by_name(site.gateway, "shop").id


def test_it_is_put_in_place_as_a_whole_and_shown(site: Site) -> None:
    path = f"/applications/{shop(site)}"
    assert site.as_operator("PUT", path, {"linking": LINKING}).get_json()["linking"] == LINKING
    assert site.as_operator("GET", path).get_json()["linking"] == LINKING
    site.as_operator("PUT", path, {"name": "shops"})
    assert site.as_operator("GET", path).get_json()["linking"] == LINKING
    site.as_operator("PUT", path, {"linking": {"name": "Shop"}})
    left = site.as_operator("GET", path).get_json()["linking"]
    assert left == {"login_url": "", "return_urls": [], "origins": [], "name": "Shop", "color": ""}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("login_url", "http://shop.example/login"),
        ("login_url", "javascript:alert(1)"),
        ("login_url", "https://shop.example@evil.example/"),
        ("return_urls", ["https://shop.example*"]),
        ("return_urls", ["//shop.example/"]),
        ("return_urls", ["*"]),
        ("origins", ["https://b.example/"]),
        ("origins", ["null"]),
        ("origins", ["*"]),
        ("name", "x" * 41),
        ("color", "red"),
        ("color", "#1677f;"),
    ],
)
def test_what_would_lead_people_astray_is_refused_by_its_path(site: Site, member: str, value: Json) -> None:
    answer = site.as_operator("PUT", f"/applications/{shop(site)}", {"linking": {member: value}})
    assert answer.status_code == 400
    assert [path.startswith(f"linking.{member}") for path in answer.get_json()["errors"]] == [True]
    assert applications.by_name(site.gateway, "shop").linking.login_url == ""

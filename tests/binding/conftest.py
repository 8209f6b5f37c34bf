"""A site with a channel whose people can be bound by a link, and a mini program beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.site import open_site
from tests.binding.phone import Phone, Town
from tests.fake_people import PeoplePlugin
from tests.fakes import FakePlugin
from ums.domain.linking import Linking
from ums.services import applications, channels
from ums.services.applications import ApplicationChange

LINKING = Linking(
    login_url="https://shop.example/login",
    return_urls=("https://shop.example/orders", "https://shop.example/app/*"),
    origins=("https://b.example:8443",),
    name="The shop",
    color="#1677ff",
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    people = PeoplePlugin("wechatoa")
    site = open_site(tmp_path, plugins=[people, FakePlugin("wechatmp")])
    for code, type_, owner in (
        ("oa1", "wechatoa", "shop"), ("mp1", "wechatmp", "shop"), ("oa2", "wechatoa", "bank"),
        ("mp2", "wechatmp", "bank"),
    ):  # fmt: skip
        channels.add(site.gateway, code, type_, {"account": code, "secret": "right"}, [owner])
    shop = applications.by_name(site.gateway, "shop")
    applications.change(site.gateway, shop.id, ApplicationChange(linking=LINKING))
    yield Town(site=site, people=people)
    site.gateway.close()


@pytest.fixture
def phone(town: Town) -> Phone:
    return Phone(town)

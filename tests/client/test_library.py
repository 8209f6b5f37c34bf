"""The client's template library, against the gateway itself, and page by page against one that answers as told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.site import open_site, serving
from tests.client.gateway import Reply, answering
from tests.fakes import FakeProvider
from ums.client import Admin, ApiError, Client, NoAnswer
from ums.client.door import Repetition
from ums.domain.commands import Json

ONCE = Repetition(times=1)


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    """An operator's program, where a user has allowed one message of t1."""
    with FakeProvider(templates={"message": [("t1", "Parcel")], "notice": []}) as provider:
        site = open_site(tmp_path, provider_url=provider.url)
        with serving(site) as address:
            with Client(address, *site.shop, repetition=ONCE) as shop:
                shop.subscribed("app1", {"t1": "accept"}, openid="fake-zhangsan")
            client = Admin(address, site.admin, repetition=ONCE)
            yield client
            client.close()
        site.gateway.close()


def test_a_template_is_chosen_added_and_deleted(admin: Admin) -> None:
    library = admin.library("app1")
    assert [category["id"] for category in library.categories()] == ["shops", "post"]
    assert [title["tid"] for title in library.titles("post")] == ["parcel"]
    assert [(word["name"], word["type"]) for word in library.keywords("parcel")] == [
        ("Number", "thing"),
        ("Place", "thing"),
    ]
    added = library.add("parcel", ["place", "number"], scene="Parcels", kind="message")
    assert added["template_id"] == "new"
    assert added["refresh"]
    deleted = library.delete("new")["refresh"]
    assert deleted
    assert deleted["changes"][0]["template_id"] == "new"
    newest, before = admin.refreshes("app1")["refreshes"]
    assert (newest["removed"], before["added"]) == (1, 2)


def test_credits_are_told_by_template(admin: Admin) -> None:
    (told,) = admin.credits("app1")["templates"]
    assert (told["template_id"], told["holders"], told["without"], told["credits"]) == ("t1", 1, 0, 1)
    assert admin.credits("app1", template="t2")["templates"] == []


def test_what_the_library_does_not_have_is_an_error_with_its_number(admin: Admin) -> None:
    with pytest.raises(ApiError) as caught:
        admin.library("app1").keywords("nosuch")
    assert (caught.value.status, caught.value.code) == (404, 4040)


def test_titles_go_from_page_to_page() -> None:
    pages: list[list[Json]] = [[{"tid": "1"}, {"tid": "2"}], [{"tid": "3"}]]
    replies = [Reply(body={"code": 0, "titles": page, "total": 3}) for page in pages]
    with answering(*replies) as gateway:
        library = Admin(gateway.address, "token", repetition=ONCE).library("a b")
        assert [title["tid"] for title in library.titles("616", "307")] == ["1", "2", "3"]
        assert [asked.path for asked in gateway.asked] == [
            f"/v1/admin/channels/a%20b/library/titles?category=616%2C307&start={start}" for start in (0, 2)
        ]


def test_a_list_that_ends_too_early_ends() -> None:
    with answering(Reply(body={"code": 0, "titles": [], "total": 9})) as gateway:
        assert list(Admin(gateway.address, "token", repetition=ONCE).library("mp1").titles()) == []


def test_an_addition_that_got_no_answer_is_not_made_again() -> None:
    with answering(Reply(status=None)) as gateway:
        library = Admin(gateway.address, "token", repetition=Repetition(times=4, pause=lambda _: None)).library(
            "mp1"
        )
        with pytest.raises(NoAnswer):
            library.add("1221", ["1"])
        assert len(gateway.asked) == 1

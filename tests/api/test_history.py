"""An application's messages, the newest first."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told
from ums.domain.commands import Json


def listed(site: Site, query: str = "") -> list[str]:
    return [message["msgid"] for message in site.get(f"/v1/message{query}").get_json()["messages"]]


def sent(site: Site, *userids: str) -> str:
    users: list[Json] = [*userids]
    return str(site.send({"aud_userid": users}).get_json()["msgid"])


def test_messages_are_shown_as_each_by_itself(site: Site) -> None:
    msgids = [sent(site, "zhangsan", "nobody"), sent(site, "nobody"), sent(site, "zhangsan")]
    answer = site.get("/v1/message").get_json()
    assert (answer["code"], answer["next"]) == (0, None)
    alone = [site.get(f"/v1/message/{msgid}").get_json() for msgid in reversed(msgids)]
    assert [{"code": 0, **message} for message in answer["messages"]] == alone


def test_messages_come_in_pages(site: Site) -> None:
    msgids = [sent(site, "zhangsan") for _ in range(5)]
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = site.get(f"/v1/message?limit=2{cursor and f'&cursor={cursor}'}").get_json()
        found += [message["msgid"] for message in page["messages"]]
        cursor = page["next"]
    assert found == msgids[::-1]


def test_status_and_moment_narrow_the_list(site: Site) -> None:
    first = sent(site, "zhangsan")
    site.clock.advance(60)
    second, third = sent(site, "nobody"), sent(site, "zhangsan")
    assert listed(site, "?status=sending") == [third, first]
    assert listed(site, "?status=done") == [second]
    assert listed(site, "?since=1800000060") == [third, second]
    assert listed(site, "?since=1800000061") == []
    assert listed(site, "?status=sending&since=1800000001&limit=1") == [third]


def test_an_application_sees_its_own_messages_alone(site: Site) -> None:
    sent(site, "zhangsan")
    assert site.get("/v1/message", site.bank).get_json() == {"code": 0, "messages": [], "next": None}
    assert told(site.get("/v1/message", site.staff))[:2] == (403, 4030)


@pytest.mark.parametrize(
    ("query", "path"),
    [("status=lost", "status"), ("since=yesterday", "since"), ("cursor=nonsense", "cursor"), ("limit=0", "limit")],
)
def test_what_is_wrong_with_the_query_is_named(site: Site, query: str, path: str) -> None:
    answer = site.get(f"/v1/message?{query}")
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]

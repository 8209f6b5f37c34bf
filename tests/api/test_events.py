"""What providers tell besides receipts, as operators see it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.site import Site, told
from ums.domain.commands import Json

ADDRESS = "fake-a-person-with-a-long-address"
MASKED = "fake…ress"


def push(site: Site, event_id: str, kind: str = "subscribe", code: str = "app1", **more: Json) -> None:
    body = json.dumps({"event_id": event_id, "kind": kind, "address": ADDRESS, **more})
    assert site.http.post(f"/hooks/{code}?signature=hook-token", data=body).status_code == 200


def listed(site: Site, query: str = "") -> Any:
    return site.as_operator("GET", f"/channels/app1/events{query}").get_json()


def ids(answer: Any) -> list[str]:
    return [event["details"]["event_id"] for event in answer["events"]]


def test_an_event_is_told_with_its_times_and_without_the_address(site: Site) -> None:
    push(site, "e1", deep={"OpenID": "fake-another-long-address", "who": [ADDRESS, "x"]}, at=site.clock.now() - 60)
    (event,) = site.as_operator("GET", "/channels/app1/events").get_json()["events"]
    assert (event["event"], event["openid"]) == ("subscribe", MASKED)
    assert (event["received_at"] - event["at"]) == 60
    assert event["details"]["address"] == MASKED
    assert event["details"]["deep"] == {"OpenID": "fake…ress", "who": [MASKED, "x"]}
    assert ADDRESS not in json.dumps(event)


def test_the_last_comes_first_page_by_page_and_of_the_channel_alone(site: Site) -> None:
    for number in range(3):
        push(site, f"e{number}")
    push(site, "other", code="app2")
    first = listed(site, "?limit=2")
    assert ids(first) == ["e2", "e1"]
    second = listed(site, f"?limit=2&cursor={first['next']}")
    assert (ids(second), second["next"]) == (["e0"], None)


def test_those_of_a_kind_or_since_a_moment_are_picked(site: Site) -> None:
    push(site, "e1")
    site.clock.advance(100)
    push(site, "e2", "unsubscribe")
    push(site, "e3")
    assert ids(listed(site, "?event=subscribe")) == ["e3", "e1"]
    assert ids(listed(site, f"?since={int(site.clock.now())}")) == ["e3", "e2"]
    assert ids(listed(site, f"?event=subscribe&since={int(site.clock.now())}")) == ["e3"]
    assert ids(listed(site, "?event=nothing")) == []


@pytest.mark.parametrize("query", ["?since=yesterday", "?event=", "?cursor=x", "?limit=0", "?kind=subscribe"])
def test_a_question_that_makes_no_sense_is_400(site: Site, query: str) -> None:
    assert told(site.as_operator("GET", f"/channels/app1/events{query}"))[:2] == (400, 4004)


def test_a_channel_that_is_not_there_is_404(site: Site) -> None:
    assert told(site.as_operator("GET", "/channels/app9/events"))[:2] == (404, 4040)


def test_an_event_that_was_erased_tells_nothing_more(site: Site) -> None:
    push(site, "e1")
    push(site, "e2", "forget")
    events = site.as_operator("GET", "/channels/app1/events").get_json()["events"]
    assert [(event["event"], event["openid"], event["details"]) for event in events] == [
        ("forget", "", {}),
        ("subscribe", "", {}),
    ]

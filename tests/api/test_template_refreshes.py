"""What a refresh of a template list changes, and whom that breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.site import Site, open_site, pair
from tests.factories import set_policy
from tests.fakes import FakeProvider
from ums.domain.commands import Json
from ums.domain.policy import Policy
from ums.services import applications, channels
from ums.store.template_refreshes import KEPT

REFRESH = "/v1/channel/app1/template/refresh"
REFRESHES = "/v1/channel/app1/template/refreshes"
CONTENT: dict[str, Json] = {"text": "Hello", "template_id": "A", "data": {"thing1": "x"}}


@pytest.fixture
def site(tmp_path: Path, provider: FakeProvider) -> Iterator[Site]:
    """A site whose app1 lists A and B, fetched once."""
    provider.templates = {"message": [("A", "Parcel"), ("B", "Bill")], "notice": []}
    opened = open_site(tmp_path, provider_url=provider.url)
    assert opened.post(REFRESH).status_code == 200
    yield opened
    opened.gateway.close()


def send(site: Site, changes: dict[str, Json] | None = None, content: dict[str, Json] = CONTENT) -> str:
    answer = site.send({"msg_app": [content], **(changes or {})}).get_json()
    assert answer["code"] == 0, answer
    return str(answer["msgid"])


def broken(site: Site) -> dict[str, Json]:
    """What the next refresh breaks, as the AccessKey sees it."""
    found = site.post(REFRESH, auth=site.staff).get_json()["breaks"]
    assert isinstance(found, dict)
    return found


def test_a_change_is_told_field_by_field_and_kept(site: Site, provider: FakeProvider) -> None:
    site.clock.advance(60)
    provider.templates["message"] = [("A", "Parcels"), ("C", "Card")]
    provider.keys["A"] = "thing2"
    told = site.post(REFRESH).get_json()
    empty: dict[str, Json] = {"members": [], "fields_added": [], "fields_removed": [], "fields_changed": []}
    assert told["at"] == site.clock.now()
    assert told["changes"] == [
        {"change": "added", "template_id": "C", "title": "Card", "kind": "message", **empty},
        {"change": "removed", "template_id": "B", "title": "Bill", "kind": "message", **empty},
        {
            "change": "changed",
            "template_id": "A",
            "title": "Parcels",
            "kind": "message",
            "members": ["title"],
            "fields_added": ["thing2"],
            "fields_removed": ["thing1"],
            "fields_changed": [],
        },
    ]
    kept = site.get(REFRESHES).get_json()["refreshes"]
    assert kept[0] == {name: value for name, value in told.items() if name != "code"}
    assert [(one["added"], one["removed"], one["changed"], one["total"]) for one in kept] == [
        (1, 1, 1, 2),
        (2, 0, 0, 2),
    ]


def test_a_refresh_that_changes_nothing_is_not_kept(site: Site) -> None:
    assert site.post(REFRESH).get_json()["changes"] == []
    assert len(site.get(REFRESHES).get_json()["refreshes"]) == 1


def test_the_last_refreshes_are_kept(site: Site, provider: FakeProvider) -> None:
    for number in range(KEPT + 1):
        provider.templates["message"] = [("A", f"Parcel {number}")]
        site.post(REFRESH)
    kept = site.get(REFRESHES).get_json()["refreshes"]
    assert [one["changes"][0]["title"] for one in (kept[0], kept[-1])] == ["Parcel 20", "Parcel 1"]
    assert len(kept) == KEPT


def test_message_templates_that_name_a_gone_template_or_field_are_told(site: Site, provider: FakeProvider) -> None:
    contents: dict[str, dict[str, Json]] = {
        "Parcel": CONTENT,
        "Bill": {**CONTENT, "template_id": "B"},
        "Text": {"text": "Hello"},
    }
    for id_, (name, content) in enumerate(contents.items(), 1):
        body: Json = {"id": id_, "name": name, "channels": {"app": content}}
        assert site.as_operator("POST", "/templates", body).status_code == 200
    provider.templates["message"] = [("A", "Parcel")]
    provider.keys["A"] = "thing1 thing2"
    assert broken(site)["message_templates"] == [
        {"id": 1, "name": "Parcel", "template_id": "A", "fields": ["thing2"]},
        {"id": 2, "name": "Bill", "template_id": "B", "fields": []},
    ]


def test_messages_that_wait_and_callers_of_late_are_told(site: Site, provider: FakeProvider) -> None:
    old = site.clock.now()
    send(site, content={**CONTENT, "template_id": "B"})
    site.clock.advance(8 * 86_400)
    send(site)
    send(site, content={"text": "Hello"})
    later = [send(site, {"option": {"send_at": int(site.clock.now()) + wait}}) for wait in (900, 600)]
    site.clock.advance(60)
    provider.templates["message"] = []
    assert broken(site)["applications"] == [
        {
            "application": "shop",
            "template_id": "A",
            "fields": [],
            "waiting": 2,
            "msgids": [later[1], later[0]],
            "sent": 1,
            "last_sent_at": old + 8 * 86_400,
        }
    ]


def test_messages_that_wait_for_approval_are_told(site: Site, provider: FakeProvider) -> None:
    set_policy(site.gateway, Policy(needs_approval=True))
    msgid = send(site, {"option": {"owner": "zhangsan"}})
    provider.templates["message"] = []
    (caller,) = site.post(REFRESH).get_json()["breaks"]["applications"]
    assert (caller["waiting"], caller["msgids"], caller["sent"], caller["last_sent_at"]) == (1, [msgid], 0, None)


def test_messages_for_another_channel_of_the_type_are_not_concerned(site: Site, provider: FakeProvider) -> None:
    site.post("/v1/user/opt", [{"userid": "z", "set": {"app": {"app2": ["fake-z"]}}}], auth=site.bank)
    body: Json = {"aud_userid": ["z"], "msg_app": [CONTENT]}
    assert site.post("/v1/sent", body, auth=site.bank).status_code == 200
    provider.templates["message"] = []
    assert broken(site) == {"message_templates": [], "applications": []}


def test_an_application_sees_what_concerns_itself_alone(site: Site, provider: FakeProvider) -> None:
    send(site)
    body: Json = {"id": 1, "name": "Parcel", "channels": {"app": CONTENT}}
    assert site.as_operator("POST", "/templates", body).status_code == 200
    post = pair(applications.add(site.gateway, "post"))
    channels.grant(site.gateway, "app1", "post")
    provider.templates["message"] = []
    mine = site.post(REFRESH).get_json()["breaks"]
    assert ([one["application"] for one in mine["applications"]], mine["message_templates"]) == (["shop"], [])
    assert site.get(REFRESHES, auth=post).get_json()["refreshes"][0]["breaks"]["applications"] == []
    seen = site.get(REFRESHES, auth=site.staff).get_json()["refreshes"][0]["breaks"]
    assert (len(seen["applications"]), len(seen["message_templates"])) == (1, 1)

"""Blacklists and whitelists made, filled and removed through the admin API."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told
from tests.factories import set_policy
from tests.fakes import NOON
from ums.domain.commands import Json
from ums.domain.policy import Policy
from ums.domain.user_list import ListKind

KINDS = [f"{kind}s" for kind in ListKind]


def userids(site: Site, path: str) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        page = site.as_operator("GET", f"{path}/userids?limit=2{cursor}").get_json()
        found += page["userids"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_made_filled_emptied_and_removed(site: Site, kind: str) -> None:
    made = site.as_operator("POST", f"/{kind}", {"id": 12, "name": "people", "userids": ["u3", "u1", "u3"]})
    assert made.status_code == 200
    moments = {"created_at": 1_800_000_000, "updated_at": 1_800_000_000}
    assert made.get_json() == {"code": 0, "id": 12, "name": "people", "count": 2, **moments}
    assert site.as_operator("GET", f"/{kind}/12").get_json() == made.get_json()
    site.clock.advance(5)
    added = site.as_operator("POST", f"/{kind}/12/add", {"userids": ["u1", "u2", "u4", "u4"]}).get_json()
    assert (added["count"], added["updated_at"]) == (4, 1_800_000_005)
    assert userids(site, f"/{kind}/12") == ["u1", "u2", "u3", "u4"]
    assert site.as_operator("POST", f"/{kind}/12/remove", {"userids": ["u1", "u1", "u9"]}).get_json()["count"] == 3
    assert userids(site, f"/{kind}/12") == ["u2", "u3", "u4"]
    assert site.as_operator("DELETE", f"/{kind}/12").get_json() == {"code": 0, "message": "success"}
    calls: list[tuple[str, str, Json]] = [
        ("GET", "", None),
        ("GET", "/userids", None),
        ("PUT", "", {"name": "x"}),
        ("POST", "/add", {"userids": ["u1"]}),
        ("POST", "/remove", {"userids": ["u1"]}),
        ("DELETE", "", None),
    ]
    for method, path, body in calls:
        assert told(site.as_operator(method, f"/{kind}/12{path}", body))[:2] == (404, 4040)


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_keeps_the_userids_unless_others_are_given(site: Site, kind: str) -> None:
    site.as_operator("POST", f"/{kind}", {"id": 12, "name": "people", "userids": ["u1", "u2"]})
    site.clock.advance(5)
    renamed = site.as_operator("PUT", f"/{kind}/12", {"name": "others"}).get_json()
    assert (renamed["name"], renamed["count"]) == ("others", 2)
    replaced = site.as_operator("PUT", f"/{kind}/12", {"id": 12, "name": "others", "userids": ["u3"]}).get_json()
    assert (replaced["count"], replaced["created_at"]) == (1, 1_800_000_000)
    assert userids(site, f"/{kind}/12") == ["u3"]
    emptied = site.as_operator("PUT", f"/{kind}/12", {"name": "others", "userids": []}).get_json()
    assert emptied["count"] == 0
    assert told(site.as_operator("PUT", f"/{kind}/12", {"id": 13, "name": "others"}))[:2] == (400, 4004)


def test_each_kind_counts_its_numbers_for_itself(site: Site) -> None:
    for kind in KINDS:
        assert site.as_operator("POST", f"/{kind}", {"id": 12, "name": "people"}).status_code == 200
        assert told(site.as_operator("POST", f"/{kind}", {"id": 12, "name": "other"}))[:2] == (409, 4090)
        assert told(site.as_operator("POST", f"/{kind}", {"name": "people"}))[:2] == (409, 4090)
        assert site.as_operator("POST", f"/{kind}", {"name": "next"}).get_json()["id"] == 13
    listed = site.as_operator("GET", "/blacklists?limit=1").get_json()
    assert [kept["id"] for kept in listed["blacklists"]] == [12]
    rest = site.as_operator("GET", f"/blacklists?cursor={listed['next']}").get_json()
    assert ([kept["id"] for kept in rest["blacklists"]], rest["next"]) == ([13], None)
    assert len(site.as_operator("GET", "/whitelists").get_json()["whitelists"]) == 2


def test_a_number_that_was_removed_begins_anew(site: Site) -> None:
    site.as_operator("POST", "/blacklists", {"id": 12, "name": "people", "userids": ["u1"]})
    site.as_operator("DELETE", "/blacklists/12")
    again = site.as_operator("POST", "/blacklists", {"id": 12, "name": "people"}).get_json()
    assert again["count"] == 0
    assert userids(site, "/blacklists/12") == []


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("", {"name": ""}, "name"),
        ("", {"name": "l", "id": 0}, "id"),
        ("", {"name": "l", "kind": "whitelist"}, "kind"),
        ("", {"name": "l", "userids": "u1"}, "userids"),
        ("", {"name": "l", "userids": ["u1", "u 2"]}, "userids.1"),
        ("", {"name": "l", "userids": ["u1", 2]}, "userids.1"),
        ("/12/add", {}, "userids"),
        ("/12/add", {"userids": []}, "userids"),
        ("/12/add", {"userids": ["u1", "a/b"]}, "userids.1"),
        ("/12/remove", {"userids": [".."]}, "userids.0"),
    ],
)
def test_what_is_wrong_with_a_list_is_named_by_its_path(site: Site, path: str, body: Json, wrong: str) -> None:
    site.as_operator("POST", "/blacklists", {"id": 12, "name": "people"})
    answer = site.as_operator("POST", f"/blacklists{path}", body)
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [wrong]


@pytest.mark.parametrize(("kind", "member"), [("blacklists", "black_id"), ("whitelists", "white_id")])
def test_a_list_of_userids_is_not_passed_over_for_addresses(site: Site, kind: str, member: str) -> None:
    site.as_operator("POST", f"/{kind}", {"id": 12, "name": "people", "userids": ["zhangsan"]})
    own: Json = {"aud_userid": None, "aud_app": [{"data": ["fake-1"]}]}
    assert isinstance(own, dict)
    assert site.send(own).status_code == 200
    answer = site.send({**own, "option": {member: 12}})
    assert told(answer)[:2] == (400, 4004)
    assert "can't be applied to addresses of your own" in answer.get_json()["errors"][f"option.{member}"][0]


def test_a_message_may_name_only_a_list_and_a_segment_that_there_are(site: Site) -> None:
    refusals: list[tuple[dict[str, Json], int, str]] = [
        ({"option": {"black_id": 12}}, 1015046, "option.black_id"),
        ({"option": {"white_id": 12}}, 1015046, "option.white_id"),
        ({"aud_segment": ["1000"]}, 4004, "aud_segment.0"),
    ]
    for changes, code, path in refusals:
        answer = site.send(changes)
        assert told(answer)[:2] == (400, code)
        assert list(answer.get_json()["errors"]) == [path]
    site.as_operator("POST", "/blacklists", {"id": 12, "name": "people", "userids": ["zhangsan"]})
    site.as_operator("POST", "/segments", {"id": 1000, "name": "mail", "filter": {"has": "email"}})
    kept_out = site.send({"option": {"black_id": 12}}).get_json()["msgid"]
    assert site.get(f"/v1/message/{kept_out}").get_json()["counts"] == {"unreachable": 1}
    body: dict[str, Json] = {"aud_userid": None, "aud_segment": ["1000"], "option": {"dry_run": True}}
    assert site.send(body).get_json()["recipients"] == 1


@pytest.mark.parametrize(
    ("path", "body", "changes"),
    [
        ("/blacklists", {"userids": ["zhangsan"]}, {"option": {"black_id": 12, "send_at": int(NOON) + 60}}),
        ("/whitelists", {"userids": ["zhangsan"]}, {"option": {"white_id": 12, "send_at": int(NOON) + 60}}),
        ("/segments", {"filter": {"has": "email"}}, {"aud_userid": None, "aud_segment": ["12"]}),
    ],
)
def test_what_messages_are_still_to_be_sent_by_cannot_be_deleted(
    site: Site, path: str, body: dict[str, Json], changes: dict[str, Json]
) -> None:
    site.as_operator("POST", path, {"id": 12, "name": "people", **body})
    msgid = site.send(changes).get_json()["msgid"]
    refused = site.as_operator("DELETE", f"{path}/12")
    assert told(refused)[:2] == (409, 4090)
    site.post(f"/v1/retract/{msgid}")
    assert site.as_operator("DELETE", f"{path}/12").get_json() == {"code": 0, "message": "success"}


def test_a_list_that_a_message_waiting_for_approval_names_cannot_be_deleted(site: Site) -> None:
    set_policy(site.gateway, Policy(needs_approval=True))
    site.as_operator("POST", "/blacklists", {"id": 12, "name": "people", "userids": ["zhangsan"]})
    msgid = site.send({"option": {"black_id": 12, "owner": "lisi"}}).get_json()["msgid"]
    assert told(site.as_operator("DELETE", "/blacklists/12"))[:2] == (409, 4090)
    site.as_operator("POST", f"/approvals/{msgid}/refuse", {})
    assert site.as_operator("DELETE", "/blacklists/12").status_code == 200

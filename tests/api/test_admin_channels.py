"""Channels made, changed, replaced and removed through the admin API."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from tests.api.site import Site, told
from tests.fakes import FakeProvider
from ums.domain.commands import Json
from ums.services import operators

SETTINGS: dict[str, Json] = {"account": "acc9", "secret": "right"}


def make(site: Site, code: str, type_: str = "app", **body: Json) -> dict[str, Json]:
    given: dict[str, Json] = {"channel": code, "type": type_, "settings": SETTINGS, **body}
    answer = site.as_operator("POST", "/channels", given)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Json] = answer.get_json()
    return found


def show(site: Site, code: str) -> dict[str, Json]:
    found: dict[str, Json] = site.as_operator("GET", f"/channels/{code}").get_json()
    return found


def change(site: Site, code: str, **body: Json) -> TestResponse:
    return site.as_operator("PUT", f"/channels/{code}", body)


def statuses(site: Site, msgid: str) -> list[tuple[str | None, str, str]]:
    rows = site.get(f"/v1/message/{msgid}/deliveries").get_json()["deliveries"]
    return [(row["channel"], row["status"], row["reason"]) for row in rows]


def test_a_channel_is_made_and_shown_without_its_secrets(site: Site) -> None:
    made = make(site, "app9", name="Our app", grants=[])
    assert (made["code"], made["channel"], made["type"], made["name"]) == (0, "app9", "app", "Our app")
    assert (made["settings"], made["secrets_set"], made["granted_to"]) == ({"account": "acc9"}, ["secret"], [])
    assert (made["state"], made["refreshed_at"]) == ("ready", None)
    assert str(made["hook_url"]).endswith("/hooks/app9")
    assert show(site, "app9") == made
    assert "right" not in site.as_operator("GET", "/channels/app9").text
    codes = [item["channel"] for item in site.as_operator("GET", "/channels").get_json()["channels"]]
    assert codes == ["app1", "app2", "app9", "mail1"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"channel": "app-9"}, "channel"),
        ({"type": "fax"}, "type"),
        ({"name": " "}, "name"),
        ({"settings": {"account": "acc9"}}, "settings.secret"),
        ({"settings": {**SETTINGS, "colour": "red"}}, "settings.colour"),
        ({"settings": {**SETTINGS, "account": 7}}, "settings.account"),
        ({"settings": []}, "settings"),
        ({"settings": None}, "settings"),
        ({"grants": ["nobody"]}, "grants.0"),
        ({"owner": "me"}, "owner"),
    ],
)
def test_what_is_wrong_with_a_channel_is_named_by_its_path(site: Site, body: dict[str, Json], path: str) -> None:
    answer = site.as_operator("POST", "/channels", {"channel": "app9", "type": "app", "settings": SETTINGS, **body})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]
    assert told(site.as_operator("GET", "/channels/app9"))[0] == 404


def test_what_is_not_given_stays_secrets_too(site: Site) -> None:
    make(site, "app9", settings={**SETTINGS, "hook_token": "hush"}, name="Our app")
    changed = change(site, "app9", settings={"account": "acc8"}).get_json()
    assert (changed["settings"], changed["secrets_set"]) == ({"account": "acc8"}, ["hook_token", "secret"])
    changed = change(site, "app9", settings={"hook_token": ""}).get_json()
    assert (changed["secrets_set"], changed["name"]) == (["secret"], "Our app")
    changed = change(site, "app9", name="Another").get_json()
    assert (changed["name"], changed["settings"]) == ("Another", {"account": "acc8"})


def test_a_change_that_is_refused_changes_nothing(site: Site) -> None:
    make(site, "app9")
    before = show(site, "app9")
    refused = change(site, "app9", settings={"account": "acc8"}, name="Another", grants=["shop"])
    assert told(refused)[:2] == (409, 4090)
    assert told(change(site, "app9", settings={"account": "acc8"}, grants=["nobody"]))[:2] == (400, 4004)
    assert told(change(site, "app9", settings={"account": "acc8"}, name=" "))[:2] == (400, 4004)
    assert show(site, "app9") == before


def test_grants_are_given_as_a_whole_list(site: Site) -> None:
    assert change(site, "mail1", grants=["shop", "bank"]).get_json()["granted_to"] == ["bank", "shop"]
    assert change(site, "mail1", grants=["bank"]).get_json()["granted_to"] == ["bank"]
    assert change(site, "mail1", grants=[]).get_json()["granted_to"] == []


def test_a_channel_is_paused_closed_and_resumed(site: Site) -> None:
    for verb, state in (("pause", "paused"), ("resume", "ready"), ("close", "closed"), ("resume", "ready")):
        assert site.as_operator("POST", f"/channels/app1/{verb}").get_json()["state"] == state
    site.as_operator("POST", "/channels/app1/close")
    assert told(site.send())[:2] == (400, 1015006)


def test_credentials_are_tried_at_the_provider(site: Site, provider: FakeProvider) -> None:
    make(site, "app9", settings={**SETTINGS, "base_url": provider.url})
    assert site.as_operator("POST", "/channels/app9/test").get_json()["ok"] is True
    change(site, "app9", settings={"secret": "wrong"})
    tried = site.as_operator("POST", "/channels/app9/test")
    assert (tried.status_code, tried.get_json()["ok"]) == (200, False)
    assert show(site, "app9")["state"] == "parked"


def test_another_channel_takes_over_its_applications_and_the_queue_stays(site: Site) -> None:
    make(site, "app9")
    msgid = site.send().get_json()["msgid"]
    answer = site.as_operator("POST", "/channels/app1/replace", {"by": "app9"})
    assert answer.get_json() == {"code": 0, "granted_to": ["shop"], "bindings": 0}
    assert (show(site, "app1")["granted_to"], show(site, "app9")["granted_to"]) == ([], ["shop"])
    assert statuses(site, msgid) == [("app1", "queued", "")]
    # an address is one account's: nobody is bound to the new one yet
    later = site.send().get_json()["msgid"]
    assert statuses(site, later) == [(None, "unreachable", "app9: not_bound")]


def test_bindings_are_copied_where_both_are_one_account(site: Site) -> None:
    make(site, "app9", settings={**SETTINGS, "account": "app1"})
    users: Json = [
        {"userid": "zhangsan", "add": {"app": {"app1": ["fake-second"]}}},
        {"userid": "wangwu", "set": {"app": {"app1": ["fake-old"]}}},
    ]
    site.post("/v1/user/opt", users, auth=site.staff)
    site.post("/v1/user/opt", [{"userid": "wangwu", "set": {"app": {"app9": ["fake-own"]}}}], auth=site.staff)
    answer = site.as_operator("POST", "/channels/app1/replace", {"by": "app9", "bindings": True})
    assert answer.get_json() == {"code": 0, "granted_to": ["shop"], "bindings": 2}
    shown = {
        userid: site.get(f"/v1/user/{userid}", auth=site.staff).get_json()["properties"]["app"]
        for userid in ("zhangsan", "wangwu")
    }
    assert shown == {
        "zhangsan": {"app1": ["fake-zhangsan", "fake-second"], "app9": ["fake-zhangsan", "fake-second"]},
        "wangwu": {"app1": ["fake-old"], "app9": ["fake-own"]},
    }


def test_bindings_of_another_account_are_not_copied(site: Site) -> None:
    make(site, "app9")
    answer = site.as_operator("POST", "/channels/app1/replace", {"by": "app9", "bindings": True})
    assert told(answer)[:2] == (409, 4090)
    assert show(site, "app1")["granted_to"] == ["shop"]


@pytest.mark.parametrize("by", ["app1", "mail1"])
def test_only_another_channel_of_the_type_takes_its_place(site: Site, by: str) -> None:
    answer = site.as_operator("POST", "/channels/app1/replace", {"by": by})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == ["by"]
    assert told(site.as_operator("POST", "/channels/app1/replace", {"by": "nowhere"}))[:2] == (404, 4040)


def test_a_channel_that_was_never_used_is_gone_for_good(site: Site) -> None:
    make(site, "app9")
    assert site.as_operator("DELETE", "/channels/app9").get_json() == {"code": 0, "message": "success"}
    assert told(site.as_operator("GET", "/channels/app9"))[:2] == (404, 4040)
    assert make(site, "app9")["state"] == "ready"


def test_a_channel_with_a_queue_is_removed_only_by_force(site: Site) -> None:
    msgid = site.send().get_json()["msgid"]
    refused = site.as_operator("DELETE", "/channels/app1")
    assert told(refused)[:2] == (409, 4090)
    assert "queued on app1: 1." in told(refused)[2]
    assert show(site, "app1")["granted_to"] == ["shop"]
    assert site.as_operator("DELETE", "/channels/app1?force=true").status_code == 200
    assert statuses(site, msgid) == [("app1", "cancelled", "channel_removed")]
    progress = site.get(f"/v1/message/{msgid}").get_json()
    assert (progress["status"], progress["channels"]) == ("done", {"app1": {"cancelled": 1}})


def test_a_removed_channel_is_hidden_and_its_code_stays_taken(site: Site) -> None:
    site.send()
    site.as_operator("DELETE", "/channels/app1?force=true")
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/resume"), ("POST", "/pause")):
        body: Json = {} if method == "PUT" else None
        assert told(site.as_operator(method, f"/channels/app1{path}", body))[:2] == (404, 4040)
    listed = site.as_operator("GET", "/channels").get_json()["channels"]
    assert [item["channel"] for item in listed] == ["app2", "mail1"]
    kept = site.as_operator("GET", "/channels?deleted=true").get_json()["channels"]
    assert [(item["channel"], item["state"]) for item in kept if item["state"] != "ready"] == [("app1", "deleted")]
    again: Json = {"channel": "app1", "type": "app", "settings": SETTINGS}
    assert told(site.as_operator("POST", "/channels", again))[:2] == (409, 4090)
    assert told(site.send())[:2] == (400, 1015006)
    upload: Json = [{"userid": "lisi", "set": {"app": {"app1": ["fake-late"]}}}]
    assert site.post("/v1/user/opt", upload, auth=site.staff).get_json()["data"]["success"] == []
    assert site.http.post("/hooks/app1", data=b"{}").status_code == 404
    # its application may have another one of the type
    assert make(site, "app9", grants=["shop"])["granted_to"] == ["shop"]


def test_a_sender_may_only_look_at_channels(site: Site) -> None:
    sender = operators.add(site.gateway, "somebody", "sender", with_token=True).token
    helper = operators.add(site.gateway, "another", "operator", with_token=True).token
    assert told(site.as_operator("POST", "/channels/app1/pause", token=sender))[:2] == (403, 4030)
    assert site.as_operator("GET", "/channels/app1", token=sender).status_code == 200
    assert site.as_operator("POST", "/channels/app1/pause", token=helper).status_code == 200

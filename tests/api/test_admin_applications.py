"""Applications made, changed and removed through the admin API."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from tests.api.site import Pair, Site, told
from ums.domain.commands import Json
from ums.domain.views import MessageProgress
from ums.services import messages, operators

KEY, SECRET = "0123456789abcdef01234567", "fedcba987654321001234567"
WORKING: dict[str, Json] = {"account": "a", "secret": "right"}


def made(site: Site, **body: Json) -> dict[str, Json]:
    answer = site.as_operator("POST", "/applications", {"name": "new", **body})
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Json] = answer.get_json()
    return found


def change(site: Site, application: dict[str, Json], **body: Json) -> TestResponse:
    return site.as_operator("PUT", f"/applications/{application['id']}", body)


def auth(application: dict[str, Json]) -> Pair:
    return str(application["channel_key"]), str(application["master_secret"])


def id_of(site: Site, name: str) -> int:
    (found,) = (
        item for item in site.as_operator("GET", "/applications").get_json()["applications"] if item["name"] == name
    )
    number: int = found["id"]
    return number


def test_an_application_is_made_and_its_secret_shown_once(site: Site) -> None:
    new = made(site, policy={"rate_limit": 100, "test_mode": True}, preference=["email", "app"])
    secret = new.pop("master_secret")
    assert new == {
        "code": 0,
        "id": new["id"],
        "name": "new",
        "channel_key": new["channel_key"],
        "state": "open",
        "channels": {},
        "preference": ["email", "app"],
        "policy": {
            "rate_limit": 100,
            "daily_broadcasts": 0,
            "quiet_hours": None,
            "frequency_cap": None,
            "needs_approval": False,
            "checks_words": True,
            "test_mode": True,
        },
        "linking": {"login_url": "", "return_urls": [], "origins": [], "name": "", "color": ""},
        "created_at": 1_800_000_000,
    }
    shown = site.as_operator("GET", f"/applications/{new['id']}")
    assert shown.get_json() == new
    assert str(secret) not in shown.text
    assert site.get("/v1/channel", auth=(str(new["channel_key"]), str(secret))).status_code == 200


def test_existing_credentials_are_brought_along_and_uploads_stand_under_them(site: Site) -> None:
    new = made(site, channel_key=KEY, master_secret=SECRET)
    assert (new["channel_key"], new["master_secret"]) == (KEY, SECRET)
    users: Json = [{"userid": "wangwu", "set": {"email": {KEY: "fake-wangwu"}, "tag": {KEY: ["old"]}}}]
    for pair in ((KEY, SECRET), site.staff):
        answer = site.post("/v1/user/opt", users, auth=pair).get_json()
        assert (answer["data"]["success"], answer["data"]["fail"]) == (["wangwu"], [])
    assert site.get("/v1/user/wangwu", auth=(KEY, SECRET)).get_json()["properties"]["email"] == {KEY: "fake-wangwu"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"channel_key": "short"}, "channel_key"),
        ({"channel_key": "with:colon"}, "channel_key"),
        ({"channel_key": "x" * 65}, "channel_key"),
        ({"channel_key": "Wechatmp"}, "channel_key"),
        ({"channel_key": "alipay_life"}, "channel_key"),
        ({"channel_key": "密钥密钥密钥密钥"}, "channel_key"),
        ({"master_secret": "short"}, "master_secret"),
        ({"master_secret": "x" * 129}, "master_secret"),
        ({"master_secret": "密钥密钥密钥密钥"}, "master_secret"),
        ({"master_secret": " 12345678"}, "master_secret"),
        ({"master_secret": "1234\n5678"}, "master_secret"),
        ({"preference": ["fax"]}, "preference.0"),
        ({"preference": ["app", "app"]}, "preference"),
        ({"policy": {"rate_limit": -1}}, "policy.rate_limit"),
        ({"name": ""}, "name"),
        ({"owner": "me"}, "owner"),
    ],
)
def test_what_is_wrong_with_an_application_is_named_by_its_path(
    site: Site, body: dict[str, Json], path: str
) -> None:
    answer = site.as_operator("POST", "/applications", {"name": "new", **body})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]


@pytest.mark.parametrize("secret", ["a:colon:or:two", "with a space", "~!@#$%^&*()_+ x", "x" * 128])
def test_a_secret_may_hold_what_basic_authentication_carries(site: Site, secret: str) -> None:
    new = made(site, channel_key="old_key-1", master_secret=secret)
    assert site.get("/v1/channel", auth=auth(new)).status_code == 200


def test_a_key_opens_one_thing_only(site: Site) -> None:
    made(site, channel_key="appkey001")
    for key in (site.shop[0], site.staff[0], "appkey001"):
        answer = site.as_operator("POST", "/applications", {"name": "another", "channel_key": key})
        assert told(answer)[:2] == (409, 4090)
    channel: dict[str, Json] = {
        "channel": "appkey001",
        "type": "app",
        "settings": {"account": "a", "secret": "right"},
    }
    assert told(site.as_operator("POST", "/channels", channel))[:2] == (409, 4090)
    assert site.as_operator("POST", "/channels", {**channel, "channel": "codecode1"}).status_code == 200
    answer = site.as_operator("POST", "/applications", {"name": "another", "channel_key": "codecode1"})
    assert told(answer)[:2] == (409, 4090)
    assert "code of a channel" in told(answer)[2]


def test_a_taken_name_is_refused(site: Site) -> None:
    assert told(site.as_operator("POST", "/applications", {"name": "shop"}))[:2] == (409, 4090)
    new = made(site)
    assert told(change(site, new, name="shop"))[:2] == (409, 4090)
    assert change(site, new, name="new").status_code == 200


def test_what_is_not_given_stays_as_it_is(site: Site) -> None:
    new = made(site, policy={"rate_limit": 7}, preference=["email"])
    changed = change(site, new, name="newer").get_json()
    assert (changed["name"], changed["policy"]["rate_limit"], changed["preference"]) == ("newer", 7, ["email"])
    changed = change(site, new, policy={"daily_broadcasts": 2}, preference=[]).get_json()
    assert (changed["policy"]["rate_limit"], changed["policy"]["daily_broadcasts"]) == (600, 2)
    assert (changed["name"], changed["preference"]) == ("newer", [])


def test_a_closed_application_is_refused_until_it_is_reopened(site: Site) -> None:
    new = made(site)
    assert change(site, new, state="closed").get_json()["state"] == "closed"
    assert told(site.get("/v1/channel", auth=auth(new)))[:2] == (403, 1015005)
    assert change(site, new, state="open").status_code == 200
    assert site.get("/v1/channel", auth=auth(new)).status_code == 200
    assert told(change(site, new, state="deleted"))[:2] == (400, 4004)


def test_channels_are_granted_as_a_whole_list_one_of_each_type(site: Site) -> None:
    new = made(site)
    assert change(site, new, channels=["app1", "mail1"]).get_json()["channels"] == {"app": "app1", "email": "mail1"}
    assert change(site, new, channels=["app2"]).get_json()["channels"] == {"app": "app2"}
    for second in ("app2", "nowhere"):
        answer = change(site, new, channels=["app1", second])
        assert told(answer)[:2] == (400, 4004)
        assert list(answer.get_json()["errors"]) == ["channels.1"]
    assert change(site, new, name="same").get_json()["channels"] == {"app": "app2"}
    assert change(site, new, channels=[]).get_json()["channels"] == {}


def test_a_renewed_secret_ends_the_old_one_and_keeps_the_rest(site: Site) -> None:
    path = f"/applications/{id_of(site, 'shop')}"
    msgid = site.send().get_json()["msgid"]
    renewed = site.as_operator("POST", f"{path}/secret", {}).get_json()
    assert renewed["channel_key"] == site.shop[0]
    assert told(site.get("/v1/channel"))[:2] == (401, 4005)
    assert site.get(f"/v1/message/{msgid}", auth=auth(renewed)).status_code == 200
    brought = site.as_operator("POST", f"{path}/secret", {"master_secret": SECRET}).get_json()
    assert brought["master_secret"] == SECRET
    assert told(site.get("/v1/channel", auth=auth(renewed)))[:2] == (401, 4005)
    assert site.get("/v1/channel", auth=auth(brought)).status_code == 200


def test_an_application_with_messages_is_removed_without_losing_them(site: Site) -> None:
    msgid = site.send().get_json()["msgid"]
    number = id_of(site, "shop")
    assert site.as_operator("DELETE", f"/applications/{number}").get_json()["code"] == 0
    assert told(site.get("/v1/channel"))[:2] == (401, 4005)
    listed = site.as_operator("GET", "/applications").get_json()["applications"]
    assert [item["name"] for item in listed] == ["bank"]
    kept = site.as_operator("GET", "/applications?deleted=true").get_json()["applications"]
    assert [(item["name"], item["state"]) for item in kept] == [
        (f"shop (removed {number})", "deleted"),
        ("bank", "open"),
    ]
    assert site.as_operator("GET", f"/applications/{number}").get_json()["state"] == "deleted"
    assert msgid in (shown.msgid for shown in _recent(site))
    for method, path in (("PUT", ""), ("DELETE", ""), ("POST", "/secret")):
        assert told(site.as_operator(method, f"/applications/{number}{path}", {}))[:2] == (404, 4040)
    assert "shop" not in site.as_operator("GET", "/channels/app1").get_json()["granted_to"]


def _recent(site: Site) -> tuple[MessageProgress, ...]:
    return messages.recent(site.gateway)


def test_a_removed_applications_name_is_free_and_its_key_is_not(site: Site) -> None:
    site.send()
    site.as_operator("DELETE", f"/applications/{id_of(site, 'shop')}")
    again = site.as_operator("POST", "/applications", {"name": "shop", "channel_key": site.shop[0]})
    assert told(again)[:2] == (409, 4090)
    assert made(site, name="shop")["channel_key"] != site.shop[0]
    upload: Json = [{"userid": "lisi", "set": {"tag": {site.shop[0]: ["late"]}}}]
    assert site.post("/v1/user/opt", upload, auth=site.staff).get_json()["data"]["success"] == []


def test_an_application_that_sent_nothing_is_gone_for_good(site: Site) -> None:
    new = made(site, channel_key=KEY)
    assert site.as_operator("DELETE", f"/applications/{new['id']}").status_code == 200
    assert told(site.as_operator("GET", f"/applications/{new['id']}"))[:2] == (404, 4040)
    assert made(site, channel_key=KEY)["channel_key"] == KEY


def test_applications_are_listed_in_pages(site: Site) -> None:
    first = site.as_operator("GET", "/applications?limit=1").get_json()
    assert [item["name"] for item in first["applications"]] == ["shop"]
    second = site.as_operator("GET", f"/applications?limit=1&cursor={first['next']}").get_json()
    assert ([item["name"] for item in second["applications"]], second["next"]) == (["bank"], None)
    assert told(site.as_operator("GET", "/applications?deleted=1"))[:2] == (400, 4004)


@pytest.mark.parametrize("role", ["operator", "sender", "viewer"])
def test_only_an_admin_makes_applications(site: Site, role: str) -> None:
    token = operators.add(site.gateway, "somebody", role, with_token=True).token
    for method, path in (("POST", ""), ("PUT", "/1"), ("POST", "/1/secret"), ("DELETE", "/1")):
        answer = site.as_operator(method, f"/applications{path}", {"name": "new"}, token=token)
        assert told(answer)[:2] == (403, 4030)
    assert site.as_operator("GET", "/applications", token=token).status_code == 200

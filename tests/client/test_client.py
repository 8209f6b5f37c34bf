"""The client against the gateway itself, over real connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.api.site import Site, open_site, serving
from tests.fake_logins import sealed_by
from tests.fakes import AuthorisedPlugin, FakeProvider
from ums.client import Admin, ApiError, Client
from ums.client.door import Repetition
from ums.client.messages import Json, Message

ONCE = Repetition(times=1)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    with FakeProvider(templates={"message": [("t1", "Parcel")], "notice": []}) as provider:
        home = tmp_path_factory.mktemp("served")
        site = open_site(home, provider_url=provider.url, plugins=[AuthorisedPlugin("wechatoa")])
        with serving(site) as address:
            yield site, address
        site.gateway.close()


@pytest.fixture
def shop(served: tuple[Site, str]) -> Iterator[Client]:
    site, address = served
    with Client(address, *site.shop, repetition=ONCE) as client:
        yield client


@pytest.fixture
def staff(served: tuple[Site, str]) -> Iterator[Client]:
    site, address = served
    with Client(address, *site.staff, repetition=ONCE) as client:
        yield client


@pytest.fixture
def admin(served: tuple[Site, str]) -> Iterator[Admin]:
    site, address = served
    client = Admin(address, site.admin, repetition=ONCE)
    yield client
    client.close()


def test_a_message_is_sent_and_followed_to_its_deliveries(shop: Client) -> None:
    sent = shop.sent(
        aud_userid=["zhangsan", "nobody"],
        msg_app=[{"text": "你好"}],
        option={"sendno": "order-7", "priority": 1, "time_to_live": 3600},
    )
    assert sent.get("sendno") == "order-7"
    state = shop.message(sent["msgid"])
    assert (state["recipients"], state["counts"]) == (2, {"queued": 1, "unreachable": 1})
    found = list(shop.deliveries(sent["msgid"], limit=1))
    assert [delivery["userid"] for delivery in found] == ["zhangsan", "nobody"]
    (lost,) = shop.deliveries(sent["msgid"], status="unreachable")
    assert (lost["channel"], lost["reason"]) == (None, "unknown_user")


def test_the_same_key_is_the_same_message(shop: Client) -> None:
    first, second = (
        shop.sent(aud_userid=["zhangsan"], msg_app=[{"text": "Hello"}], idempotency_key="one") for _ in range(2)
    )
    assert first == second
    with pytest.raises(ApiError) as caught:
        shop.sent(aud_userid=["zhangsan"], msg_app=[{"text": "Other"}], idempotency_key="one")
    assert (caught.value.status, caught.value.code) == (409, 4090)


def test_a_refusal_names_its_fields_and_its_number(shop: Client) -> None:
    with pytest.raises(ApiError) as caught:
        shop.sent(aud_userid=["zhangsan"], msg_app=[{"text": "Hello"}], option={"priority": 9})
    error = caught.value
    assert (error.status, error.code) == (400, 4004)
    assert error.errors == {"option.priority": ["must be from 1 to 3, not 9"]}
    assert error.request_id


def test_users_are_uploaded_shown_listed_and_removed(shop: Client, staff: Client) -> None:
    users: list[dict[str, Json]] = [
        {"userid": f"u{number}", "set": {"tag": {"all": ["client"]}}} for number in range(5)
    ]
    batch = shop.user_opt([*users, {"userid": "no good"}])
    assert batch["data"]["success"] == [f"u{number}" for number in range(5)]
    assert [failure["errcode"] for failure in batch["data"]["fail"]] == ["4004"]
    assert shop.user("u1")["properties"] == {"tag": {"all": ["client"]}}
    assert [user["userid"] for user in shop.users(tag="client", limit=2)] == batch["data"]["success"]
    assert staff.user_delete(["u1", "unknown"])["data"]["success"] == ["u1"]
    with pytest.raises(ApiError, match="ChannelKey"):
        shop.user_delete(["u2"])


def test_channels_and_their_templates_are_shown_and_fetched(shop: Client) -> None:
    assert [channel["channel"] for channel in shop.channels(limit=1)] == ["app1", "mail1"]
    assert shop.refresh("app1")["total"] == 1
    (kept,) = shop.refreshes("app1")["refreshes"]
    assert [change["change"] for change in kept["changes"]] == ["added"]
    found = shop.templates("app1")
    assert [(template["template_id"], template["title"]) for template in found["templates"]] == [("t1", "Parcel")]
    assert found["refreshed_at"] == 1_800_000_000


def test_wrong_credentials_are_told(served: tuple[Site, str]) -> None:
    site, address = served
    with Client(f"{address}/", site.shop[0], "wrong") as client, pytest.raises(ApiError) as caught:
        client.message("x")
    assert (caught.value.status, caught.value.code) == (401, 4005)


def test_operators_set_things_up_with_their_token(admin: Admin) -> None:
    steps = [{"channels": ["app"]}]
    made = admin.rules.add(id=1001, name="app", steps=steps)
    assert made["id"] == 1001
    assert admin.rules.change(1001, name="app alone", steps=steps)["name"] == "app alone"
    admin.rules.add(name="another", steps=steps)
    assert [rule["name"] for rule in admin.rules.list(limit=1)] == ["app alone", "another"]
    assert admin.rules.show(1001)["steps"] == [{"channels": ["app"], "on": [], "wait": 0}]
    admin.rules.remove(1001)
    with pytest.raises(ApiError) as caught:
        admin.rules.show(1001)
    assert caught.value.status == 404


def test_everyone_is_sent_to_and_the_message_taken_back(shop: Client) -> None:
    sent = shop.broadcast(msg_app=[{"text": "The shop is open"}])
    assert shop.retract(sent["msgid"]) == {"code": 0, "message": "success"}
    with pytest.raises(ApiError) as caught:
        shop.retract(sent["msgid"])
    assert (caught.value.status, caught.value.code) == (400, 1015055)


def test_a_dry_run_tells_who_would_get_it(shop: Client) -> None:
    told = shop.sent(aud_userid=["zhangsan", "nobody"], msg_app=[{"text": "x"}], option={"dry_run": True})
    assert (told.get("dry_run"), told.get("recipients"), told.get("channels")) == (True, 2, {"app1": 1})
    assert told.get("unreachable") == [{"reason": "unknown_user", "count": 1, "userids": ["nobody"]}]


def test_contents_are_looked_at_before_they_are_sent(shop: Client) -> None:
    found = shop.lint(msg_app=[{"text": "Hello!!!"}])["channels"]["app1"]
    assert found == {
        "ok": False,
        "findings": [{"path": "msg_app.0.text", "text": "Must not shout."}],
        "clipped": {},
    }
    rehearsed = shop.sent(aud_userid=["zhangsan"], msg_app=[{"text": "Hello!!!"}], option={"dry_run": True})
    assert rehearsed["lint"] == {"app1": found}


def test_many_messages_are_sent_in_one_call(shop: Client) -> None:
    good: Message = {"aud_userid": ["zhangsan"], "msg_app": [{"text": "Hello"}], "option": {"sendno": "1"}}
    bad: Message = {"aud_userid": ["zhangsan"]}
    first, again = (shop.sent_batch([good, bad], idempotency_key="batch") for _ in range(2))
    assert first == again
    assert [(sent["index"], sent.get("sendno")) for sent in first["data"]["success"]] == [(0, "1")]
    assert [(failure["index"], failure["errcode"]) for failure in first["data"]["fail"]] == [(1, "4004")]
    found = {message["msgid"] for message in shop.messages(limit=1, since=0)}
    assert first["data"]["success"][0]["msgid"] in found


def test_a_message_template_is_made_and_sent(shop: Client, admin: Admin) -> None:
    variables = [{"name": "order", "sample": "A1"}]
    made = admin.templates.add(name="Parcel", variables=variables, channels={"email": {"text": "{{order}}"}})
    number = int(str(made["id"]))
    assert len(cast("list[Json]", admin.templates.look(number, "versions", limit=5)["versions"])) == 1
    assert admin.templates.show(number, version=1)["name"] == "Parcel"
    preview = admin.templates.do(number, "preview", values={"order": "B2"})
    assert preview["contents"] == {"email": {"text": "B2"}}
    assert shop.template_sent(template_id=number, template_para={"order": "A1"}, aud_userid=["lisi"])["msgid"]
    assert shop.template_broadcast(template_id=number, template_para={"order": "A1"})["msgid"]


def test_a_user_is_looked_for_on_every_channel(shop: Client) -> None:
    found = {reach["channel"]: reach["reachable"] for reach in shop.reach("zhangsan")["channels"]}
    assert found == {"app1": True, "mail1": False}
    asked = shop.reach("zhangsan", template="none")["channels"]
    told = {one["channel"]: [each["reason"] for each in one["reasons"]] for one in asked}
    assert told == {"app1": ["template_unknown"], "mail1": ["not_bound", "template_unknown"]}
    assert all(one["fix"] and one["until"] is None for one in asked)
    with pytest.raises(ApiError):
        shop.reach("zhangsan", black_id=7)


def test_what_a_user_allows_is_reported_and_counted(shop: Client) -> None:
    told = shop.subscribed("app1", {"t1": "accept", "t2": "reject"}, userid="zhangsan")
    assert told["credits"] == {"t1": 1, "t2": None}
    shop.subscribed("app1", {"t2": "accept"}, openid="fake-other")
    found = shop.subscriptions("app1", at_most=1, limit=1)
    assert [(one["openid"], one["template_id"], one["credits"]) for one in found] == [
        ("fake-other", "t2", 1),
        ("fake-zhangsan", "t1", 1),
    ]


def test_a_picture_to_scan_is_made(shop: Client) -> None:
    picture = shop.qr("zhaoliu", channel="app1", expires_in=600)
    assert (picture["url"].partition("/")[0], picture["expires_in"]) == ("fake:", 600)


def test_a_login_inside_an_app_is_passed_on(shop: Client, admin: Admin) -> None:
    login = shop.log_in("app", "app1", "fake-zhaoliu/1", userid="zhaoliu")
    assert (login["bound"], login.get("userid")) == (True, "zhaoliu")
    opened = shop.decrypt("app", "app1", session=login["session"], **sealed_by("fake-zhaoliu"))
    assert (opened["data"], opened["bound"]) == ({"nickName": "Li"}, True)
    assert shop.subscribed("app1", {"t1": "accept"}, session=login["session"])["credits"] == {"t1": 1}
    with pytest.raises(ApiError, match="phone_numbers"):
        shop.phone("app", "app1", session=login["session"], code="fake-zhaoliu/2")


def test_a_file_is_left_for_mails(shop: Client, tmp_path: Path) -> None:
    file = tmp_path / "账单.pdf"
    file.write_bytes(b"%PDF")
    for path in (file, str(file)):
        assert shop.material(path, time_to_live=2)["url"].startswith("http")
    with pytest.raises(ApiError) as caught:
        shop.material(file, time_to_live=999)
    assert list(caught.value.errors) == ["time_to_live"]


def test_a_token_of_no_granted_channel_is_refused(shop: Client) -> None:
    with pytest.raises(ApiError) as caught:
        shop.token("wechatoa")
    assert caught.value.code == 1015008


def test_people_are_bound_by_a_result_and_unbound(shop: Client) -> None:
    assert shop.unbind("zhangsan", "app1")["unbound"] is True
    for refused in (
        lambda: shop.bind_ticket("app1", userid="zhangsan"),
        lambda: shop.bind_result("none"),
        lambda: shop.bind_complete("none", "zhangsan"),
        lambda: shop.page_signature("app1", "https://shop.example/"),
    ):
        with pytest.raises(ApiError) as caught:
            refused()
        assert caught.value.code in {4004, 4040}


def test_lists_and_words_are_kept(admin: Admin) -> None:
    made = admin.blacklists.add(name="Left", userids=["zhangsan"])
    assert admin.blacklists.do(int(str(made["id"])), "add", userids=["lisi"])["count"] == 2
    admin.words.add(words=["lottery", "casino"])
    assert [word["word"] for word in admin.words.list(limit=1)] == ["lottery", "casino"]
    assert list(admin.approvals.list(state="waiting")) == []


def test_an_application_gets_a_channel_and_an_operator_his_role(admin: Admin) -> None:
    made = admin.applications.add(name="depot")
    assert len(str(made["channel_key"])) == 24
    settings: Json = {"account": "a", "secret": "right", "base_url": "http://127.0.0.1:9", "hook_token": "t"}
    admin.channels.add(channel="app9", type="app", settings=settings, grants=["depot"])
    assert admin.channels.do("app9", "pause")["state"] == "paused"
    assert admin.applications.show(int(str(made["id"])))["channels"] == {"app": "app9"}
    assert "depot" in [application["name"] for application in admin.applications.list(limit=1)]
    clerk = admin.operators.add(name="clerk", role="viewer")
    assert admin.operators.change(int(str(clerk["id"])), role="operator")["role"] == "operator"
    last = next(admin.audit.list(limit=1))
    assert (last["action"], last["thing"]) == ("PUT", f"/v1/admin/operators/{clerk['id']}")


def test_what_a_provider_told_is_read_page_by_page(served: tuple[Site, str], admin: Admin) -> None:
    site, _ = served
    for number in range(3):
        body = {"event_id": f"e{number}", "kind": f"kind{number % 2}", "address": "fake-zhangsan"}
        assert site.http.post("/hooks/app1?signature=hook-token", json=body).status_code == 200
    assert [event["event"] for event in admin.events("app1", limit=1)] == ["kind0", "kind1", "kind0"]
    assert [event["event"] for event in admin.events("app1", event="kind1", since=1)] == ["kind1"]


def test_a_channel_s_quotas_are_looked_at_and_limited(admin: Admin) -> None:
    limited = cast("list[dict[str, Json]]", admin.channels.put("app1", "quotas/message", daily_limit=9)["quotas"])
    looked_at = cast("list[dict[str, Json]]", admin.channels.look("app1", "quotas")["quotas"])
    assert [quota["remaining"] for quota in looked_at] == [quota["remaining"] for quota in limited] == [9, None]
    asked = cast("list[dict[str, Json]]", admin.channels.do("app1", "quotas/refresh")["quotas"])
    assert [quota["limit"] for quota in asked] == [9, 1000]


def test_an_operator_sets_up_the_third_party_platform_and_makes_a_link(admin: Admin) -> None:
    with pytest.raises(ApiError) as unset:
        admin.platform.show()
    assert unset.value.code == 4040
    shown = admin.platform.configure(name="ours", secret="right")
    assert (shown["name"], shown["secrets_set"]) == ("ours", ["secret"])
    assert admin.platform.show() == shown
    assert admin.platform.test()["ok"] is True
    assert admin.platform.start_tickets()["code"] == 0
    assert admin.platform.accounts()["accounts"] == []
    link = admin.platform.link("oa1", type="wechatoa", grants=["shop"])
    assert "/authorise/" in str(link["start_url"])

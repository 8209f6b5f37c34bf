"""Accounts authorise by a link, and their channels behave like any other."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from sandbox import paths
from tests.acceptance.platform.provider import Provider
from tests.acceptance.wechat.letters import TEMPLATE_MESSAGE
from tests.acceptance.wechat.town import eventually

OA_SETS = ("1", "2", "7", "89")


def test_the_links_are_built_as_the_platform_wants_them(provider: Provider) -> None:
    link = provider.link("linked1", "--type", "wechatoa")
    desktop, mobile = urlsplit(str(link["desktop_url"])), urlsplit(str(link["mobile_url"]))
    query = parse_qs(desktop.query)
    assert desktop.path == "/cgi-bin/componentloginpage"
    assert query["component_appid"] == [provider.appid]
    assert query["auth_type"] == ["1"]
    assert query["redirect_uri"] == [f"{link['start_url']}/done"]
    assert mobile.path == "/wxaopen/safe/bindcomponent"
    assert mobile.fragment == "wechat_redirect"
    assert parse_qs(mobile.query) == {**query, "action": ["bindcomponent"], "no_scan": ["1"]}
    other = provider.link("linked2", "--type", "wechatmp")
    both = provider.link("linked3")
    kinds = [parse_qs(urlsplit(str(one["desktop_url"])).query)["auth_type"] for one in (other, both)]
    assert kinds == [["2"], ["3"]]
    assert parse_qs(urlsplit(str(other["desktop_url"])).query)["pre_auth_code"] != query["pre_auth_code"]


def test_an_account_authorises_and_its_channel_is_there(provider: Provider) -> None:
    page = provider.authorise("flowers1", provider.oa, *OA_SETS)
    assert page.status_code == 200
    assert "Flowers is authorised" in page.text
    assert page.headers["Referrer-Policy"] == "origin"
    shown = provider.show("flowers1")
    assert (shown["type"], shown["state"], shown["authorised_by"]) == ("wechatoa", "ready", "platform")
    assert shown["granted_to"] == [provider.application]
    assert shown["secrets_set"] == []
    assert str(shown["hook_url"]).endswith(f"/hooks/platform/{provider.oa}")
    account = provider.account(provider.oa)
    assert (account["channel"], account["permissions"], account["state"]) == ("flowers1", [1, 2, 7, 89], "granted")


def test_the_page_speaks_chinese_to_who_reads_it(provider: Provider) -> None:
    link = provider.link("chinese1")
    page = requests.get(str(link["start_url"]), headers={"Accept-Language": "zh-CN"}, timeout=10)
    assert "显示二维码" in page.text


def test_a_phone_gets_there_too(provider: Provider) -> None:
    page = provider.visit(provider.link("phone1"), provider.mp, "18", page="mobile")
    assert page.status_code == 200
    assert provider.show("phone1")["type"] == "wechatmp"


def test_a_reload_shows_the_same_and_changes_nothing(provider: Provider) -> None:
    page = provider.authorise("reload1", provider.oa, *OA_SETS)
    calls = len(provider.calls(paths.QUERY_AUTH, appid=provider.appid))
    again = requests.get(page.url, timeout=10)
    assert (again.status_code, again.text) == (200, page.text)
    assert len(provider.calls(paths.QUERY_AUTH, appid=provider.appid)) == calls == 1


def test_a_link_serves_once_and_a_forged_one_never(provider: Provider) -> None:
    link = provider.link("once1")
    provider.visit(link, provider.oa, *OA_SETS)
    used = requests.get(f"{link['start_url']}/done", params={"auth_code": "another"}, timeout=10)
    assert "is authorised" in used.text
    start = str(link["start_url"])
    forged = requests.get(start[:-1] + ("0" if start[-1] != "0" else "1"), timeout=10)
    assert forged.status_code == 403
    assert "expired or has never been made" in forged.text


def test_a_code_serves_one_link_alone(provider: Provider) -> None:
    page = provider.authorise("first1", provider.oa, *OA_SETS)
    code = parse_qs(urlsplit(page.url).query)["auth_code"]
    other = provider.link("second1")
    again = requests.get(f"{other['start_url']}/done", params={"auth_code": code}, timeout=10)
    assert again.status_code == 409
    assert "is authorised" not in again.text
    assert provider.town.ums("channel", "show", "second1").exit_code == 1
    assert provider.account(provider.oa)["channel"] == "first1"


def test_a_code_from_before_the_authorisation_was_withdrawn_opens_nothing(provider: Provider) -> None:
    code = provider.control("authorise", appid=provider.oa)["auth_code"]
    provider.settle()
    assert provider.account(provider.oa)["state"] == "granted"
    provider.control("unauthorise", appid=provider.oa)
    provider.settle()
    link = provider.link("after1")
    page = requests.get(f"{link['start_url']}/done", params={"auth_code": str(code)}, timeout=10)
    assert page.status_code == 409
    assert provider.account(provider.oa)["state"] == "withdrawn"


def test_a_link_expires(provider: Provider) -> None:
    link = provider.link("late1")
    provider.town.clock.leap(1801)
    try:
        assert requests.get(str(link["start_url"]), timeout=10).status_code == 403
    finally:
        provider.town.clock.leap(-1801)


def test_an_authorised_account_sends_lists_and_gives_its_token(provider: Provider) -> None:
    provider.authorise("sends1", provider.oa, *OA_SETS)
    assert provider.town.told("channel", "refresh", "sends1")
    people = [{"userid": "zhangsan", "set": {"sends1": "oZhangsan"}}]
    assert provider.post("/v1/user/opt", people).json()["data"]["success"] == ["zhangsan"]
    sent = provider.post("/v1/sent", {"aud_userid": ["zhangsan"], "msg_wechatoa": [TEMPLATE_MESSAGE]}).json()
    eventually(lambda: status_of(provider, sent["msgid"]) == ["delivered"])
    token = provider.get("/v1/token", type="wechatoa").json()
    assert token["token"]
    assert 0 < int(token["expires_in"]) <= 7200


def status_of(provider: Provider, msgid: str) -> list[str]:
    found = provider.get(f"/v1/message/{msgid}/deliveries").json()["deliveries"]
    return [one["status"] for one in found]


def test_a_missing_permission_set_is_told_and_blocks_its_endpoint_alone(provider: Provider) -> None:
    page = provider.authorise("partial1", provider.oa, "7")
    assert "Permission set 89" in page.text
    endpoints: Any = provider.show("partial1")["endpoints"]
    reasons = {one["name"]: one["reason"] for one in endpoints if one["blocked"]}
    assert reasons.keys() == {"subscription"}
    assert "Permission set 89" in reasons["subscription"]


def test_an_account_of_the_wrong_kind_makes_no_channel(provider: Provider) -> None:
    link = provider.link("wrong1", "--type", "wechatoa")
    code = provider.control("authorise", appid=provider.mp, event="none")["auth_code"]
    page = requests.get(f"{link['start_url']}/done", params={"auth_code": str(code)}, timeout=10)
    assert "This is a mini program" in page.text
    assert provider.town.ums("channel", "show", "wrong1").exit_code == 1
    assert provider.account(provider.mp)["channel"] == ""


def test_a_frozen_account_s_channel_is_parked_and_says_so(provider: Provider) -> None:
    provider.town.sandbox.control("PUT", f"accounts/{provider.oa}", {"status": 19})
    provider.authorise("frozen1", provider.oa, *OA_SETS)
    shown = provider.show("frozen1")
    assert (shown["state"], shown["reason"]) == ("parked", "The account is frozen.")


def test_a_subscription_account_is_told_what_it_cannot_do(provider: Provider) -> None:
    provider.town.sandbox.control("PUT", f"accounts/{provider.oa}", {"service_type": 1, "verified": False})
    page = provider.authorise("small1", provider.oa, *OA_SETS)
    assert "This is a subscription account" in page.text
    assert "not certified" in page.text


def test_a_channel_of_an_account_is_not_taken_by_another(provider: Provider) -> None:
    provider.authorise("mine1", provider.oa, *OA_SETS)
    other = f"{provider.oa}x"
    provider.town.sandbox.control("PUT", f"accounts/{other}", {"kind": "wechatoa"})
    page = provider.authorise("mine1", other, *OA_SETS)
    assert "make another channel for this one" in page.text
    settings: Any = provider.show("mine1")["settings"]
    assert settings["appid"] == provider.oa
    assert provider.account(other)["channel"] == ""


def test_a_channel_moves_from_its_secret_to_the_platform_and_back(provider: Provider) -> None:
    town = provider.town
    words = ["--set", f"appid={provider.oa}", "--set", "secret=s", "--set", f"base_url={town.sandbox.url}"]
    town.told("channel", "add", "moves1", "--type", "wechatoa", *words, "--grant", provider.application)
    provider.post("/v1/user/opt", [{"userid": "lisi", "set": {"moves1": "oLisi"}}])
    provider.authorise("moves1", provider.oa, *OA_SETS)
    assert provider.show("moves1")["authorised_by"] == "platform"
    assert "oLisi" in provider.get("/v1/user/lisi").text
    assert town.told("channel", "test", "moves1")["ok"] is True
    assert provider.calls(paths.AUTHORIZER_ACCESS, appid=provider.appid)
    town.told("channel", "set", "moves1", "--set", "authorised_by=secret")
    assert provider.show("moves1")["secrets_set"] == ["secret"]
    assert town.told("channel", "test", "moves1")["ok"] is True
    assert provider.calls(paths.STABLE, appid=provider.oa)


def test_an_application_that_has_such_a_channel_is_told_before_anybody_agrees(provider: Provider) -> None:
    provider.authorise("former1", provider.oa, *OA_SETS)
    words = ["platform", "authorise", "latter1", "--type", "wechatoa", "--grant", provider.application]
    assert "already sends on former1" in provider.town.ums(*words).output
    assert provider.link("latter1", "--type", "wechatmp")["start_url"]


def test_a_channel_that_exists_is_granted_as_the_link_says(provider: Provider) -> None:
    town = provider.town
    words = ["--set", f"appid={provider.oa}", "--set", "secret=s", "--set", f"base_url={town.sandbox.url}"]
    town.told("channel", "add", "given1", "--type", "wechatoa", *words)
    provider.authorise("given1", provider.oa, *OA_SETS)
    assert provider.show("given1")["granted_to"] == [provider.application]


def test_a_provider_that_does_not_answer_leaves_the_link_usable(provider: Provider) -> None:
    link = provider.link("again1")
    code = str(provider.control("authorise", appid=provider.oa, event="none")["auth_code"])
    fault = {"path": paths.QUERY_AUTH, "errcode": -1, "times": 1}
    provider.town.sandbox.control("POST", "faults", fault)
    address, query = f"{link['start_url']}/done", {"auth_code": code}
    assert requests.get(address, params=query, timeout=10).status_code == 503
    assert "is authorised" in requests.get(address, params=query, timeout=10).text


def test_what_cannot_be_asked_for_is_told_by_name(provider: Provider) -> None:
    town = provider.town
    assert "letters and digits" in town.ums("platform", "authorise", "no-good").output
    assert "no application named" in town.ums("platform", "authorise", "good1", "--grant", "nobody").output
    assert "wechatmp, wechatoa" in town.ums("platform", "authorise", "good1", "--type", "email").output

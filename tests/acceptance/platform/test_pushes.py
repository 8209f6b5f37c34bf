"""What comes to the platform's two addresses."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from channels._wechat.crypto import signature
from sandbox import paths
from sandbox.events import original_id
from tests.acceptance.platform.provider import KEY, OLD_KEY, Provider, push
from tests.acceptance.wechat.town import eventually, town
from ums.store import authorisations

OA_SETS = ("1", "2", "7", "89")


def ticket(provider: Provider, **members: Any) -> dict[str, Any]:
    given = {"AppId": provider.appid, "CreateTime": int(time.time()), "InfoType": "component_verify_ticket"}
    return {**given, "ComponentVerifyTicket": "ticket@@@mine", **members}


def ticket_at(provider: Provider) -> object:
    return provider.town.told("platform", "show")["ticket_at"]


def test_a_genuine_ticket_is_taken_and_answered_with_success(bare: Provider) -> None:
    answer = push(bare.events_url, ticket(bare), component=bare.appid)
    assert (answer.status_code, answer.text) == (200, "success")
    assert ticket_at(bare) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"msg_signature": "0" * 40},
        {"timestamp": str(int(time.time()) - 400)},
        {"nonce": "2"},
        {"encrypt_type": "raw"},
    ],
)
def test_a_forged_or_stale_push_changes_nothing(bare: Provider, changes: dict[str, str]) -> None:
    assert push(bare.events_url, ticket(bare), component=bare.appid, **changes).status_code == 403
    assert ticket_at(bare) is None


def test_a_push_of_another_key_token_or_platform_changes_nothing(bare: Provider) -> None:
    assert push(bare.events_url, ticket(bare), component=bare.appid, key=OLD_KEY).status_code == 403
    assert push(bare.events_url, ticket(bare), component=bare.appid, token="other").status_code == 403
    assert push(bare.events_url, ticket(bare), component="wxanother").status_code == 403
    assert push(bare.events_url, ticket(bare, AppId="wxanother"), component=bare.appid).status_code == 403
    assert ticket_at(bare) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<xml><Encrypt>x</Encrypt></xml>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><xml><Encrypt>&b;</Encrypt></xml>',
        b"<xml>" + b"<a>" * 1000,
    ],
)
def test_what_is_not_the_platform_s_xml_is_refused(bare: Provider, body: bytes) -> None:
    query = {"timestamp": str(int(time.time())), "nonce": "1", "msg_signature": "x", "encrypt_type": "aes"}
    assert requests.post(bare.events_url, body, params=query, timeout=10).status_code == 403


def test_a_push_too_large_is_refused_unread(bare: Provider) -> None:
    assert requests.post(bare.events_url, b"x" * 70_000, timeout=10).status_code == 413


def test_the_previous_key_still_opens(bare: Provider) -> None:
    words = ["--set", f"encoding_aes_key={OLD_KEY}", "--set", f"previous_encoding_aes_key={KEY}"]
    bare.town.told("platform", "set", *words)
    assert push(bare.events_url, ticket(bare), component=bare.appid).status_code == 200
    assert push(bare.events_url, ticket(bare), component=bare.appid, key=OLD_KEY).status_code == 200


def test_an_older_ticket_does_not_replace_a_newer_one(bare: Provider) -> None:
    now = int(time.time())
    push(bare.events_url, ticket(bare, CreateTime=now), component=bare.appid)
    push(bare.events_url, ticket(bare, CreateTime=now - 60), component=bare.appid)
    assert ticket_at(bare) == now


def test_another_platform_s_ticket_is_forgotten(provider: Provider) -> None:
    provider.town.told("platform", "set", "--set", "component_appid=wxanother")
    assert ticket_at(provider) is None


def test_without_a_link_an_account_is_kept_for_later(provider: Provider) -> None:
    provider.control("authorise", appid=provider.oa, permissions=["7", "89"])
    provider.settle()
    account = provider.account(provider.oa)
    assert (account["name"], account["permissions"], account["channel"]) == ("Flowers", [7, 89], "")


def test_the_event_and_the_page_together_redeem_the_code_once(provider: Provider) -> None:
    provider.authorise("both1", provider.oa, *OA_SETS)
    provider.settle()
    eventually(lambda: provider.account(provider.oa)["at"] is not None)
    provider.settle()
    assert len(provider.calls(paths.QUERY_AUTH, appid=provider.appid)) == 1
    assert provider.show("both1")["state"] == "ready"


def test_other_permission_sets_are_taken_up(provider: Provider) -> None:
    provider.authorise("update1", provider.oa, "7")
    assert blocked(provider, "update1") == ["subscription"]
    provider.control("authorise", appid=provider.oa, permissions=["7", "89"])
    provider.settle()
    assert blocked(provider, "update1") == []
    provider.control("authorise", appid=provider.oa, permissions=["89"])
    provider.settle()
    assert blocked(provider, "update1") == ["template"]
    assert provider.account(provider.oa)["permissions"] == [89]
    assert provider.town.told("channel", "test", "update1")["ok"] is True


def blocked(provider: Provider, code: str) -> list[str]:
    endpoints: Any = provider.show(code)["endpoints"]
    return [one["name"] for one in endpoints if one["blocked"]]


def test_a_withdrawn_consent_parks_the_channel_and_says_who_must_do_what(provider: Provider) -> None:
    provider.authorise("gone2", provider.oa, *OA_SETS)
    provider.settle()
    assert provider.get("/v1/token", type="wechatoa").status_code == 200
    provider.control("unauthorise", appid=provider.oa)
    shown = provider.show("gone2")
    assert shown["state"] == "parked"
    assert "administrator has withdrawn the authorisation" in str(shown["reason"])
    assert "ums platform authorise" in str(shown["reason"])
    calls = len(provider.calls(paths.AUTHORIZER_ACCESS, appid=provider.appid))
    assert provider.town.told("channel", "test", "gone2", status=1)["ok"] is False
    assert len(provider.calls(paths.AUTHORIZER_ACCESS, appid=provider.appid)) == calls
    provider.town.told("channel", "resume", "gone2")
    assert provider.get("/v1/token", type="wechatoa").status_code == 409
    provider.authorise("gone2", provider.oa, *OA_SETS)
    assert provider.show("gone2")["state"] == "ready"
    assert provider.town.told("channel", "test", "gone2")["ok"] is True


def test_news_older_than_what_is_known_changes_nothing(provider: Provider) -> None:
    provider.authorise("order1", provider.oa, *OA_SETS)
    provider.settle()
    old = {"AppId": provider.appid, "CreateTime": int(time.time()) - 250, "InfoType": "unauthorized"}
    answer = push(provider.events_url, {**old, "AuthorizerAppid": provider.oa}, component=provider.appid)
    assert answer.text == "success"
    assert provider.show("order1")["state"] == "ready"


def test_a_repeated_withdrawal_changes_nothing_twice(provider: Provider) -> None:
    provider.authorise("twice1", provider.oa, *OA_SETS)
    provider.settle()
    news = {"AppId": provider.appid, "CreateTime": int(time.time()) + 1, "InfoType": "unauthorized"}
    given = {**news, "AuthorizerAppid": provider.oa}
    push(provider.events_url, given, component=provider.appid)
    provider.authorise("twice1", provider.oa, *OA_SETS)
    push(provider.events_url, given, component=provider.appid)
    assert provider.show("twice1")["state"] == "ready"


def test_an_account_s_pushes_come_by_the_platform(provider: Provider) -> None:
    provider.authorise("pushed1", provider.mp, "18")
    provider.post("/v1/user/opt", [{"userid": "wangwu", "set": {"pushed1": "oWangwu"}}])
    item = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "0"}
    event = {"appid": provider.mp, "openid": "oWangwu", "event": "subscribe_msg_popup_event", "items": [item]}
    assert provider.town.sandbox.control("POST", "push", event).json()["acknowledged"]
    found = provider.get("/v1/subscription", channel="pushed1", userid="wangwu").json()
    assert "T1" in str(found)


def test_an_account_without_a_channel_is_refused(provider: Provider) -> None:
    members = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1, "MsgType": "event", "Event": "SCAN"}
    url = f"{provider.town.url}/hooks/platform/{provider.oa}"
    assert push(url, members, component=provider.appid).status_code == 404
    assert push(url, members, component=provider.appid, nonce="2").status_code == 403


def test_a_push_for_one_account_is_none_for_another(provider: Provider) -> None:
    provider.authorise("one1", provider.oa, *OA_SETS)
    provider.authorise("two1", provider.mp, "18")
    members = {"FromUserName": "o1", "CreateTime": int(time.time()), "MsgType": "event", "Event": "SCAN"}
    given = {"ToUserName": original_id(provider.oa), **members}
    base = f"{provider.town.url}/hooks/platform/"
    assert push(base + provider.oa, given, component=provider.appid).text == "success"
    assert push(base + provider.mp, given, component=provider.appid).status_code == 403


def test_while_nobody_knows_an_account_s_own_name_no_push_is_its(provider: Provider) -> None:
    """All accounts share the platform's key: nothing else tells whose a push is."""
    provider.authorise("nameless1", provider.oa, *OA_SETS)
    with provider.town.gateway.database.write() as session:
        kept = authorisations.find(session, provider.oa)
        assert kept is not None
        authorisations.put(session, replace(kept, address=""))
    members = {"FromUserName": "o1", "CreateTime": int(time.time()), "MsgType": "event", "Event": "SCAN"}
    given = {"ToUserName": original_id(provider.mp), **members}
    url = f"{provider.town.url}/hooks/platform/{provider.oa}"
    assert push(url, given, component=provider.appid).status_code == 403


def test_a_plain_push_is_refused_at_the_platform_s_address(provider: Provider) -> None:
    provider.authorise("plain1", provider.oa, *OA_SETS)
    stamp = str(int(time.time()))
    query = {"timestamp": stamp, "nonce": "1", "signature": signature("word", stamp, "1")}
    body = "<xml><ToUserName>x</ToUserName><FromUserName>o1</FromUserName><MsgType>event</MsgType></xml>"
    url = f"{provider.town.url}/hooks/platform/{provider.oa}"
    assert requests.post(url, body, params=query, timeout=10).status_code == 403


def test_without_a_platform_there_is_no_such_address(tmp_path: Path) -> None:
    with town(tmp_path, sends=False) as empty:
        url = f"{empty.url}/hooks/platform/events"
        assert push(url, {"AppId": "wx1"}, component="wx1").status_code == 404
        assert "ums platform set" in empty.ums("platform", "show").output

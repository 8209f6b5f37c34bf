"""What the platform says to third-party platforms: one test for each thing that is known of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from defusedxml.ElementTree import fromstring

from channels._wechat.crypto import PushCipher, verify_signature
from sandbox import paths
from sandbox.client import SandboxClient
from tests.sandbox.callback import Callback, Received

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
COMPONENT, OA, MP = "wxplatform", "wxaccount", "wxprogram"
PAGE = "/cgi-bin/componentloginpage"
BACK = "http://gateway.example/authorise/state/done"


@pytest.fixture
def platform(sandbox: SandboxClient, callback: Callback) -> SandboxClient:
    """A sandbox with a component, an official account and a mini program."""
    base = callback.url.partition("/hooks")[0]
    sandbox.control("PUT", f"components/{COMPONENT}", {
        "secret": "right", "token": "word", "encoding_aes_key": KEY, "callback": f"{base}/events",
        "account_callback": f"{base}/of/$APPID$",
    })  # fmt: skip
    sandbox.control("PUT", f"accounts/{OA}", {"kind": "wechatoa", "token": "its own"})
    sandbox.control("PUT", f"accounts/{MP}", {"kind": "wechatmp", "push_format": "json"})
    return sandbox


def told(received: Received) -> dict[str, str]:
    """The members of a push that the component can open."""
    query, envelope = received.query, fromstring(received.body)
    sealed = envelope.findtext("Encrypt") or ""
    assert query["encrypt_type"] == "aes"
    assert verify_signature(query["msg_signature"], "word", query["timestamp"], query["nonce"], sealed)
    root = fromstring(PushCipher([KEY], COMPONENT).decrypt(sealed))
    return {child.tag: child.text or "" for child in root}


def ticket(platform: SandboxClient, callback: Callback) -> str:
    platform.control("POST", "component/ticket", {"component": COMPONENT})
    return told(callback.received[-1])["ComponentVerifyTicket"]


def asked_for_token(platform: SandboxClient, given: str, **changes: Any) -> Any:
    body = {
        "component_appid": COMPONENT,
        "component_appsecret": "right",
        "component_verify_ticket": given,
        **changes,
    }
    return platform.ask("POST", paths.COMPONENT_ACCESS, body).json()


def own_token(platform: SandboxClient, callback: Callback) -> str:
    return str(asked_for_token(platform, ticket(platform, callback))["component_access_token"])


def call(platform: SandboxClient, path: str, token: str, **body: Any) -> Any:
    return platform.post(path, token, {"component_appid": COMPONENT, **body}).json()


def authorised(platform: SandboxClient, appid: str = OA, **more: Any) -> str:
    """An account's consent: the code that tells of it."""
    answer = platform.control("POST", "component/authorise", {"component": COMPONENT, "appid": appid, **more})
    return str(answer.json()["auth_code"])


def redeemed(platform: SandboxClient, token: str, appid: str = OA, **more: Any) -> Any:
    code = authorised(platform, appid, **more)
    return call(platform, paths.QUERY_AUTH, token, authorization_code=code)["authorization_info"]


def test_a_ticket_is_pushed_in_safe_mode_sealed_with_the_component_s_key_and_appid(
    platform: SandboxClient, callback: Callback
) -> None:
    answer = platform.control("POST", "component/ticket", {"component": COMPONENT}).json()
    assert answer["acknowledged"]
    news = told(callback.received[-1])
    assert callback.received[-1].path == "/events"
    assert (news["AppId"], news["InfoType"]) == (COMPONENT, "component_verify_ticket")


def test_start_push_ticket_pushes_one(platform: SandboxClient, callback: Callback) -> None:
    body = {"component_appid": COMPONENT, "component_secret": "right"}
    assert platform.ask("POST", paths.START_PUSH_TICKET, body).json()["errcode"] == 0
    assert told(callback.wait_for(1)[0])["InfoType"] == "component_verify_ticket"


def test_the_ticket_brings_a_token_of_two_hours_and_a_new_one_each_time(
    platform: SandboxClient, callback: Callback
) -> None:
    given = ticket(platform, callback)
    first, second = asked_for_token(platform, given), asked_for_token(platform, given)
    assert first["expires_in"] == 7200
    assert first["component_access_token"] != second["component_access_token"]


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"component_appid": "wxother"}, 40013),
        ({"component_appsecret": "wrong"}, 40125),
        ({"component_appsecret": ""}, 41004),
        ({"component_verify_ticket": "made up"}, 61006),
    ],
)
def test_a_wrong_member_of_the_token_call_has_its_number(
    platform: SandboxClient, callback: Callback, changes: dict[str, str], errcode: int
) -> None:
    assert asked_for_token(platform, ticket(platform, callback), **changes)["errcode"] == errcode


def test_an_expired_ticket_is_61005(platform: SandboxClient, callback: Callback) -> None:
    given = ticket(platform, callback)
    platform.control("POST", "component/expire", {"component": COMPONENT, "what": "tickets"})
    assert asked_for_token(platform, given)["errcode"] == 61005


@pytest.mark.parametrize(
    ("setting", "errcode"),
    [
        ({"ip_refused": True}, 61004),
        ({"valid": False}, 61011),
        ({"denied_paths": [paths.COMPONENT_ACCESS]}, 48001),
        ({"daily_quota": {paths.COMPONENT_ACCESS: 0}}, 45009),
    ],
)
def test_a_component_can_be_refused_as_a_whole(
    platform: SandboxClient, callback: Callback, setting: dict[str, object], errcode: int
) -> None:
    given = ticket(platform, callback)
    platform.control("PUT", f"components/{COMPONENT}", setting)
    assert asked_for_token(platform, given)["errcode"] == errcode


def test_the_token_call_wants_json_in_a_post(platform: SandboxClient) -> None:
    assert platform.post_raw(paths.COMPONENT_ACCESS, b"{").json()["errcode"] == 47001
    assert platform.post_raw(paths.COMPONENT_ACCESS, b"").json()["errcode"] == 44002
    assert platform.ask("GET", paths.COMPONENT_ACCESS).json()["errcode"] == 43002


def test_a_component_s_token_can_expire(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    assert call(platform, paths.CREATE_PREAUTHCODE, "x" * 40)["errcode"] == 40001
    platform.control("POST", "tokens/expire", {"appid": COMPONENT})
    assert call(platform, paths.CREATE_PREAUTHCODE, token)["errcode"] == 42001


def test_an_account_s_own_token_is_of_the_wrong_kind(platform: SandboxClient) -> None:
    assert call(platform, paths.CREATE_PREAUTHCODE, platform.token(OA))["errcode"] == 61014


def test_the_component_s_token_is_for_no_other_call(platform: SandboxClient, callback: Callback) -> None:
    assert platform.read(paths.PRIVATE_TEMPLATES, own_token(platform, callback)).json()["errcode"] == 48001


def test_another_component_s_appid_is_refused(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    answer = platform.post(paths.CREATE_PREAUTHCODE, token, {"component_appid": "wxother"}).json()
    assert answer["errcode"] == 40013


def test_pre_auth_codes_are_new_each_time_and_live_half_an_hour(
    platform: SandboxClient, callback: Callback
) -> None:
    token = own_token(platform, callback)
    first, second = (call(platform, paths.CREATE_PREAUTHCODE, token) for _ in range(2))
    assert first["expires_in"] == 1800
    assert first["pre_auth_code"] != second["pre_auth_code"]


def test_a_code_tells_what_was_granted_with_the_account_s_tokens(
    platform: SandboxClient, callback: Callback
) -> None:
    info = redeemed(platform, own_token(platform, callback), permissions=["7", "89"])
    assert info["authorizer_appid"] == OA
    assert info["expires_in"] == 7200
    assert [entry["funcscope_category"]["id"] for entry in info["func_info"]] == [7, 89]
    assert platform.read(paths.PRIVATE_TEMPLATES, info["authorizer_access_token"]).json()["template_list"]


def test_a_code_serves_once_and_ends(platform: SandboxClient, callback: Callback) -> None:
    token, code = own_token(platform, callback), authorised(platform)
    assert "authorization_info" in call(platform, paths.QUERY_AUTH, token, authorization_code=code)
    assert call(platform, paths.QUERY_AUTH, token, authorization_code=code)["errcode"] == 61010
    assert call(platform, paths.QUERY_AUTH, token, authorization_code="made up")["errcode"] == 61009
    late = authorised(platform)
    platform.control("POST", "component/expire", {"component": COMPONENT, "what": "codes"})
    assert call(platform, paths.QUERY_AUTH, token, authorization_code=late)["errcode"] == 61010


def test_every_renewal_overwrites_the_refresh_token(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    first = redeemed(platform, token)["authorizer_refresh_token"]
    asked = {"authorizer_appid": OA, "authorizer_refresh_token": first}
    answer = call(platform, paths.AUTHORIZER_ACCESS, token, **asked)
    assert answer["expires_in"] == 7200
    assert answer["authorizer_refresh_token"] != first
    assert call(platform, paths.AUTHORIZER_ACCESS, token, **asked)["errcode"] == 61023


def test_a_lost_refresh_token_stands_in_the_list(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    kept = redeemed(platform, token)["authorizer_refresh_token"]
    redeemed(platform, token, MP)
    answer = call(platform, paths.AUTHORIZER_LIST, token, offset=0, count=500)
    assert answer["total_count"] == 2
    assert {entry["authorizer_appid"] for entry in answer["list"]} == {OA, MP}
    assert kept in [entry["refresh_token"] for entry in answer["list"]]
    assert all(isinstance(entry["auth_time"], int) for entry in answer["list"])
    assert len(call(platform, paths.AUTHORIZER_LIST, token, offset=1, count=500)["list"]) == 1
    assert call(platform, paths.AUTHORIZER_LIST, token, offset=0, count=501)["errcode"] == 47001


def test_who_has_not_authorised_is_61003(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    for path in (paths.AUTHORIZER_ACCESS, paths.AUTHORIZER_INFO, paths.GET_OPTION):
        assert call(platform, path, token, authorizer_appid=OA)["errcode"] == 61003


def test_an_account_is_described_and_mini_programs_stand_out(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    authorised(platform, OA)
    authorised(platform, MP)
    platform.control(
        "PUT", f"accounts/{OA}", {"nick_name": "Shop", "service_type": 1, "verified": False, "status": 19}
    )
    oa, mp = (
        call(platform, paths.AUTHORIZER_INFO, token, authorizer_appid=appid)["authorizer_info"]
        for appid in (OA, MP)
    )
    assert (oa["nick_name"], oa["service_type_info"]["id"], oa["verify_type_info"]["id"]) == ("Shop", 1, -1)
    assert oa["account_status"] == 19
    assert oa["user_name"].startswith("gh_")
    assert "MiniProgramInfo" not in oa
    assert "MiniProgramInfo" in mp


def test_an_option_is_set_and_read(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    authorised(platform)
    about = {"authorizer_appid": OA, "option_name": "voice_recognize"}
    assert call(platform, paths.SET_OPTION, token, **about, option_value="1")["errcode"] == 0
    assert call(platform, paths.GET_OPTION, token, **about)["option_value"] == "1"
    assert call(platform, paths.SET_OPTION, token, **about, option_value="9")["errcode"] == 40097


@pytest.mark.parametrize(
    ("granted", "appid", "path", "errcode"),
    [
        (["89"], OA, paths.TEMPLATE_SEND, 61007),
        (["7"], OA, paths.BIZSEND, 61007),
        (["17"], MP, paths.SUBSCRIBE_SEND, 61007),
        (["7"], OA, paths.TEMPLATE_SEND, 40003),
    ],
)
def test_a_call_outside_the_granted_sets_is_61007(
    platform: SandboxClient, callback: Callback, granted: list[str], appid: str, path: str, errcode: int
) -> None:
    info = redeemed(platform, own_token(platform, callback), appid, permissions=granted)
    platform.control("PUT", f"accounts/{appid}", {"known_users_only": True})
    answer = platform.send(path, info["authorizer_access_token"], "nobody", "t", {}).json()
    assert answer["errcode"] == errcode


def test_calls_for_an_account_use_the_account_s_quota(platform: SandboxClient, callback: Callback) -> None:
    info = redeemed(platform, own_token(platform, callback))
    platform.control("PUT", f"accounts/{OA}", {"daily_quota": 0})
    answer = platform.send(paths.TEMPLATE_SEND, info["authorizer_access_token"], "o1", "t", {}).json()
    assert answer["errcode"] == 45009


def test_every_call_for_an_account_is_checked_against_the_component_s_ips(
    platform: SandboxClient, callback: Callback
) -> None:
    info = redeemed(platform, own_token(platform, callback))
    platform.control("PUT", f"components/{COMPONENT}", {"allowed_ips": ["10.0.0.1"]})
    assert platform.read(paths.PRIVATE_TEMPLATES, info["authorizer_access_token"]).json()["errcode"] == 61004


def test_consent_is_told_once_and_again_only_with_other_sets(platform: SandboxClient, callback: Callback) -> None:
    code = authorised(platform, permissions=["7"])
    authorised(platform, permissions=["7"])
    authorised(platform, permissions=["7", "89"])
    first, second = map(told, callback.received)
    assert (first["InfoType"], second["InfoType"]) == ("authorized", "updateauthorized")
    assert (first["AuthorizerAppid"], first["AuthorizationCode"]) == (OA, code)
    assert {"AuthorizationCodeExpiredTime", "PreAuthCode"} <= first.keys()


def test_consent_taken_back_is_told_and_ends_the_tokens(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    info = redeemed(platform, token)
    platform.control("POST", "component/unauthorise", {"component": COMPONENT, "appid": OA})
    news = told(callback.received[-1])
    assert (news["InfoType"], news["AuthorizerAppid"]) == ("unauthorized", OA)
    assert platform.read(paths.PRIVATE_TEMPLATES, info["authorizer_access_token"]).json()["errcode"] == 40001
    assert call(platform, paths.AUTHORIZER_ACCESS, token, authorizer_appid=OA)["errcode"] == 61003


def test_an_authorised_account_s_pushes_go_to_the_component_as_xml(
    platform: SandboxClient, callback: Callback
) -> None:
    authorised(platform, MP, event="none")
    item = {"TemplateId": "T1", "SubscribeStatusString": "accept"}
    push = {"appid": MP, "openid": "o1", "event": "subscribe_msg_popup_event", "items": [item]}
    assert platform.control("POST", "push", push).json()["acknowledged"]
    assert callback.received[-1].path == f"/of/{MP}"
    assert told(callback.received[-1])["Event"] == "subscribe_msg_popup_event"


def test_what_people_do_at_an_authorised_account_is_told_to_the_component(
    platform: SandboxClient, callback: Callback
) -> None:
    authorised(platform, OA, event="none")
    does = {"appid": OA, "openid": "o1", "act": "message"}
    assert platform.control("POST", "users/act", does).json()["push"]["acknowledged"]
    assert callback.received[-1].path == f"/of/{OA}"
    assert told(callback.received[-1])["MsgType"] == "text"


def visit(platform: SandboxClient, token: str, page: str = PAGE, **query: str) -> tuple[str, requests.Response]:
    """A page of the platform's, with a new pre_auth_code."""
    code = call(platform, paths.CREATE_PREAUTHCODE, token)["pre_auth_code"]
    given = {"component_appid": COMPONENT, "pre_auth_code": code, "redirect_uri": BACK, "auth_type": "1", **query}
    address = requests.Request("GET", platform.url + page, params=given).prepare().url or ""
    return address, requests.get(address, timeout=10)


@pytest.mark.parametrize(("auth_type", "shown"), [("1", {OA}), ("2", {MP}), ("3", {OA, MP})])
def test_the_page_offers_the_kinds_it_is_asked_for(
    platform: SandboxClient, callback: Callback, auth_type: str, shown: set[str]
) -> None:
    _, page = visit(platform, own_token(platform, callback), auth_type=auth_type)
    assert {appid for appid in (OA, MP) if f'value="{appid}"' in page.text} == shown


def test_the_page_can_be_for_one_account_alone(platform: SandboxClient, callback: Callback) -> None:
    _, page = visit(platform, own_token(platform, callback), auth_type="3", biz_appid=MP)
    assert (MP in page.text, f'value="{OA}"' in page.text) == (True, False)


def test_newer_kinds_of_account_are_known_and_nonsense_is_not(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    assert [visit(platform, token, auth_type=kind)[1].status_code for kind in ("4", "8", "7", "x")] == [
        200,
        200,
        400,
        400,
    ]


def test_a_press_leads_back_with_a_code_and_uses_the_pre_auth_code_up(
    platform: SandboxClient, callback: Callback
) -> None:
    token = own_token(platform, callback)
    address, _ = visit(platform, token)
    agreed = requests.post(address, {"appid": OA, "set": ["7", "89"]}, timeout=10, allow_redirects=False)
    back = urlsplit(agreed.headers["Location"])
    query = dict(parse_qsl(back.query))
    assert agreed.status_code == 302
    assert (f"{back.scheme}://{back.netloc}{back.path}", query["expires_in"]) == (BACK, "600")
    info = call(platform, paths.QUERY_AUTH, token, authorization_code=query["auth_code"])
    assert info["authorization_info"]["authorizer_appid"] == OA
    assert requests.get(address, timeout=10).status_code == 400


def test_the_mobile_page_wants_its_two_members(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    page = "/wxaopen/safe/bindcomponent"
    assert visit(platform, token, page)[1].status_code == 400
    assert visit(platform, token, page, action="bindcomponent", no_scan="1")[1].status_code == 200


def test_before_publication_only_testers_can_authorise(platform: SandboxClient, callback: Callback) -> None:
    token = own_token(platform, callback)
    platform.control("PUT", f"components/{COMPONENT}", {"published": False, "testers": [MP]})
    page = visit(platform, token, auth_type="3")[1].text
    assert OA not in page
    assert MP in page


def test_the_page_must_be_entered_from_the_registered_domain_and_lead_back_there(
    platform: SandboxClient, callback: Callback
) -> None:
    platform.control("PUT", f"components/{COMPONENT}", {"start_domain": "gateway.example"})
    address, without = visit(platform, own_token(platform, callback))
    assert without.status_code == 400
    click = {"Referer": "http://gateway.example/authorise/state"}
    assert requests.get(address, headers=click, timeout=10).status_code == 200

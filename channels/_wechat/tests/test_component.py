"""The third-party platform's exchanges and pushes, without a network."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from channels._wechat.account import Account
from channels._wechat.component import platform
from channels._wechat.component.calls import RENEW_BEFORE, TICKET_LIFE
from channels._wechat.component.news import listening
from channels._wechat.component.settings import Component, ComponentSchema
from channels._wechat.push import Event, opened
from channels._wechat.tests.simulator import COMPONENT, said, sealed, signed
from channels.wechatmp import channel as mini_program
from channels.wechatoa import channel as official_account
from ums.sdk.call import Call, Exchange, Reply
from ums.sdk.errors import BadChannel, SendError, Transient
from ums.sdk.hook import HookRefused, HookRequest
from ums.sdk.platform import AuthorisedAccount, NewsKind, VerifyTicket, Weight
from ums.sdk.proxies import Proxy
from ums.sdk.testing import NOW, play

SETTINGS: Component = ComponentSchema().load(COMPONENT)
GRANTED = {"authorizer_access_token": "access", "expires_in": 7200, "authorizer_refresh_token": "refresh2"}
INVALID = {"errcode": 61023, "errmsg": "refresh_token is invalid"}


def failed(exchange: Exchange[Any], *answers: Reply) -> SendError:
    with pytest.raises(SendError) as caught:
        play(exchange, *answers)
    return caught.value


def sent(call: Call) -> Any:
    return json.loads(call.body)


def test_the_platform_s_token_is_asked_for_with_its_ticket() -> None:
    calls: list[Call] = []
    answer = said({"component_access_token": "own", "expires_in": 7200})
    token = play(platform.token(SETTINGS, VerifyTicket(value="t1", age=60.0)), answer, calls=calls)
    assert (token.value, token.lifetime, token.renew_before) == ("own", 7200.0, RENEW_BEFORE)
    assert calls[0].url.endswith("/cgi-bin/component/api_component_token")
    assert not calls[0].token
    assert sent(calls[0]) == {
        "component_appid": COMPONENT["component_appid"],
        "component_appsecret": COMPONENT["component_secret"],
        "component_verify_ticket": "t1",
    }


def test_its_calls_go_through_its_own_proxy() -> None:
    settings = ComponentSchema().load({**COMPONENT, "proxy": "http://user:hidden@proxy.example:3128"})
    calls: list[Call] = []
    own = said({"component_access_token": "own", "expires_in": 7200})
    play(platform.token(settings, VerifyTicket(value="t1", age=60.0)), own, calls=calls)
    play(platform.renew(settings, "wx1", "refresh1"), said(GRANTED), calls=calls)
    assert [call.proxy for call in calls] == [Proxy.parse("http://user:hidden@proxy.example:3128")] * 2
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("ticket", "reason"),
    [(None, "verify_ticket_missing"), (VerifyTicket(value="t", age=TICKET_LIFE + 1), "verify_ticket_old")],
)
def test_no_call_is_made_without_a_ticket_that_can_be_good(ticket: VerifyTicket | None, reason: str) -> None:
    error = failed(platform.token(SETTINGS, ticket))
    assert (type(error), error.reason) == (BadChannel, reason)


def test_a_renewal_asks_with_the_platform_s_token_and_gives_the_new_refresh_token() -> None:
    calls: list[Call] = []
    granted = play(platform.renew(SETTINGS, "wx1", "refresh1"), said(GRANTED), calls=calls)
    assert (granted.token.value, granted.refresh_token) == ("access", "refresh2")
    assert calls[0].token
    assert sent(calls[0])["authorizer_refresh_token"] == "refresh1"
    assert "refresh2" not in repr(granted)


def test_a_refused_refresh_token_is_looked_for_page_by_page() -> None:
    others = [{"authorizer_appid": f"wx{number}", "refresh_token": "x"} for number in range(500)]
    last = [{"authorizer_appid": "wxmine", "refresh_token": "found"}]
    calls: list[Call] = []
    answers = (said(INVALID), said({"list": others}), said({"list": last}), said(GRANTED))
    play(platform.renew(SETTINGS, "wxmine", "old"), *answers, calls=calls)
    assert [sent(call).get("offset") for call in calls] == [None, 0, 500, None]
    assert sent(calls[-1])["authorizer_refresh_token"] == "found"


def test_a_lost_one_is_looked_for_at_once_and_what_is_not_there_is_not_authorised() -> None:
    error = failed(platform.renew(SETTINGS, "wxmine", ""), said({"list": []}))
    assert (type(error), error.reason) == (BadChannel, "authorisation_missing")


def test_it_is_looked_for_only_once() -> None:
    listed = said({"list": [{"authorizer_appid": "wxmine", "refresh_token": "found"}]})
    error = failed(platform.renew(SETTINGS, "wxmine", "old"), said(INVALID), listed, said(INVALID))
    assert error.provider_code == 61023


def test_other_refusals_are_not_looked_into() -> None:
    assert failed(platform.renew(SETTINGS, "wx1", "r"), said({"errcode": 61003})).reason == "authorisation_missing"


@pytest.mark.parametrize(
    ("kinds", "auth_type"), [({"wechatoa"}, "1"), ({"wechatmp"}, "2"), ({"wechatoa", "wechatmp"}, "3")]
)
def test_the_pages_are_those_of_the_kind_wanted(kinds: set[str], auth_type: str) -> None:
    answer = said({"pre_auth_code": "p@@@1", "expires_in": 600})
    made = play(platform.invite(SETTINGS, frozenset(kinds), "https://ums.example/a?b=c"), answer)
    desktop, mobile = urlsplit(made.desktop_url), urlsplit(made.mobile_url)
    query = dict(parse_qsl(desktop.query))
    assert (desktop.netloc, desktop.path) == ("mp.weixin.qq.com", "/cgi-bin/componentloginpage")
    assert query == {
        "component_appid": COMPONENT["component_appid"],
        "pre_auth_code": "p@@@1",
        "redirect_uri": "https://ums.example/a?b=c",
        "auth_type": auth_type,
    }
    assert (mobile.netloc, mobile.path) == ("open.weixin.qq.com", "/wxaopen/safe/bindcomponent")
    assert dict(parse_qsl(mobile.query)) == {**query, "action": "bindcomponent", "no_scan": "1"}
    assert made.lifetime == 600.0


def test_a_code_tells_the_account_and_its_sets() -> None:
    sets = [{"funcscope_category": {"id": 7}}, {"funcscope_category": {"id": 89}}, {}, "odd"]
    info = {"authorizer_appid": "wx1", **GRANTED, "func_info": sets}
    granted = play(platform.redeem(SETTINGS, "code"), said({"authorization_info": info}))
    assert (granted.account, granted.permissions) == ("wx1", frozenset({7, 89}))


@pytest.mark.parametrize("document", [{}, {"authorization_info": []}, {"authorization_info": GRANTED}])
def test_half_an_answer_is_none(document: object) -> None:
    assert isinstance(failed(platform.redeem(SETTINGS, "code"), said(document)), Transient)


def test_an_answer_that_grants_is_never_shown() -> None:
    error = failed(platform.redeem(SETTINGS, "code"), Reply(500, json.dumps(GRANTED).encode()))
    assert "refresh2" not in error.provider_message


def pushed(text: str, **changes: Any) -> HookRequest:
    return sealed(f"<xml>{text}</xml>", NOW, appid=SETTINGS.appid, **changes)


def news(kind: str, more: str = "") -> HookRequest:
    return pushed(
        f"<AppId>{SETTINGS.appid}</AppId><CreateTime>{int(NOW)}</CreateTime><InfoType>{kind}</InfoType>{more}"
    )


ABOUT = "<AuthorizerAppid>wx1</AuthorizerAppid><AuthorizationCode>c1</AuthorizationCode>"


@pytest.mark.parametrize(
    ("kind", "more", "found"),
    [
        (
            "component_verify_ticket",
            "<ComponentVerifyTicket>t1</ComponentVerifyTicket>",
            (NewsKind.TICKET, "", "t1"),
        ),
        ("authorized", ABOUT, (NewsKind.AUTHORISED, "wx1", "c1")),
        ("updateauthorized", ABOUT, (NewsKind.UPDATED, "wx1", "c1")),
        ("unauthorized", ABOUT, (NewsKind.UNAUTHORISED, "wx1", "")),
        ("notify_third_fasteregister", "", (NewsKind.OTHER, "", "")),
    ],
)
def test_news_are_read(kind: str, more: str, found: tuple[object, ...]) -> None:
    told = platform.receive(SETTINGS, news(kind, more))
    assert told.body == "success"
    assert (told.news.kind, told.news.account, told.news.secret) == found
    assert told.news.at == NOW
    assert told.news.event_id == platform.receive(SETTINGS, news(kind, more)).news.event_id


@pytest.mark.parametrize(
    "request_",
    [
        signed("<xml/>", NOW),
        sealed('{"AppId": "x"}', NOW, appid=SETTINGS.appid, form="json"),
        news("authorized"),
        pushed("<InfoType>authorized</InfoType>"),
        sealed("<xml/>", NOW - 301, appid=SETTINGS.appid),
        sealed("<xml/>", NOW, appid="wxanother"),
    ],
)
def test_what_is_no_news_is_refused(request_: HookRequest) -> None:
    late = HookRequest(method="POST", query=request_.query, body=request_.body, now=NOW)
    with pytest.raises(HookRefused):
        platform.receive(SETTINGS, late)


def test_an_account_s_push_is_opened_with_the_platform_s_key_and_must_be_its_own() -> None:
    account = listening(Account(appid="wx1"), SETTINGS, "gh_1")
    text = "<ToUserName>{}</ToUserName><FromUserName>o1</FromUserName><Event>SCAN</Event>"
    event = opened(account, pushed(text.format("gh_1")))
    assert isinstance(event, Event)
    assert event.name == "SCAN"
    twice = "<ToUserName>gh_1</ToUserName>" + text.format("gh_2")
    for other in (text.format("gh_2"), text.removeprefix("<ToUserName>{}</ToUserName>"), twice):
        with pytest.raises(HookRefused, match="another account"):
            opened(account, pushed(other))


def described(kind: str, **facts: Any) -> AuthorisedAccount:
    standing = {"kind": kind, "service_type": 2, "verify_type": 0, "status": 1, **facts}
    return AuthorisedAccount(account="wx1", name="Flowers", address="gh_1", facts=standing)


def test_a_good_account_has_no_remarks() -> None:
    assert official_account.remarks(described("official account"), frozenset({7, 89})) == ()
    assert mini_program.remarks(described("mini program", service_type=0), frozenset({18})) == ()


def test_each_missing_set_is_told_with_its_endpoint() -> None:
    found = official_account.remarks(described("official account"), frozenset())
    assert [(one.weight, one.endpoint) for one in found] == [
        (Weight.ENDPOINT, "template"),
        (Weight.ENDPOINT, "subscription"),
    ]
    assert ["7 " in found[0].text, "89 " in found[1].text, "89" in found[1].text_zh] == [True] * 3
    (missing,) = mini_program.remarks(described("mini program"), frozenset({17}))
    assert (missing.endpoint, "18 " in missing.text) == ("subscription", True)


@pytest.mark.parametrize(("status", "weight"), [(14, "channel"), (16, "channel"), (18, "note"), (19, "channel")])
def test_how_an_account_stands_is_told(status: int, weight: str) -> None:
    found = official_account.remarks(described("official account", status=status), frozenset({7, 89}))
    assert [one.weight for one in found] == [weight]

"""Who opens a web page in WeChat."""

from __future__ import annotations

import pytest

from channels._wechat.component.settings import ComponentSchema
from channels._wechat.tests.simulator import (
    APPID,
    COMPONENT,
    OPENID,
    REFUSED_LOGINS,
    SECRET,
    UNIONID,
    refused,
    said,
)
from channels.wechatoa import channel
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Call, Json, Reply
from ums.sdk.errors import SendError, Transient
from ums.sdk.people import Person
from ums.sdk.testing import play

OWN = OfficialAccountSettings(appid=APPID, secret=SECRET)
AUTHORISED = OfficialAccountSettings(appid=APPID, authorised_by="platform")
PLATFORM = ComponentSchema().load(COMPONENT)
SANDBOX = "http://127.0.0.1:9001"
TOLD: dict[str, Json] = {
    "access_token": "his-own",
    "expires_in": 7200,
    "refresh_token": "r",
    "openid": OPENID,
    "scope": "snsapi_base",
}


def identified(*answers: Reply | Exception, openly: bool = True, calls: list[Call] | None = None) -> Person:
    return play(channel.identify(OWN, "c1", openly=openly), *answers, calls=calls)


def test_the_page_has_its_parameters_in_the_order_that_the_platform_checks() -> None:
    assert channel.login_url(OWN, "https://shop.example/a?b=c d&e", "5tate", openly=False) == (
        f"https://open.weixin.qq.com/connect/oauth2/authorize?appid={APPID}"
        "&redirect_uri=https%3A%2F%2Fshop.example%2Fa%3Fb%3Dc%20d%26e&response_type=code"
        "&scope=snsapi_base&state=5tate#wechat_redirect"
    )


def test_a_platform_is_named_at_the_end() -> None:
    url = channel.login_url(AUTHORISED, "https://shop.example", "5tate", openly=True, platform=PLATFORM)
    assert url.endswith(
        f"&scope=snsapi_userinfo&state=5tate&component_appid={COMPONENT['component_appid']}#wechat_redirect"
    )
    with pytest.raises(ValueError, match="third-party platform"):
        channel.login_url(AUTHORISED, "https://shop.example", "5tate", openly=True)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ({}, "https://open.weixin.qq.com"),
        ({"base_url": "https://api2.weixin.qq.com"}, "https://open.weixin.qq.com"),
        ({"base_url": "https://sh.api.weixin.qq.com/"}, "https://open.weixin.qq.com"),
        ({"base_url": SANDBOX}, SANDBOX),
        ({"base_url": "http://weixin.qq.com.evil.example"}, "http://weixin.qq.com.evil.example"),
        (
            {"base_url": "https://relay.example", "page_base": "https://open.weixin.qq.com"},
            "https://open.weixin.qq.com",
        ),
        ({"base_url": "http://sandbox:9001", "page_base": f"{SANDBOX}/"}, SANDBOX),
    ],
)
def test_the_page_is_where_the_platform_is(given: dict[str, Json], base: str) -> None:
    account = channel.settings_schema().load({"appid": APPID, "secret": SECRET, **given})
    url = channel.login_url(account, "https://shop.example", "5tate", openly=False)
    assert url.startswith(f"{base}/connect/oauth2/authorize?appid=")


def test_a_code_is_redeemed_with_the_accounts_own_secret() -> None:
    calls: list[Call] = []
    assert identified(said(TOLD), openly=False, calls=calls) == Person(address=OPENID)
    assert calls[0].url == "https://api.weixin.qq.com/sns/oauth2/access_token"
    assert calls[0].query == {
        "appid": APPID, "secret": SECRET, "code": "c1", "grant_type": "authorization_code",
    }  # fmt: skip


def test_who_has_agreed_is_asked_for_his_unionid_with_his_own_token() -> None:
    calls: list[Call] = []
    person = identified(said(TOLD), said({"openid": OPENID, "unionid": UNIONID}), calls=calls)
    assert person == Person(address=OPENID, union=UNIONID)
    assert calls[1].url == "https://api.weixin.qq.com/sns/userinfo"
    assert (calls[1].token, calls[1].query) == (
        False, {"access_token": "his-own", "openid": OPENID, "lang": "zh_CN"},
    )  # fmt: skip


def test_a_unionid_that_is_told_at_once_is_not_asked_for() -> None:
    assert identified(said({**TOLD, "unionid": UNIONID})).union == UNIONID


@pytest.mark.parametrize(
    "answer",
    [
        refused(48001),
        refused(40001),
        refused(-1),
        Reply(502, b""),
        Reply(200, b"<html>"),
        Transient("answer_timeout"),
        said({"openid": OPENID}),
        said({"openid": OPENID, "unionid": 7}),
        said({"openid": "oSomebodyElse", "unionid": UNIONID}),
    ],
)
def test_a_login_succeeds_without_a_unionid(answer: Reply | Exception) -> None:
    assert identified(said(TOLD), answer) == Person(address=OPENID)


@pytest.mark.parametrize("mark", [1, "1", True])
def test_who_was_made_up_for_a_preview_is_virtual_and_is_not_asked(mark: Json) -> None:
    person = identified(said({**TOLD, "is_snapshotuser": mark, "unionid": UNIONID}))
    assert person == Person(address=OPENID, is_virtual=True)


@pytest.mark.parametrize("mark", [0, "0", None])
def test_anybody_else_is_real(mark: Json) -> None:
    assert not identified(said({**TOLD, "is_snapshotuser": mark}), openly=False).is_virtual


def test_a_platform_redeems_the_codes_of_its_accounts_with_its_own_token() -> None:
    calls: list[Call] = []
    exchange = channel.identify(AUTHORISED, "c1", openly=True, platform=PLATFORM)
    person = play(exchange, said(TOLD), said({"openid": OPENID, "unionid": UNIONID}), calls=calls)
    assert person.union == UNIONID
    assert calls[0].url == "https://api.weixin.qq.com/sns/oauth2/component/access_token"
    assert (calls[0].token, calls[0].token_name) == (True, "component_access_token")
    assert calls[0].query == {
        "appid": APPID, "code": "c1", "grant_type": "authorization_code",
        "component_appid": COMPONENT["component_appid"],
    }  # fmt: skip
    assert not calls[1].token


@pytest.mark.parametrize(("code", "kind", "word"), REFUSED_LOGINS)
def test_a_refused_code_says_who_must_act(code: int, kind: type[SendError], word: str) -> None:
    with pytest.raises(kind, match=word):
        identified(refused(code))


@pytest.mark.parametrize("openid", [None, "", "o 1", 7])
def test_an_answer_that_names_nobody_is_none(openid: Json) -> None:
    with pytest.raises(Transient) as caught:
        identified(said({**TOLD, "openid": openid}))
    assert "his-own" not in caught.value.provider_message


def test_people_are_asked_only_where_an_operator_wants_it() -> None:
    schema = channel.settings_schema()
    asked = [
        channel.asks_openly(schema.load({"appid": APPID, "secret": SECRET, **more}))
        for more in ({}, {"login_scope": "silent"}, {"login_scope": "userinfo"})
    ]
    assert asked == [False, False, True]

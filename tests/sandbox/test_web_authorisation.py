"""Web authorisation: the page a browser walks, the codes it leads back with, and what they are exchanged for."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.web_grants import BASE, USERINFO
from sandbox.web_pages import AUTHORISE
from tests.sandbox.callback import Callback
from tests.sandbox.test_components import COMPONENT, KEY, OA, own_token

OPENID, UNIONID = "oOfOnePerson", "uOfOnePerson"
BACK = "http://gateway.example/bind/done?kept=1"
BUTTON = re.compile(r'<button name="(\w+)" value="(\w+)">([^<]+)')


@pytest.fixture
def account(sandbox: SandboxClient) -> SandboxClient:
    """A sandbox with an official account that knows one person by name."""
    sandbox.control("PUT", f"accounts/{OA}", {"kind": "wechatoa", "secret": "right", "open_platform": True})
    sandbox.person({OA: OPENID}, UNIONID, nickname="Li <Si>")
    return sandbox


def address(sandbox: SandboxClient, scope: str | None = BASE, **changes: str | None) -> str:
    """The page's address, with its parameters in the order the platform wants; None leaves one out."""
    wanted: dict[str, str | None] = {
        "appid": OA,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": scope,
        "state": "s1",
    }
    given = {name: value for name, value in (wanted | changes).items() if value is not None}
    return f"{sandbox.url}{AUTHORISE}?{urlencode(given)}"


def look(page: str, form: dict[str, str] | None = None) -> requests.Response:
    return requests.request("POST" if form else "GET", page, data=form, timeout=10, allow_redirects=False)


def led_back(page: requests.Response) -> dict[str, str]:
    assert page.status_code == 302
    parts = urlsplit(page.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "http://gateway.example/bind/done"
    return dict(parse_qsl(parts.query))


def exchange(sandbox: SandboxClient, code: str, **changes: str) -> Any:
    query = {"appid": OA, "secret": "right", "code": code, "grant_type": "authorization_code", **changes}
    return sandbox.ask("GET", paths.WEB_ACCESS, None, query).json()


def userinfo(sandbox: SandboxClient, told: Any, path: str = paths.WEB_USERINFO, openid: str = OPENID) -> Any:
    return sandbox.read(path, told["access_token"], openid=openid).json()


def test_who_is_browsing_goes_straight_back_with_a_code_for_his_openid(account: SandboxClient) -> None:
    account.browse_as(OA, OPENID)
    back = led_back(look(address(account)))
    assert (back["kept"], back["state"]) == ("1", "s1")
    told = exchange(account, back["code"])
    assert (told["openid"], told["scope"], told["expires_in"]) == (OPENID, BASE, 7200)
    assert not {"unionid", "errcode", "is_snapshotuser"} & told.keys()


def test_nobody_is_asked_who_he_is_by_a_button_for_each_person(account: SandboxClient) -> None:
    page = look(address(account))
    [(name, mark, label)] = BUTTON.findall(page.text)
    assert (page.status_code, name, label) == (200, "person", "Li &lt;Si&gt;")
    back = led_back(look(address(account), {name: mark}))
    assert exchange(account, back["code"])["openid"] == OPENID


def test_more_than_the_openid_is_told_only_after_a_press_on_allow(account: SandboxClient) -> None:
    account.browse_as(OA, OPENID)
    page = look(address(account, USERINFO))
    assert [label for _, _, label in BUTTON.findall(page.text)] == ["Allow", "Refuse"]
    told = exchange(account, led_back(look(address(account, USERINFO), {"answer": "allow"}))["code"])
    assert (told["scope"], told["unionid"]) == (USERINFO, UNIONID)
    info = userinfo(account, told)
    assert (info["nickname"], info["unionid"], info["sex"], info["privilege"]) == ("Li <Si>", UNIONID, 0, [])
    assert userinfo(account, told, paths.WEB_CHECK) == {"errcode": 0, "errmsg": "ok"}


def test_a_choice_leads_to_the_consent_of_who_was_chosen(account: SandboxClient) -> None:
    account.person({OA: "oOfSomebodyElse"}, "u2", nickname="Wang")
    mark = next(
        value for _, value, label in BUTTON.findall(look(address(account, USERINFO)).text) if label == "Wang"
    )
    asked = look(address(account, USERINFO), {"person": mark}).text
    assert f'value="{mark}"' in asked
    back = led_back(look(address(account, USERINFO), {"person": mark, "answer": "allow"}))
    assert exchange(account, back["code"])["openid"] == "oOfSomebodyElse"


def test_who_refuses_goes_back_without_a_code(account: SandboxClient) -> None:
    account.browse_as(OA, OPENID)
    refused = led_back(look(address(account, USERINFO), {"answer": "refuse"}))
    assert (refused["state"], "code" in refused) == ("s1", False)
    account.person({OA: OPENID}, UNIONID, refuses_userinfo=True)
    assert "code" not in led_back(look(address(account, USERINFO)))
    assert "code" in led_back(look(address(account)))


def test_no_openid_or_unionid_stands_in_any_page_or_address(account: SandboxClient) -> None:
    pages = [look(address(account, scope)) for scope in (BASE, USERINFO)]
    account.browse_as(OA, OPENID)
    pages += [look(address(account, scope)) for scope in (BASE, USERINFO)]
    pages.append(look(address(account, USERINFO), {"answer": "allow"}))
    shown = "".join(page.text + str(page.headers) for page in pages)
    assert OPENID not in shown
    assert UNIONID not in shown


def test_a_browser_may_be_asked_for_a_press_all_the_same(account: SandboxClient) -> None:
    account.browse_as(OA, OPENID)
    assert look(address(account, forcePopup="true")).status_code == 200
    assert look(address(account, forcePopup="false")).status_code == 302


def test_what_stands_behind_the_hash_of_the_way_back_stays_there(account: SandboxClient) -> None:
    account.browse_as(OA, OPENID)
    page = look(address(account, redirect_uri="http://gateway.example/app#/bind"))
    parts = urlsplit(page.headers["Location"])
    assert (parts.path, parts.fragment, "code" in dict(parse_qsl(parts.query))) == ("/app", "/bind", True)


def test_a_way_back_to_another_domain_is_10003(account: SandboxClient) -> None:
    account.control("PUT", f"accounts/{OA}", {"web_domain": "gateway.example"})
    account.browse_as(OA, OPENID)
    assert look(address(account)).status_code == 302
    page = look(address(account, redirect_uri="http://elsewhere.example/"))
    assert (page.status_code, "(10003)" in page.text) == (400, True)
    assert "(10003)" in look(address(account, redirect_uri="mailto:somebody")).text


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": None}, 10012),
        ({"redirect_uri": None}, 10011),
        ({"scope": None}, 10010),
        ({"scope": "snsapi_login"}, 10005),
        ({"appid": "wxother"}, 40013),
        ({"response_type": "token"}, 40097),
        ({"state": "a-b"}, 40097),
        ({"state": "a" * 129}, 40097),
        ({"more": "1"}, 40097),
    ],
)
def test_a_wrong_parameter_has_a_page_of_its_own(
    account: SandboxClient, changes: dict[str, str | None], errcode: int
) -> None:
    account.browse_as(OA, OPENID)
    page = look(address(account, **changes))
    assert (page.status_code, f"({errcode})" in page.text) == (400, True)


def test_the_order_of_the_parameters_is_looked_at_and_a_state_is_not_needed(account: SandboxClient) -> None:
    account.browse_as(OA, OPENID)
    right = address(account)
    swapped = right.replace(f"appid={OA}&", "") + f"&appid={OA}"
    assert (look(swapped).status_code, look(right).status_code) == (400, 302)
    assert look(address(account, state="a" * 128)).status_code == 302
    assert look(address(account, state=None)).status_code == 302
    assert look(address(account, state=None, forcePopup="false")).status_code == 302


@pytest.mark.parametrize(
    ("setting", "errcode"),
    [
        ({"kind": "wechatmp"}, 10005),
        ({"service_type": 1}, 10005),
        ({"verified": False}, 10005),
        ({"denied_paths": [AUTHORISE]}, 10005),
        ({"status": 16}, 10004),
    ],
)
def test_only_a_verified_service_account_has_the_page(
    account: SandboxClient, setting: dict[str, object], errcode: int
) -> None:
    account.control("PUT", f"accounts/{OA}", setting)
    assert f"({errcode})" in look(address(account)).text


def test_a_code_serves_once_for_its_own_account_and_five_minutes(account: SandboxClient) -> None:
    account.control("PUT", "accounts/wxother", {})
    code = account.web_code(OA, OPENID)
    assert exchange(account, code, appid="wxother")["errcode"] == 40029
    assert exchange(account, code)["openid"] == OPENID
    assert exchange(account, code)["errcode"] == 40163
    assert exchange(account, "made up")["errcode"] == 40029
    late = account.web_code(OA, OPENID)
    account.expire(OA, "web_codes")
    assert exchange(account, late)["errcode"] == 42003


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"appid": "wxnobody"}, 40013),
        ({"grant_type": "client_credential"}, 40002),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
        ({"code": ""}, 41008),
    ],
)
def test_a_wrong_member_of_the_exchange_has_its_number(
    account: SandboxClient, changes: dict[str, str], errcode: int
) -> None:
    code = account.web_code(OA, OPENID)
    assert exchange(account, **{"code": code, **changes})["errcode"] == errcode
    assert exchange(account, code)["openid"] == OPENID


def test_an_account_of_no_open_platform_is_told_no_unionid(account: SandboxClient) -> None:
    account.control("PUT", f"accounts/{OA}", {"open_platform": False})
    told = exchange(account, account.web_code(OA, OPENID, USERINFO))
    assert "unionid" not in told
    assert "unionid" not in userinfo(account, told)


def test_a_made_up_person_of_a_snapshot_is_marked(account: SandboxClient) -> None:
    account.person({OA: "oMadeUp"}, "", snapshot=True)
    assert exchange(account, account.web_code(OA, "oMadeUp", USERINFO))["is_snapshotuser"] == 1


def test_a_person_s_token_tells_only_of_him_and_only_what_he_has_allowed(account: SandboxClient) -> None:
    told = exchange(account, account.web_code(OA, OPENID))
    assert userinfo(account, told)["errcode"] == 48001
    assert userinfo(account, told, paths.WEB_CHECK, "oOfSomebodyElse")["errcode"] == 40003
    assert userinfo(account, told, openid="")["errcode"] == 41009
    assert userinfo(account, {"access_token": account.token(OA, "right")})["errcode"] == 40001
    assert account.read(paths.USER_INFO, told["access_token"], openid=OPENID).json()["errcode"] == 40001
    account.expire(OA, "web_tokens")
    assert userinfo(account, told, paths.WEB_CHECK)["errcode"] == 42001


def test_a_token_can_be_renewed_for_thirty_days(account: SandboxClient) -> None:
    told = exchange(account, account.web_code(OA, OPENID, USERINFO))

    def renewed(value: str, appid: str = OA) -> Any:
        query = {"appid": appid, "grant_type": "refresh_token", "refresh_token": value}
        return account.ask("GET", paths.WEB_REFRESH, None, query).json()

    account.expire(OA, "web_tokens")
    again = renewed(told["refresh_token"])
    assert (again["openid"], again["refresh_token"]) == (OPENID, told["refresh_token"])
    assert userinfo(account, again)["openid"] == OPENID
    account.control("PUT", "accounts/wxother", {})
    assert renewed("made up")["errcode"] == renewed(told["refresh_token"], "wxother")["errcode"] == 40030
    account.expire(OA, "web_refresh_tokens")
    assert renewed(told["refresh_token"])["errcode"] == 42002


@pytest.fixture
def component_token(account: SandboxClient, callback: Callback) -> str:
    """Of a third-party platform that the account has authorised."""
    account.control("PUT", f"components/{COMPONENT}", {
        "secret": "right", "token": "word", "encoding_aes_key": KEY, "web_domain": "gateway.example",
        "callback": callback.url,
    })  # fmt: skip
    account.control("POST", "component/authorise", {"component": COMPONENT, "appid": OA, "event": "none"})
    return own_token(account, callback)


def by_component(account: SandboxClient, token: str, path: str = paths.COMPONENT_WEB_ACCESS, **given: str) -> Any:
    query = {"appid": OA, "component_appid": COMPONENT, "component_access_token": token}
    return account.ask("GET", path, None, {**query, "grant_type": "authorization_code", **given}).json()


def test_a_component_asks_in_the_account_s_place_and_alone_may_use_the_code(
    account: SandboxClient, component_token: str
) -> None:
    account.browse_as(OA, OPENID)
    back = led_back(look(address(account, component_appid=COMPONENT)))
    assert back["appid"] == OA
    assert exchange(account, back["code"])["errcode"] == 40029
    told = by_component(account, component_token, code=back["code"])
    assert told["openid"] == OPENID
    refresh = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
    assert by_component(account, component_token, paths.COMPONENT_WEB_REFRESH, **refresh)["openid"] == OPENID
    own = account.web_code(OA, OPENID)
    assert by_component(account, component_token, code=own)["errcode"] == 40029


def test_a_component_without_the_account_s_consent_is_10015_and_61003(
    account: SandboxClient, component_token: str
) -> None:
    code = account.web_code(OA, OPENID, component=COMPONENT)
    assert by_component(account, component_token, code=code, component_appid="wxother")["errcode"] == 40013
    assert by_component(account, account.token(OA, "right"), code=code)["errcode"] == 61014
    account.control("POST", "component/authorise", {"component": COMPONENT, "appid": OA, "permissions": ["7"]})
    assert "(10005)" in look(address(account, component_appid=COMPONENT)).text
    assert by_component(account, component_token, code=code)["errcode"] == 61007
    account.control("POST", "component/unauthorise", {"component": COMPONENT, "appid": OA})
    assert "(10015)" in look(address(account, component_appid=COMPONENT)).text
    assert by_component(account, component_token, code=code)["errcode"] == 61003


def test_a_component_leads_back_to_its_own_domain(account: SandboxClient, component_token: str) -> None:
    elsewhere = address(account, component_appid=COMPONENT, redirect_uri="http://elsewhere.example/")
    assert "(10003)" in look(elsewhere).text


def test_nobody_can_be_browsing_whom_the_account_does_not_know(account: SandboxClient) -> None:
    account.control("PUT", f"accounts/{OA}", {"known_users_only": True})
    answer = account.ask("PUT", "/_sandbox/browser", {"appid": OA, "openid": "oUnheardOf"})
    assert (answer.status_code, "is nobody" in answer.json()["error"]) == (400, True)
    account.browse_as(OA, OPENID)
    assert account.control("GET", "browser").json() == {"browsing": {OA: OPENID}}
    account.browse_as(OA, "")
    assert account.control("GET", "browser").json() == {"browsing": {}}

"""A mini program's login: sessions and unionids for codes, phone numbers, sealed profiles."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels._wechat.crypto import CryptoError, decrypt_user_data, rawdata_signature, user_session_hmac
from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.login_calls import LOGINS_PER_MINUTE
from tests.sandbox.callback import Callback
from tests.sandbox.test_components import COMPONENT, KEY, MP, own_token

OPENID, UNIONID = "oOfOnePerson", "uOfOnePerson"


@pytest.fixture
def program(sandbox: SandboxClient) -> SandboxClient:
    """A sandbox with a mini program that knows one person."""
    sandbox.control("PUT", f"accounts/{MP}", {"kind": "wechatmp", "secret": "right", "open_platform": True})
    sandbox.person({MP: OPENID}, UNIONID, nickname="李四", phone="13800138000")
    return sandbox


def login(program: SandboxClient, code: str, **changes: str) -> Any:
    query = {"appid": MP, "secret": "right", "js_code": code, "grant_type": "authorization_code", **changes}
    return program.ask("GET", paths.LOGIN, None, query).json()


def phone(program: SandboxClient, code: str, appid: str = MP) -> Any:
    return program.post(paths.PHONE_NUMBER, program.token(appid, "right"), {"code": code}).json()


def test_a_code_tells_who_has_logged_in(program: SandboxClient) -> None:
    told = login(program, program.login_code(MP, OPENID))
    assert (told["openid"], told["unionid"], told.keys()) == (
        OPENID,
        UNIONID,
        {"openid", "unionid", "session_key"},
    )


def test_a_session_key_stays_for_a_while(program: SandboxClient) -> None:
    first, second = (login(program, program.login_code(MP, OPENID))["session_key"] for _ in range(2))
    assert first == second
    program.expire(MP, "session_keys")
    assert login(program, program.login_code(MP, OPENID))["session_key"] != first


def test_no_unionid_is_told_without_an_open_platform_or_before_it_is_known(program: SandboxClient) -> None:
    program.person({MP: OPENID}, UNIONID, unionid_known=False)
    assert "unionid" not in login(program, program.login_code(MP, OPENID))
    program.person({MP: OPENID}, UNIONID, unionid_known=True)
    program.control("PUT", f"accounts/{MP}", {"open_platform": False})
    assert "unionid" not in login(program, program.login_code(MP, OPENID))


def test_a_login_code_serves_once_for_its_own_program(program: SandboxClient) -> None:
    program.control("PUT", "accounts/wxother", {"kind": "wechatmp"})
    code = program.login_code(MP, OPENID)
    assert login(program, code, appid="wxother")["errcode"] == 40029
    assert login(program, code)["openid"] == OPENID
    assert login(program, code)["errcode"] == 40163
    late = program.login_code(MP, OPENID)
    program.expire(MP, "login_codes")
    assert login(program, late)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"js_code": ""}, 41008),
        ({"js_code": "made up"}, 40029),
        ({"secret": "wrong"}, 40125),
        ({"appid": ""}, 41002),
    ],
)
def test_a_wrong_member_of_the_login_has_its_number(
    program: SandboxClient, changes: dict[str, str], errcode: int
) -> None:
    assert login(program, **{"code": "any", **changes})["errcode"] == errcode


def test_a_person_of_high_risk_is_40226(program: SandboxClient) -> None:
    program.person({MP: OPENID}, UNIONID, high_risk=True)
    assert login(program, program.login_code(MP, OPENID))["errcode"] == 40226


def test_a_person_logs_in_a_hundred_times_a_minute_at_the_most(program: SandboxClient) -> None:
    codes = [program.login_code(MP, OPENID) for _ in range(2 * LOGINS_PER_MINUTE + 1)]
    assert 45011 in [login(program, code).get("errcode") for code in codes]
    assert "openid" in login(program, program.login_code(MP, "oOfSomebodyElse"))


def test_logins_are_for_mini_programs_and_web_pages_for_official_accounts(program: SandboxClient) -> None:
    program.control("PUT", "accounts/wxaccount", {"kind": "wechatoa", "secret": "right"})
    code = program.login_code("wxaccount", "o1")
    assert login(program, code, appid="wxaccount")["errcode"] == 48001
    query = {"appid": MP, "secret": "right", "code": "any", "grant_type": "authorization_code"}
    assert program.ask("GET", paths.WEB_ACCESS, None, query).json()["errcode"] == 48001


def test_a_component_logs_people_in_for_an_account_that_has_authorised_it(
    program: SandboxClient, callback: Callback
) -> None:
    program.control("PUT", f"components/{COMPONENT}", {
        "secret": "right", "token": "word", "encoding_aes_key": KEY, "callback": callback.url,
    })  # fmt: skip
    query = {"appid": MP, "grant_type": "authorization_code", "component_appid": COMPONENT}
    query |= {"component_access_token": own_token(program, callback), "js_code": program.login_code(MP, OPENID)}
    assert program.ask("GET", paths.COMPONENT_LOGIN, None, query).json()["errcode"] == 61003
    program.control("POST", "component/authorise", {"component": COMPONENT, "appid": MP, "event": "none"})
    assert program.ask("GET", paths.COMPONENT_LOGIN, None, query).json()["openid"] == OPENID


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("13800138000", ("13800138000", "13800138000", "86")),
        ("852-91234567", ("+85291234567", "91234567", "852")),
    ],
)
def test_a_phone_number_has_its_own_kind_of_code(
    program: SandboxClient, number: str, told: tuple[str, str, str]
) -> None:
    program.person({MP: OPENID}, UNIONID, phone=number)
    info = phone(program, program.phone_code(MP, OPENID))["phone_info"]
    assert (info["phoneNumber"], info["purePhoneNumber"], info["countryCode"]) == told
    assert info["watermark"]["appid"] == MP
    assert phone(program, program.login_code(MP, OPENID))["errcode"] == 40029


def test_a_phone_code_serves_once_for_its_own_program(program: SandboxClient) -> None:
    program.control("PUT", "accounts/wxother", {"kind": "wechatmp"})
    code = program.phone_code(MP, OPENID)
    assert phone(program, code, "wxother")["errcode"] == 40013
    assert [phone(program, code)["errcode"] for _ in range(2)] == [0, 40029]
    late = program.phone_code(MP, OPENID)
    program.expire(MP, "phone_codes")
    assert phone(program, late)["errcode"] == 40029
    assert phone(program, "")["errcode"] == 40029


def test_nobody_without_a_phone_gives_a_number(program: SandboxClient) -> None:
    answer = program.ask("POST", "/_sandbox/users/phone-code", {"appid": MP, "openid": "o2"})
    assert (answer.status_code, "without a phone" in answer.json()["error"]) == (400, True)


def test_a_page_is_handed_a_profile_in_plain_words_and_sealed(program: SandboxClient) -> None:
    given = program.sealed(MP, OPENID, at=1_700_000_000)
    key = login(program, program.login_code(MP, OPENID))["session_key"]
    opened = decrypt_user_data(key, given["iv"], given["encryptedData"], MP)
    raw = json.loads(given["rawData"])
    assert (opened["openId"], opened["unionId"], opened["nickName"]) == (OPENID, UNIONID, "李四")
    assert opened["watermark"] == {"appid": MP, "timestamp": 1_700_000_000}
    assert raw == {name: opened[name] for name in opened.keys() - {"openId", "unionId", "watermark"}}
    assert given["signature"] == rawdata_signature(given["rawData"], key)


def test_a_sealed_profile_can_be_another_one(program: SandboxClient) -> None:
    key = login(program, program.login_code(MP, OPENID))["session_key"]
    data = {"openId": "oOfSomebodyElse", "unionId": None, "phoneNumber": "1"}
    given = program.sealed(MP, OPENID, data=data)
    opened = decrypt_user_data(key, given["iv"], given["encryptedData"], MP)
    assert (opened["openId"], opened["phoneNumber"], "unionId" in opened) == ("oOfSomebodyElse", "1", False)
    foreign = program.sealed(MP, OPENID, watermark_appid="wxother")
    with pytest.raises(CryptoError):
        decrypt_user_data(key, foreign["iv"], foreign["encryptedData"], MP)


def test_a_session_key_can_be_checked_and_made_anew(program: SandboxClient) -> None:
    key, token = login(program, program.login_code(MP, OPENID))["session_key"], program.token(MP, "right")

    def ask(path: str, signature: str, openid: str = OPENID, method: str = "hmac_sha256") -> Any:
        return program.read(path, token, openid=openid, signature=signature, sig_method=method).json()

    right = user_session_hmac(key)
    assert ask(paths.CHECK_SESSION, right)["errcode"] == 0
    assert ask(paths.CHECK_SESSION, "wrong")["errcode"] == 87009
    assert ask(paths.CHECK_SESSION, right, method="sha1")["errcode"] == 40097
    assert ask(paths.CHECK_SESSION, right, "oUnheardOf")["errcode"] == 40003
    new = ask(paths.RESET_SESSION, right)["session_key"]
    assert new != key
    assert ask(paths.CHECK_SESSION, right)["errcode"] == 87009
    program.expire(MP, "session_keys")
    assert ask(paths.CHECK_SESSION, user_session_hmac(new))["errcode"] == 87007

"""Who uses a mini program: codes, what pages are given sealed, phone numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels._wechat.component.settings import ComponentSchema
from channels._wechat.tests.simulator import (
    APPID,
    COMPONENT,
    OPENID,
    REFUSED_LOGINS,
    SECRET,
    SESSION_KEY,
    UNIONID,
    refused,
    said,
)
from channels.wechatmp import channel
from channels.wechatmp.settings import MiniProgramSettings
from channels.wechatmp.tests.sealing import IV, RAW, sealed, sealed_bytes, signed, user_info
from ums.sdk.call import Call, Json
from ums.sdk.errors import BadAddress, BadContent, SendError, Transient
from ums.sdk.people import SealedWords
from ums.sdk.proxies import Proxy
from ums.sdk.testing import NOW, play

VECTORS = json.loads((Path(__file__).parents[2] / "_wechat/tests/wechat_crypto.json").read_text("utf-8"))
OWN = MiniProgramSettings(appid=APPID, secret=SECRET)
AUTHORISED = MiniProgramSettings(appid=APPID, authorised_by="platform")
PLATFORM = ComponentSchema().load(
    {**COMPONENT, "base_url": "https://sh.api.weixin.qq.com", "proxy": "http://proxy.example:3128"}
)
SESSION: dict[str, Json] = {"openid": OPENID, "session_key": SESSION_KEY}
PHONE: dict[str, Json] = {
    "phoneNumber": "13800138000",
    "purePhoneNumber": "13800138000",
    "countryCode": "86",
    "watermark": {"timestamp": 1, "appid": APPID},
}


def reason(account: MiniProgramSettings, words: SealedWords, now: float = NOW, key: str = SESSION_KEY) -> str:
    with pytest.raises(BadContent) as caught:
        channel.opened(account, key, words, now)
    return caught.value.reason


def test_a_code_is_redeemed_with_the_accounts_own_secret() -> None:
    calls: list[Call] = []
    found = play(channel.log_in(OWN, "c1"), said({**SESSION, "unionid": UNIONID}), calls=calls)
    assert (found.person.address, found.person.union, found.session_key) == (OPENID, UNIONID, SESSION_KEY)
    assert (calls[0].method, calls[0].url) == ("GET", "https://api.weixin.qq.com/sns/jscode2session")
    assert calls[0].query == {
        "appid": APPID, "secret": SECRET, "js_code": "c1", "grant_type": "authorization_code",
    }  # fmt: skip


def test_a_missing_unionid_is_normal() -> None:
    assert play(channel.log_in(OWN, "c1"), said(SESSION)).person.union == ""


def test_a_platform_redeems_the_codes_of_its_accounts_with_its_own_token() -> None:
    calls: list[Call] = []
    expired = refused(42001)
    found = play(channel.log_in(AUTHORISED, "c1", platform=PLATFORM), expired, said(SESSION), calls=calls)
    assert found.person.address == OPENID
    assert [(call.token, call.token_name, call.renew) for call in calls] == [
        (True, "component_access_token", False), (True, "component_access_token", True),
    ]  # fmt: skip
    assert calls[0].url == "https://sh.api.weixin.qq.com/sns/component/jscode2session"
    assert calls[0].proxy == Proxy.parse("http://proxy.example:3128")
    assert calls[0].query == {
        "appid": APPID, "js_code": "c1", "grant_type": "authorization_code",
        "component_appid": COMPONENT["component_appid"],
    }  # fmt: skip


def test_an_authorised_account_cannot_redeem_a_code_by_itself() -> None:
    with pytest.raises(ValueError, match="third-party platform"):
        play(channel.log_in(AUTHORISED, "c1"))


@pytest.mark.parametrize(("code", "kind", "word"), [*REFUSED_LOGINS, (40226, BadAddress, "high_risk_person")])
def test_a_refused_login_says_who_must_act(code: int, kind: type[SendError], word: str) -> None:
    with pytest.raises(kind, match=word):
        play(channel.log_in(OWN, "c1"), refused(code))


@pytest.mark.parametrize(
    "answer",
    [{"openid": OPENID}, {"session_key": SESSION_KEY}, {**SESSION, "openid": "o 1"}, {**SESSION, "openid": 7}],
)
def test_an_answer_that_names_nobody_is_none(answer: Json) -> None:
    with pytest.raises(Transient) as caught:
        play(channel.log_in(OWN, "c1"), said(answer))
    assert SESSION_KEY not in f"{caught.value} {caught.value.provider_message}"


def test_the_published_example_is_opened() -> None:
    vector = VECTORS["wxbizdatacrypt"]
    account = MiniProgramSettings(appid=vector["appid"], secret=SECRET)
    words = SealedWords(data=vector["encrypted_data"], iv=vector["iv"])
    found = channel.opened(account, vector["session_key"], words, 1477314187.0 + 299)
    assert found == json.loads(vector["plaintext"])
    person = channel.person_in(account, found)
    assert person is not None
    assert (person.address, person.union) == ("oGZUI0egBJY1zhBYw2KhdUfwVJJE", UNIONID)


def test_the_published_signature_is_taken_and_its_opposite_is_not() -> None:
    vector = VECTORS["rawdata_signature"]
    words = SealedWords(data="", iv="", raw=vector["raw_data"], signature=vector["signature"])
    # the page that publishes it has no sealed words beside it: past the signature they are what is refused
    assert reason(OWN, words, key=vector["session_key"]) == "data_refused"
    good = signed(user_info(NOW))
    assert channel.opened(OWN, SESSION_KEY, good, NOW)["openId"] == OPENID
    assert reason(OWN, replace(good, raw=RAW.replace(":", ": "))) == "data_refused"
    assert reason(OWN, replace(good, signature=str(good.signature).upper())) == "data_refused"


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_what_has_just_been_sealed_is_taken(off: float) -> None:
    assert channel.opened(OWN, SESSION_KEY, sealed(user_info(NOW)), NOW + off)


@pytest.mark.parametrize("off", [-301, 301, 86_400])
def test_what_is_not_of_these_minutes_is_too_old(off: float) -> None:
    assert reason(OWN, sealed(user_info(NOW)), NOW + off) == "data_expired"


def broken(document: Any) -> dict[str, Json]:
    return {**user_info(NOW), "watermark": document}


@pytest.mark.parametrize(
    "words",
    [
        sealed(user_info(NOW, "wxffffffffffffffff")),
        sealed(broken(None)),
        sealed(broken({"timestamp": int(NOW)})),
        sealed(broken({"appid": APPID})),
        sealed(broken({"appid": APPID, "timestamp": True})),
        sealed(broken({"appid": APPID, "timestamp": "soon"})),
        sealed({"openId": OPENID}),
        sealed([user_info(NOW)]),
        sealed("text"),
        SealedWords(data=sealed_bytes(b"{" * 5000), iv=IV),
        SealedWords(data=sealed_bytes(json.dumps(user_info(NOW)).encode("utf-16")), iv=IV),
        SealedWords(data=sealed_bytes(b"\xff" + json.dumps(user_info(NOW)).encode()), iv=IV),
        SealedWords(data=sealed_bytes(b"x" * 32, pad=b""), iv=IV),
        SealedWords(data=sealed_bytes(b"x" * 15, pad=b"\0"), iv=IV),
        SealedWords(data=sealed_bytes(b"x" * 14, pad=b"\1\2"), iv=IV),
        SealedWords(data=sealed_bytes(b"x" * 15, pad=b"\x11"), iv=IV),
        SealedWords(data=sealed(user_info(NOW)).data[:-4], iv=IV),
        SealedWords(data="!" + sealed(user_info(NOW)).data[1:], iv=IV),
        SealedWords(data="", iv=IV),
        SealedWords(data="茶", iv=IV),
        SealedWords(data=sealed(user_info(NOW)).data, iv=""),
        SealedWords(data=sealed(user_info(NOW)).data, iv="AAAA"),
        SealedWords(data=sealed(user_info(NOW)).data, iv=IV, raw="{}", signature=""),
        SealedWords(data=sealed(user_info(NOW)).data, iv=IV, raw="{}"),
        SealedWords(data=sealed(user_info(NOW)).data, iv=IV, signature="0" * 40),
    ],
)
def test_whatever_is_wrong_with_what_was_sealed_is_told_alike(words: SealedWords) -> None:
    with pytest.raises(BadContent) as caught:
        channel.opened(OWN, SESSION_KEY, words, NOW)
    assert (str(caught.value), caught.value.provider_message) == ("data_refused", "")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("key", ["", "AAAA", "no base64!", "\ud800", SESSION_KEY[:-4] + "AAAA"])
def test_another_session_key_opens_nothing(key: str) -> None:
    assert reason(OWN, signed(user_info(NOW)), key=key) == "data_refused"
    assert reason(OWN, sealed(user_info(NOW)), key=key) == "data_refused"


@pytest.mark.parametrize("openid", ["", "o 1", 7, None, "o" * 129])
def test_an_openid_that_is_none_names_nobody(openid: Json) -> None:
    assert channel.person_in(OWN, {"openId": openid, "unionId": UNIONID}) is None


def test_a_phone_number_is_asked_for_with_the_accounts_token() -> None:
    calls: list[Call] = []
    assert play(channel.phone(OWN, "p1"), said({"errcode": 0, "phone_info": PHONE}), calls=calls) == "13800138000"
    assert (calls[0].url, calls[0].token) == ("https://api.weixin.qq.com/wxa/business/getuserphonenumber", True)
    assert json.loads(calls[0].body) == {"code": "p1"}


@pytest.mark.parametrize(
    ("country", "number", "kept"),
    [("86", "13800138000", "13800138000"), (86, "13800138000", "13800138000"), ("852", "51234567", "+85251234567")],
)
def test_a_foreign_number_has_its_country(country: Json, number: str, kept: str) -> None:
    info: Json = {**PHONE, "countryCode": country, "purePhoneNumber": number}
    assert play(channel.phone(OWN, "p1"), said({"phone_info": info})) == kept


@pytest.mark.parametrize(
    "changed",
    [{"purePhoneNumber": ""}, {"purePhoneNumber": "+86 138"}, {"countryCode": None}, {"countryCode": "x"}],
)
def test_a_number_that_is_none_is_not_taken(changed: dict[str, Json]) -> None:
    with pytest.raises(Transient, match="unreadable_answer") as caught:
        play(channel.phone(OWN, "p1"), said({"phone_info": {**PHONE, **changed}}))
    assert "138" not in caught.value.provider_message


@pytest.mark.parametrize("watermark", [None, {}, {"appid": "wxffffffffffffffff"}])
def test_a_number_that_was_told_another_mini_program_is_refused(watermark: Json) -> None:
    with pytest.raises(BadContent, match="data_refused"):
        play(channel.phone(OWN, "p1"), said({"phone_info": {**PHONE, "watermark": watermark}}))


@pytest.mark.parametrize(("code", "word"), [(40029, "code_refused"), (40013, "code_refused")])
def test_a_code_of_another_mini_program_is_the_pages_fault(code: int, word: str) -> None:
    with pytest.raises(BadContent, match=word):
        play(channel.phone(OWN, "p1"), refused(code))


def test_phone_numbers_are_asked_for_only_where_an_operator_wants_them() -> None:
    schema = channel.settings_schema()
    asked = [
        channel.asks_phone(schema.load({"appid": APPID, "secret": SECRET, **more}))
        for more in ({}, {"phone_numbers": "off"}, {"phone_numbers": "on"})
    ]
    assert asked == [False, False, True]

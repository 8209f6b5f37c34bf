"""Pushes to the hook: who is believed, what is read, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels._wechat.account import ENCRYPTED, Account
from channels._wechat.crypto import signature
from channels._wechat.push import Event, opened, parsed
from channels._wechat.tests.simulator import AES_KEY, APPID, SECRET, TOKEN, sealed, signed
from channels.wechatmp import channel
from channels.wechatmp.settings import MiniProgramSettings
from ums.sdk.hook import HookRefused, HookReply, HookRequest
from ums.sdk.testing import NOW

ACCOUNT = Account(appid=APPID, secret=SECRET, token=TOKEN, encoding_aes_keys=(AES_KEY,))
PLAIN = MiniProgramSettings(appid=APPID, secret=SECRET, token=TOKEN)
DEBUG = "<xml><FromUserName><![CDATA[o1]]></FromUserName><Event>debug_demo</Event></xml>"


def event(request: HookRequest, account: Account = ACCOUNT) -> Event:
    found = opened(account, request)
    assert isinstance(found, Event)
    return found


def check(echostr: str | None = "4711 <&> 茶") -> HookRequest:
    query = dict(signed("", NOW).query)
    if echostr is not None:
        query["echostr"] = echostr
    return HookRequest(method="GET", query=query, body=b"", now=NOW)


def test_the_check_of_the_address_is_echoed_verbatim() -> None:
    assert opened(PLAIN, check()) == HookReply(body="4711 <&> 茶")


def test_a_check_without_its_text_is_refused() -> None:
    with pytest.raises(HookRefused, match="echostr"):
        opened(PLAIN, check(None))


def test_a_forged_check_is_refused() -> None:
    with pytest.raises(HookRefused, match="signature is wrong"):
        opened(replace(PLAIN, token="another"), check())


def test_a_plain_push_is_read() -> None:
    assert event(signed(DEBUG, NOW), PLAIN).name == "debug_demo"


@pytest.mark.parametrize("form", ["xml", "json"])
def test_an_encrypted_push_is_read(form: str) -> None:
    assert event(sealed(DEBUG, NOW, form=form)).address == "o1"


def test_a_push_sealed_with_the_previous_key_is_read() -> None:
    rotated = replace(ACCOUNT, encoding_aes_keys=("b" * 43, AES_KEY))
    assert event(sealed(DEBUG, NOW), rotated).name == "debug_demo"


def test_a_plain_push_is_not_believed_where_only_encrypted_ones_are() -> None:
    """Its signature doesn't cover the body: whoever reads one push's address in a log could write another."""
    strict = replace(ACCOUNT, pushes=ENCRYPTED)
    with pytest.raises(HookRefused, match="pushes=encrypted"):
        opened(strict, signed(DEBUG, NOW))
    assert event(sealed(DEBUG, NOW), strict).name == "debug_demo"
    assert opened(strict, check()) == HookReply(body="4711 <&> 茶")


def test_in_compatible_mode_only_what_is_encrypted_counts() -> None:
    push = sealed(DEBUG, NOW)
    both = push.body.replace(b"</xml>", b"<FromUserName>oForged</FromUserName><Event>x</Event></xml>")
    found = event(replace(push, body=both))
    assert (found.address, found.name) == ("o1", "debug_demo")


def test_the_published_json_example_is_read() -> None:
    account = Account(appid="wxba5fad812f8e6fb9", secret=SECRET, token="AAAAA", encoding_aes_keys=("A" * 43,))
    encrypted = (
        "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv"
        "6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNq"
        "J4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
    )
    request = HookRequest(
        method="POST",
        query={
            "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
            "timestamp": "1714112445",
            "nonce": "415670741",
            "encrypt_type": "aes",
            "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
        },
        body=json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": encrypted}).encode(),
        now=1714112445,
    )
    assert event(request, account).members["debug_str"] == "hello world"


@pytest.mark.parametrize("off", [-301, 301, 1e9, -1e9])
def test_a_stale_push_is_refused(off: float) -> None:
    with pytest.raises(HookRefused, match="five minutes"):
        opened(PLAIN, replace(signed(DEBUG, NOW), now=NOW + off))


@pytest.mark.parametrize("off", [-299, 0, 15, 299])
def test_a_repeat_within_the_window_is_read_again(off: float) -> None:
    assert event(replace(signed(DEBUG, NOW), now=NOW + off), PLAIN).name == "debug_demo"


@pytest.mark.parametrize("stamp", ["", "x", "-1", "1e9", "١٧٩٠٠٠٠٠٠٠", "9" * 400, "1_790_000_000"])
def test_a_push_without_a_time_is_refused(stamp: str) -> None:
    query = {"timestamp": stamp, "nonce": "n", "signature": signature(TOKEN, stamp, "n")}
    with pytest.raises(HookRefused, match="no timestamp"):
        opened(PLAIN, HookRequest(method="POST", query=query, body=DEBUG.encode(), now=NOW))


def test_without_a_push_token_nothing_is_believed() -> None:
    with pytest.raises(HookRefused, match="no push token"):
        opened(replace(PLAIN, token=""), signed(DEBUG, NOW, token=""))


def test_an_encrypted_push_without_a_key_says_what_is_missing() -> None:
    with pytest.raises(HookRefused, match="no encoding_aes_key"):
        opened(PLAIN, sealed(DEBUG, NOW))


@pytest.mark.parametrize("given", [{"key": "b" * 43}, {"appid": "wxffffffffffffffff"}])
def test_a_push_for_somebody_else_is_refused_in_uniform_words(given: dict[str, str]) -> None:
    with pytest.raises(HookRefused, match=r"^the message could not be decrypted$"):
        opened(ACCOUNT, sealed(DEBUG, NOW, **given))


def test_an_encrypted_push_with_another_content_is_refused() -> None:
    other = sealed(DEBUG.replace("o1", "o2"), NOW)
    with pytest.raises(HookRefused, match="msg_signature is wrong"):
        opened(ACCOUNT, replace(sealed(DEBUG, NOW), body=other.body))


def test_an_encrypted_push_with_nothing_in_it_is_refused() -> None:
    with pytest.raises(HookRefused, match="no Encrypt"):
        opened(ACCOUNT, replace(sealed(DEBUG, NOW), body=b"<xml/>"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"hello",
        b"[1]",
        b"<xml>",
        b"<xml></html>",
        b'{"a":',
        b'{"a":' * 20_000,
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Event>&a;</Event></xml>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        b'<?xml version="1.0" encoding="no-such"?><xml/>',
        "<xml/>".encode("utf-16"),
        b"\xff\xfe",
    ],
)
def test_what_the_platform_would_not_send_is_refused(body: bytes) -> None:
    with pytest.raises(HookRefused):
        parsed(body)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | st.just(b"<" * 60_000))
def test_a_body_is_read_or_refused_and_never_breaks_the_reader(body: bytes) -> None:
    request = signed("", NOW)
    try:
        reply = channel.receive(PLAIN, replace(request, body=body))
    except HookRefused:
        return
    assert (reply.body, reply.receipts) == ("success", ())


def test_deeply_nested_xml_is_harmless() -> None:
    assert parsed(b"<xml>" + b"<a>" * 7_000 + b"</a>" * 7_000 + b"</xml>").name == ""


def test_numbers_are_text_in_either_form() -> None:
    members = parsed(b'{"CreateTime":1714112445,"MsgID":2918131553548107776,"x":null,"y":true,"z":[1]}').members
    assert members == {"CreateTime": "1714112445", "MsgID": "2918131553548107776"}


@pytest.mark.parametrize(
    "body",
    [
        "<xml><List><T>1</T></List><List><T>2</T></List></xml>",
        "<xml><SubscribeMsgPopupEvent><List><T>1</T></List><List><T>2</T></List></SubscribeMsgPopupEvent></xml>",
        '{"List":[{"T":1},{"T":"2"}]}',
        '{"SubscribeMsgPopupEvent":{"List":[{"T":1},{"T":"2"}]}}',
        '\ufeff {"List":[{"T":1},null,7,{"T":2}]}',
    ],
)
def test_a_list_is_read_wherever_and_however_it_stands(body: str) -> None:
    assert [item["T"] for item in parsed(body.encode()).items] == ["1", "2"]


def test_a_list_of_one_may_be_an_object() -> None:
    assert parsed(b'{"List":{"T":1}}').items == ({"T": "1"},)


@pytest.mark.parametrize(
    "body",
    [
        '{"FromUserName":"\\ud800\\u0000o1","Event":"x\\u0000","MsgType":null,"\\udfff":[NaN,1e999,true]}',
        '{"FromUserName":"' + "o" * 5000 + '","Event":"' + "x" * 5000 + '"}',
        '{"Event":"x","CreateTime":-1e300,"a":' + "[" * 500 + "]" * 500 + "}",
    ],
)
def test_what_no_database_could_hold_is_made_fit(body: str) -> None:
    (event,) = channel.receive(PLAIN, signed(body, NOW)).events
    json.dumps([event.kind, event.address, event.event_id, dict(event.details)], allow_nan=False).encode()
    assert all(text.encode() for text in (event.kind, event.event_id))
    assert "\0" not in event.kind + event.address + json.dumps(dict(event.details), ensure_ascii=False)
    assert (len(event.kind) <= 64, len(event.address) <= 255, event.at) == (True, True, NOW)


def test_a_receipt_about_an_address_that_is_none_is_refused() -> None:
    body = {"FromUserName": "o" * 129, "Event": "subscribe_msg_sent_event", "List": {"MsgID": 1, "ErrorCode": 0}}
    with pytest.raises(HookRefused, match="no openid"):
        channel.receive(PLAIN, signed(json.dumps(body), NOW))

"""Calls to the platform: what is asked, and what is made of every odd answer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from channels._wechat.account import Account
from channels._wechat.api import fetch_list, fetch_token, send
from channels._wechat.codes import Operation
from channels._wechat.tests.simulator import APPID, EXPIRED, SECRET
from ums.sdk.call import Call, Exchange, Reply
from ums.sdk.errors import Accepted, BadChannel, BadContent, SendError, Transient, Uncertain
from ums.sdk.testing import play

ACCOUNT = Account(appid=APPID, secret=SECRET, base_url="http://127.0.0.1:8/wx")
OK = Reply(200, b'{"errcode":0,"errmsg":"ok","msgid":2918131553548107776}')


def sent() -> Exchange[Accepted]:
    return send(ACCOUNT, "/cgi-bin/message/subscribe/send", b"{}", Operation.SUBSCRIPTION)


def answered(body: str | bytes, status: int = 200) -> Reply:
    return Reply(status, body if isinstance(body, bytes) else body.encode())


def failure(exchange: Exchange[object], *replies: Reply | Exception) -> SendError:
    with pytest.raises(SendError) as caught:
        play(exchange, *replies)
    return caught.value


def test_a_send_is_one_post_with_the_token() -> None:
    calls: list[Call] = []
    accepted = play(sent(), OK, calls=calls)
    assert accepted == Accepted(provider_id="2918131553548107776")
    assert calls == [Call("POST", "http://127.0.0.1:8/wx/cgi-bin/message/subscribe/send", body=b"{}", token=True)]


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"errcode":0,"errmsg":"ok"}',
        b'{"errcode":"0","errmsg":"ok"}',
        b'{"errcode":0,"errmsg":"\xff\xfeok"}',
        b'{"errcode":0,"errmsg":"a\tb\nc"}',
        b'{"errcode":0}',
        b'  {"errcode":0,"errmsg":"ok","msgid":null}\r\n',
        b'{"errcode":0,"msgid":1e400}',
        b'{"errcode":0,"msgid":true}',
        b'{"errcode":0,"msgid":"<script>"}',
        b'{"errcode":0,"msgid":' + b"9" * 100 + b"}",
    ],
)
def test_a_clear_yes_is_taken_however_it_is_written(body: bytes) -> None:
    assert play(sent(), answered(body)) == Accepted(provider_id=None)


def test_a_number_that_comes_as_text_is_kept() -> None:
    assert play(sent(), answered('{"errcode":0,"msgid":"123"}')).provider_id == "123"


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{}",
        "[]",
        "null",
        "0",
        '"ok"',
        "ok",
        "<html>",
        '{"errcode":0,"errm',
        '{"errcode":null}',
        '{"errcode":NaN}',
        '{"errcode":1e400}',
        '{"errcode":0.5}',
        '{"errcode":false}',
        '{"errcode":"zero"}',
        '{"errcode":[0]}',
        '{"msgid":1}',
        '{"errcode":' + "9" * 100 + "}",
        '{"errcode":' + "9" * 5000 + "}",
        '{"a":' * 50_000,
    ],
)
def test_what_is_neither_yes_nor_no_leaves_a_send_uncertain(body: str) -> None:
    error = failure(sent(), answered(body))
    assert isinstance(error, Uncertain)
    assert error.reason == "unreadable_answer"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_server_s_fault_leaves_a_send_uncertain_whatever_its_body(status: int) -> None:
    assert isinstance(failure(sent(), answered('{"errcode":0}', status)), Uncertain)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 407, 413])
def test_a_server_that_turns_a_request_away_has_not_taken_it(status: int) -> None:
    error = failure(sent(), answered("<html>no</html>", status))
    assert isinstance(error, Transient)
    assert (error.reason, error.provider_message) == ("turned_away", f"HTTP {status} <html>no</html>")


def test_a_server_that_is_asked_too_often_has_not_taken_it() -> None:
    error = failure(sent(), answered("", 429))
    assert isinstance(error, Transient)
    assert error.reason == "slow_down"


def test_an_errcode_as_text_is_read() -> None:
    error = failure(sent(), answered('{"errcode":"47003","errmsg":"argument invalid! data.thing1.value invalid"}'))
    assert isinstance(error, BadContent)
    assert (error.provider_code, error.field) == (47003, "thing1")


def test_words_that_are_no_text_are_left_out() -> None:
    assert failure(sent(), answered('{"errcode":43004,"errmsg":{"a":1}}')).provider_message == ""


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_stale_token_is_renewed_once(code: int) -> None:
    calls: list[Call] = []
    stale = answered(json.dumps({"errcode": code, "errmsg": "no"}))
    assert play(sent(), stale, OK, calls=calls).provider_id == "2918131553548107776"
    assert [call.renew for call in calls] == [False, True]


def test_a_token_refused_twice_parks_the_channel() -> None:
    calls: list[Call] = []
    with pytest.raises(BadChannel) as caught:
        play(sent(), EXPIRED, EXPIRED, calls=calls)
    assert (caught.value.reason, caught.value.provider_code, len(calls)) == ("token_refused", 42001, 2)


def test_the_answer_to_the_repeated_call_is_what_counts() -> None:
    assert isinstance(failure(sent(), EXPIRED, answered('{"errcode":-1}')), Transient)
    assert isinstance(failure(sent(), EXPIRED, answered("")), Uncertain)


def test_the_token_is_asked_of_the_stable_interface() -> None:
    calls: list[Call] = []
    token = play(fetch_token(ACCOUNT), answered('{"access_token":"57_x","expires_in":345}'), calls=calls)
    assert (token.value, token.lifetime) == ("57_x", 345.0)
    assert calls[0].url == "http://127.0.0.1:8/wx/cgi-bin/stable_token"
    assert calls[0].body.decode() == (
        f'{{"grant_type":"client_credential","appid":"{APPID}","secret":"{SECRET}","force_refresh":false}}'
    )
    assert (calls[0].method, calls[0].token, calls[0].repeatable) == ("POST", False, True)


def test_an_account_may_keep_to_the_classic_interface() -> None:
    calls: list[Call] = []
    classic = replace(ACCOUNT, token_interface="classic")
    assert (
        play(fetch_token(classic), answered('{"access_token":"57_x","expires_in":345}'), calls=calls).value
        == "57_x"
    )
    assert (calls[0].method, calls[0].url) == ("GET", "http://127.0.0.1:8/wx/cgi-bin/token")
    assert calls[0].query == {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}


def test_a_token_never_lives_longer_than_the_platform_lets_it() -> None:
    assert play(fetch_token(ACCOUNT), answered('{"access_token":"t","expires_in":99999999}')).lifetime == 7200.0


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"access_token":"","expires_in":7200}',
        '{"access_token":7,"expires_in":7200}',
        '{"access_token":"t"}',
        '{"access_token":"t","expires_in":0}',
        '{"access_token":"t","expires_in":"7200"}',
        '{"access_token":"t","expires_in":true}',
        '{"access_token":"t\\r\\nHost: x","expires_in":7200}',
        '{"access_token":"茶","expires_in":7200}',
        json.dumps({"access_token": "t" * 3000, "expires_in": 7200}),
    ],
)
def test_half_a_token_is_none(body: str) -> None:
    assert isinstance(failure(fetch_token(ACCOUNT), answered(body)), Transient)


def test_a_cut_answer_to_the_token_call_is_not_shown() -> None:
    error = failure(fetch_token(ACCOUNT), answered('{"access_token":"57_cut'))
    assert "57_cut" not in f"{error} {error.provider_message}"


@pytest.mark.parametrize(
    "code", [40001, 40013, 40125, 41002, 41004, 40164, 40243, 50004, 50007, 89503, 89506, 89507]
)
def test_wrong_credentials_park_the_channel_at_the_first_call(code: int) -> None:
    error = failure(fetch_token(ACCOUNT), answered(json.dumps({"errcode": code, "errmsg": "no"})))
    assert isinstance(error, BadChannel)
    assert error.provider_code == code


def test_a_list_is_a_repeatable_get() -> None:
    calls: list[Call] = []
    assert play(fetch_list(ACCOUNT, "/x", "data"), answered('{"data":[{"a":1}]}'), calls=calls) == [{"a": 1}]
    assert (calls[0].method, calls[0].token, calls[0].repeatable) == ("GET", True, True)


@pytest.mark.parametrize("body", ["{}", '{"data":null}', '{"data":{}}', '{"data":[1]}', "", "[]", "<html>"])
def test_a_list_that_is_none_is_asked_for_again(body: str) -> None:
    assert isinstance(failure(fetch_list(ACCOUNT, "/x", "data"), answered(body)), Transient)


@pytest.mark.parametrize("error", [Transient("refused"), Uncertain("no_answer"), BadChannel("wrong_secret")])
def test_a_call_without_an_answer_passes_through(error: SendError) -> None:
    assert failure(sent(), error) is error
    assert failure(sent(), EXPIRED, error) is error

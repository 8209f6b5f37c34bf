"""Event pushes: early, double, shuffled, forged, encrypted, and those that are none of ours."""

from __future__ import annotations

import random
import secrets
import sqlite3
import time

import pytest
import requests

from channels._wechat.crypto import signature
from sandbox.paths import TEMPLATE_SEND
from tests.acceptance.wechat.letters import NOTICE, SUBSCRIPTION, TEMPLATE_MESSAGE
from tests.acceptance.wechat.shop import Account, Shop
from tests.acceptance.wechat.town import Document
from ums.domain.commands import Json

SECONDS = 30.0
FINISHED = "TEMPLATESENDJOBFINISH"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def post(shop: Shop, account: Account, body: bytes, **query: str) -> requests.Response:
    return requests.post(shop.hook(account), data=body, params=query, timeout=SECONDS)


def signed(account: Account, *, age: float = 0.0) -> dict[str, str]:
    """The query of a push that the platform signed `age` seconds ago."""
    stamp, nonce = str(int(time.time() - age)), secrets.token_hex(4)
    return {"signature": signature(account.token, stamp, nonce), "timestamp": stamp, "nonce": nonce}


def finished(person: str, msgid: str, status: str = "success") -> bytes:
    return (
        f"<xml><ToUserName>gh_0</ToUserName><FromUserName>{person}</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>event</MsgType><Event>{FINISHED}</Event><MsgID>{msgid}</MsgID><Status>{status}</Status></xml>"
    ).encode()


def accepted(shop: Shop, *userids: str) -> tuple[str, dict[str, str]]:
    """A template message taken for these users, its receipts still out: its msgid, the platform's by openid."""
    for userid in userids:
        shop.knows(shop.oa, userid, outcome="none")
    shop.upload(userids, [shop.oa])
    msgid = shop.send(userids, oa=TEMPLATE_MESSAGE)
    shop.standing(msgid, "accepted")
    numbers = {str(call["openid"]): _number(call) for call in shop.calls(shop.oa, TEMPLATE_SEND)}
    assert len(numbers) == len(userids)
    return msgid, numbers


def _number(call: Document) -> str:
    assert isinstance(call["answer"], dict)
    return str(call["answer"]["msgid"])


@pytest.mark.parametrize("behaviour", ["push_before_answer", "push_twice"])
def test_early_and_double_receipts_count_once(shop: Shop, behaviour: str) -> None:
    for account in (shop.mp, shop.oa):
        shop.trouble(account, behaviour=behaviour)
    msgid = shop.send(shop.crowd(30, shop.mp, shop.oa), rule_id=0)
    assert {row["status"] for row in shop.ended(msgid)} == {"delivered"}
    assert shop.counts(msgid) == {"delivered": 60}


@pytest.mark.parametrize("behaviour", ["push_before_answer", "push_twice"])
def test_an_early_or_double_failure_falls_over_once(shop: Shop, behaviour: str) -> None:
    shop.trouble(shop.mp, behaviour=behaviour)
    shop.knows(shop.mp, "zhangsan", outcome="failed:user block")
    msgid = shop.send([shop.bind("zhangsan", shop.mp, shop.oa)])
    shop.ended(msgid)
    assert shop.progress(msgid)["channels"] == {shop.mp.code: {"failed": 1}, shop.oa.code: {"delivered": 1}}
    assert shop.received(shop.oa, "zhangsan") == 1


def test_shuffled_and_repeated_receipts_give_each_delivery_its_own_end(shop: Shop) -> None:
    msgid, numbers = accepted(shop, *(f"u{index}" for index in range(30)))
    results = {person: ("success", "failed:user block")[index % 3 == 0] for index, person in enumerate(numbers)}
    pushes = [(person, number) for person, number in numbers.items()] * 3
    random.Random(5).shuffle(pushes)
    for person, number in pushes:
        answer = post(shop, shop.oa, finished(person, number, results[person]), **signed(shop.oa))
        assert (answer.status_code, answer.text) == (200, "success")
    ends = {str(row["address"]): row["status"] for row in shop.ended(msgid)}
    assert ends == {person: "delivered" if said == "success" else "rejected" for person, said in results.items()}


@pytest.mark.sqlite
def test_receipts_that_the_database_cannot_take_are_answered_and_come_in_later(shop: Shop) -> None:
    msgid, numbers = accepted(shop, *(f"u{index}" for index in range(5)))
    busy = sqlite3.connect(shop.town.home / "ums.db", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    for pair in [*numbers.items()] * 2:
        answer = post(shop, shop.oa, finished(*pair), **signed(shop.oa))
        assert (answer.status_code, answer.text) == (200, "success")
    assert [row["status"] for row in shop.deliveries(msgid)] == ["accepted"] * 5
    busy.close()
    assert [row["status"] for row in shop.ended(msgid)] == ["delivered"] * 5


def test_a_contradicting_receipt_changes_nothing_any_more(shop: Shop) -> None:
    msgid, numbers = accepted(shop, "zhangsan")
    (pair,) = numbers.items()
    for status in ("success", "failed:user block"):
        assert post(shop, shop.oa, finished(*pair, status), **signed(shop.oa)).text == "success"
    assert [row["status"] for row in shop.ended(msgid)] == ["delivered"]


def test_a_receipt_pushed_to_another_channel_is_not_taken_for_ours(shop: Shop) -> None:
    msgid, numbers = accepted(shop, "zhangsan")
    (pair,) = numbers.items()
    assert post(shop, shop.mp, finished(*pair), **signed(shop.mp)).status_code == 200
    assert [row["status"] for row in shop.deliveries(msgid)] == ["accepted"]


def test_forged_stale_and_unreadable_pushes_are_refused_and_change_nothing(shop: Shop) -> None:
    msgid, numbers = accepted(shop, "zhangsan")
    ((person, number),) = numbers.items()
    good, body = signed(shop.oa), finished(person, number)
    wrong: list[tuple[bytes, dict[str, str]]] = [
        (body, {**good, "signature": "0" * 40}),
        (body, {**good, "signature": signed(shop.mp)["signature"]}),
        (body, {**good, "signature": ""}),
        (body, {**good, "nonce": "another"}),
        (body, {}),
        (body, signed(shop.oa, age=3600)),
        (body, signed(shop.oa, age=-3600)),
        (body, {**good, "timestamp": "soon"}),
        (body, {**good, "encrypt_type": "aes", "msg_signature": good["signature"]}),
        (body, {**good, "encrypt_type": "rot13"}),
        (b"not a document", good),
        (b"<xml><Event>" + b"x" * 100, good),
        (b"[]", good),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + body, good),
        (b"", good),
    ]
    for pushed, query in wrong:
        answer = post(shop, shop.oa, pushed, **query)
        assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/json"), (pushed, query)
        assert answer.json()["code"] == 4030
    assert [row["status"] for row in shop.deliveries(msgid)] == ["accepted"]
    assert post(shop, shop.oa, body, **good).text == "success"
    assert [row["status"] for row in shop.ended(msgid)] == ["delivered"]


@pytest.mark.parametrize("mode", ["safe", "compat"])
@pytest.mark.parametrize("form", ["json", "xml"])
def test_encrypted_pushes_are_opened(shop: Shop, mode: str, form: str) -> None:
    for account in (shop.mp, shop.oa):
        shop.set_up(account, encoding_aes_key=AES_KEY, push_mode=mode, push_format=form)
        shop.town.told("channel", "set", account.code, "--set", f"encoding_aes_key={AES_KEY}")
    msgid = shop.send([shop.bind("zhangsan", shop.mp, shop.oa)], rule_id=0)
    assert {row["status"] for row in shop.ended(msgid)} == {"delivered"}


def test_pushes_sealed_with_the_key_being_replaced_are_still_opened(shop: Shop) -> None:
    shop.set_up(shop.mp, encoding_aes_key=AES_KEY)
    keys = (f"encoding_aes_key={AES_KEY[::-1]}", f"previous_encoding_aes_key={AES_KEY}")
    shop.town.told("channel", "set", shop.mp.code, "--set", keys[0], "--set", keys[1])
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION))
    assert row["status"] == "delivered"


def test_an_encrypted_push_without_a_key_is_refused(shop: Shop) -> None:
    shop.set_up(shop.mp, encoding_aes_key=AES_KEY)
    answer = shop.push(shop.mp, openid="o1", event="subscribe_msg_popup_event")
    assert (answer["acknowledged"], answer["http_status"]) == (False, 403)


def test_the_platform_may_check_the_address(shop: Shop) -> None:
    for account in (shop.mp, shop.oa):
        answer = shop.town.sandbox.control("POST", "callback-check", {"appid": account.appid}).json()
        assert answer["acknowledged"] is True
    shop.set_up(shop.mp, token="another")
    answer = shop.town.sandbox.control("POST", "callback-check", {"appid": shop.mp.appid}).json()
    assert (answer["acknowledged"], answer["http_status"]) == (False, 403)


def test_the_echo_is_verbatim_and_is_never_a_page(shop: Shop) -> None:
    echo = "<script>alert(1)</script>"
    answer = requests.get(shop.hook(shop.oa), params={**signed(shop.oa), "echostr": echo}, timeout=SECONDS)
    assert (answer.status_code, answer.text) == (200, echo)
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("event", ["subscribe_msg_popup_event", "user_authorization_revoke", "an_event_of_2031"])
def test_events_that_report_on_no_message_are_taken(shop: Shop, event: str, form: str) -> None:
    items: Json = [{"TemplateId": "T1", "SubscribeStatusString": "accept"}]
    for account in (shop.mp, shop.oa):
        answer = shop.push(account, openid="o1", event=event, items=items, form=form)
        assert (answer["acknowledged"], answer["attempts"], answer["answer"]) == (True, 1, "success")


def test_what_a_person_writes_is_taken(shop: Shop) -> None:
    body = "<xml><FromUserName>o1</FromUserName><MsgType>text</MsgType><Content>hello</Content></xml>"
    answer = shop.push(shop.oa, openid="o1", raw=body)
    assert (answer["acknowledged"], answer["attempts"]) == (True, 1)


def test_receipts_of_messages_nobody_sent_are_kept_in_silence(shop: Shop) -> None:
    answer = shop.push(shop.oa, openid="o1", event=FINISHED, fields={"MsgID": 2**63 - 1, "Status": "success"})
    assert (answer["acknowledged"], answer["answer"]) == (True, "success")


def test_addresses_that_are_none_and_bodies_that_are_too_large_are_refused(shop: Shop) -> None:
    nowhere = requests.post(f"{shop.town.url}/hooks/nowhere", data=b"{}", params=signed(shop.oa), timeout=SECONDS)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, 4040)
    largest = post(shop, shop.oa, b" " * (64 * 1024), **signed(shop.oa))
    assert largest.status_code == 403
    large = post(shop, shop.oa, b" " * (64 * 1024 + 1), **signed(shop.oa))
    assert (large.status_code, large.json()["code"]) == (413, 4130)
    other = requests.put(shop.hook(shop.oa), data=b"{}", params=signed(shop.oa), timeout=SECONDS)
    assert (other.status_code, other.json()["code"]) == (405, 4050)


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        ("failed:user block", "rejected", "user_block"),
        ("failed: system failed", "failed", "system_failed"),
        ("failed:freq limit", "failed", "frequency_limit"),
        ("failed:something of 2031", "failed", "undelivered"),
    ],
)
def test_a_failed_template_message_says_why(shop: Shop, outcome: str, status: str, reason: str) -> None:
    shop.knows(shop.oa, "zhangsan", outcome=outcome)
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.oa)], oa=TEMPLATE_MESSAGE))
    assert (row["status"], row["reason"], row["provider_message"]) == (status, reason, outcome)


def test_a_failed_notice_of_an_official_account_says_so(shop: Shop) -> None:
    shop.knows(shop.oa, "zhangsan", outcome="failed:user block")
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.oa)], oa=NOTICE))
    assert (row["status"], row["provider_message"]) == ("failed", "failed:user block")


def test_without_a_push_token_no_receipt_is_waited_for_and_none_is_believed(shop: Shop) -> None:
    shop.without_receipts(shop.mp)
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION))
    assert row["status"] == "accepted"
    assert post(shop, shop.mp, b"{}", **signed(shop.mp)).status_code == 403

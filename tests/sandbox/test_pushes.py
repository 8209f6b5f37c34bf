from __future__ import annotations

import json
from typing import NamedTuple
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree

from channels._wechat.crypto import PushCipher, verify_signature
from sandbox.client import SandboxClient
from sandbox.events import Event, document, original_id, written
from tests.sandbox.callback import Callback, Received
from tests.sandbox.letters import NOTICE, SUBSCRIBE, TEMPLATE, WAYS, Way

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class Sent(NamedTuple):
    msgid: int
    push: Received


def open_account(sandbox: SandboxClient, callback: Callback, **settings: object) -> None:
    sandbox.control("PUT", "accounts/wx1", {"callback": callback.url, **settings})


def send_and_wait(sandbox: SandboxClient, callback: Callback, way: Way) -> Sent:
    answer = sandbox.send(way.path, sandbox.token("wx1"), "o1", way.template_id, way.values).json()
    return Sent(answer["msgid"], callback.wait_for(1)[0])


def xml_of(body: bytes) -> Element:
    return ElementTree.fromstring(body.decode(), forbid_dtd=True)


def put_user(sandbox: SandboxClient, **user: object) -> None:
    sandbox.control("PUT", "users", {"appid": "wx1", "users": [{"openid": "o1", **user}]})


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.path.rsplit("/", 1)[1])
def test_every_push_is_signed_and_names_the_openid(sandbox: SandboxClient, callback: Callback, way: Way) -> None:
    open_account(sandbox, callback, token="own-token")
    push = send_and_wait(sandbox, callback, way).push
    assert (push.method, push.path, push.query["kept"]) == ("POST", "/hooks/code", "1")
    assert push.query["openid"] == "o1"
    assert verify_signature(push.query["signature"], "own-token", push.query["timestamp"], push.query["nonce"])
    assert "msg_signature" not in push.query
    assert push.content_type == "text/xml"


def test_accounts_without_a_token_sign_with_the_word_of_the_command_line(
    sandbox: SandboxClient, callback: Callback
) -> None:
    open_account(sandbox, callback)
    push = send_and_wait(sandbox, callback, TEMPLATE).push
    assert verify_signature(push.query["signature"], "sandbox", push.query["timestamp"], push.query["nonce"])


@pytest.mark.parametrize(
    ("user", "status"),
    [
        ({}, "success"),
        ({"blocked": True}, "failed:user block"),
        ({"outcome": "failed: system failed"}, "failed: system failed"),
    ],
)
def test_a_template_message_is_followed_by_its_job_finish(
    sandbox: SandboxClient, callback: Callback, user: dict[str, object], status: str
) -> None:
    open_account(sandbox, callback)
    put_user(sandbox, **user)
    sent = send_and_wait(sandbox, callback, TEMPLATE)
    event = xml_of(sent.push.body)
    assert {element.tag: element.text for element in event} == {
        "ToUserName": original_id("wx1"),
        "FromUserName": "o1",
        "CreateTime": event.findtext("CreateTime"),
        "MsgType": "event",
        "Event": "TEMPLATESENDJOBFINISH",
        "MsgID": str(sent.msgid),
        "Status": status,
    }


@pytest.mark.parametrize(("way", "settings"), [(NOTICE, {}), (SUBSCRIBE, {"push_format": "xml"})])
def test_a_subscription_message_is_followed_by_its_sent_event_in_xml(
    sandbox: SandboxClient, callback: Callback, way: Way, settings: dict[str, object]
) -> None:
    open_account(sandbox, callback, **settings)
    sent = send_and_wait(sandbox, callback, way)
    event = xml_of(sent.push.body)
    item = event.find("SubscribeMsgSentEvent/List")
    assert item is not None
    assert event.findtext("Event") == "subscribe_msg_sent_event"
    assert {element.tag: element.text for element in item} == {
        "TemplateId": way.template_id,
        "MsgID": str(sent.msgid),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }


def test_a_mini_program_gets_json_with_the_one_item_as_an_object(
    sandbox: SandboxClient, callback: Callback
) -> None:
    open_account(sandbox, callback, kind="wechatmp")
    sent = send_and_wait(sandbox, callback, SUBSCRIBE)
    event = json.loads(sent.push.body)
    assert (event["ToUserName"], event["FromUserName"]) == (original_id("wx1"), "o1")
    assert event["List"] == {
        "TemplateId": SUBSCRIBE.template_id,
        "MsgID": str(sent.msgid),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }


def test_a_failed_subscription_message_says_why(sandbox: SandboxClient, callback: Callback) -> None:
    open_account(sandbox, callback)
    put_user(sandbox, outcome="failed: system failed")
    item = json.loads(send_and_wait(sandbox, callback, SUBSCRIBE).push.body)["List"]
    assert (item["ErrorCode"], item["ErrorStatus"]) == ("1", "failed: system failed")


@pytest.mark.parametrize("way", [TEMPLATE, SUBSCRIBE], ids=["xml", "json"])
def test_with_an_aes_key_pushes_are_encrypted(sandbox: SandboxClient, callback: Callback, way: Way) -> None:
    open_account(sandbox, callback, encoding_aes_key=AES_KEY)
    sent = send_and_wait(sandbox, callback, way)
    body, query = sent.push.body, sent.push.query
    sealed: dict[str, str] = (
        json.loads(body) if way is SUBSCRIBE else {item.tag: item.text or "" for item in xml_of(body)}
    )
    assert set(sealed) == {"ToUserName", "Encrypt"}
    assert query["encrypt_type"] == "aes"
    assert verify_signature(
        query["msg_signature"], "sandbox", query["timestamp"], query["nonce"], sealed["Encrypt"]
    )
    opened = PushCipher([AES_KEY], "wx1").decrypt(sealed["Encrypt"])
    assert str(sent.msgid).encode() in opened


def test_compatible_mode_carries_the_plain_members_and_the_sealed_ones(
    sandbox: SandboxClient, callback: Callback
) -> None:
    open_account(sandbox, callback, encoding_aes_key=AES_KEY, push_mode="compat")
    event = xml_of(send_and_wait(sandbox, callback, TEMPLATE).push.body)
    opened = xml_of(PushCipher([AES_KEY], "wx1").decrypt(event.findtext("Encrypt") or ""))
    assert event.findtext("MsgID") == opened.findtext("MsgID")


def push(sandbox: SandboxClient, **members: object) -> dict[str, object]:
    answer: dict[str, object] = sandbox.control("POST", "push", {"appid": "wx1", **members}).json()
    return answer


@pytest.mark.parametrize("bad", [(500, b"success"), (404, b""), (200, b"error"), (302, b"success")])
def test_a_push_that_is_not_handled_is_tried_again_with_a_good_signature(
    sandbox: SandboxClient, callback: Callback, bad: tuple[int, bytes]
) -> None:
    open_account(sandbox, callback)
    sandbox.control("PUT", "pushes", {"retry_delay_ms": 0})
    callback.answers.extend([bad, bad])
    answer = push(sandbox, event="debug_demo", openid="o1")
    assert answer == {"acknowledged": True, "attempts": 3, "http_status": 200, "answer": "success", "reply": None}
    received = callback.wait_for(3)
    assert len({attempt.body for attempt in received}) == 1
    for attempt in received:
        query = attempt.query
        assert verify_signature(query["signature"], "sandbox", query["timestamp"], query["nonce"])


def test_after_three_attempts_a_push_is_given_up(sandbox: SandboxClient, callback: Callback) -> None:
    open_account(sandbox, callback)
    sandbox.control("PUT", "pushes", {"retry_delay_ms": 0})
    callback.answers.extend([(500, b"no")] * 9)
    answer = push(sandbox, event="debug_demo")
    assert answer == {"acknowledged": False, "attempts": 3, "http_status": 500, "answer": "no", "reply": None}
    assert len(callback.received) == 3
    counts = sandbox.control("GET", "pushes").json()
    assert counts.items() >= {"sent": 1, "attempts": 3, "failed": 1, "acknowledged": 0, "pending": 0}.items()
    assert "500 no" in counts["last_failure"]


def test_an_empty_answer_is_an_acknowledgement(sandbox: SandboxClient, callback: Callback) -> None:
    open_account(sandbox, callback)
    callback.answers.append((200, b""))
    assert push(sandbox, event="debug_demo")["acknowledged"] is True
    counts = sandbox.control("GET", "pushes").json()
    assert counts.items() >= {"sent": 1, "attempts": 1, "failed": 0, "acknowledged": 1, "pending": 0}.items()


def test_a_callback_nobody_answers_fails_the_push(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"callback": "http://127.0.0.1:1/"})
    sandbox.control("PUT", "pushes", {"retry_delay_ms": 0})
    answer = push(sandbox, event="debug_demo")
    assert (answer["acknowledged"], answer["attempts"], answer["http_status"]) == (False, 3, 0)


def test_any_event_can_be_pushed_with_its_fields_and_items(sandbox: SandboxClient, callback: Callback) -> None:
    open_account(sandbox, callback, kind="wechatmp")
    items = [{"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "0"}, {"TemplateId": "T2"}]
    push(sandbox, event="subscribe_msg_popup_event", openid="o1", items=items)
    push(sandbox, event="subscribe_msg_popup_event", openid="o1", items=items, form="xml")
    push(sandbox, event="subscribe", fields={"EventKey": "qrscene_7"}, form="xml")
    in_json, in_xml, follow = callback.wait_for(3)
    assert json.loads(in_json.body)["List"] == items
    listed = xml_of(in_xml.body).findall("SubscribeMsgPopupEvent/List")
    assert [item.findtext("TemplateId") for item in listed] == ["T1", "T2"]
    assert xml_of(follow.body).findtext("EventKey") == "qrscene_7"
    assert "openid" not in follow.query


def test_raw_words_can_be_pushed(sandbox: SandboxClient, callback: Callback) -> None:
    open_account(sandbox, callback)
    push(sandbox, raw="<xml><broken>")
    assert callback.wait_for(1)[0].body == b"<xml><broken>"


def test_a_push_can_be_left_to_itself(sandbox: SandboxClient, callback: Callback) -> None:
    open_account(sandbox, callback)
    assert push(sandbox, event="debug_demo", wait=False) == {"queued": True}
    assert len(callback.wait_for(1)) == 1


def test_a_push_needs_an_account_with_a_callback(sandbox: SandboxClient) -> None:
    assert sandbox.ask("POST", "/_sandbox/push", {"appid": "wx1", "event": "e"}).status_code == 404
    sandbox.control("PUT", "accounts/wx1", {})
    answer = sandbox.ask("POST", "/_sandbox/push", {"appid": "wx1", "event": "e"})
    assert answer.status_code == 400
    assert "has no callback" in answer.json()["error"]


def test_the_callback_can_be_checked_with_an_echo(sandbox: SandboxClient, callback: Callback) -> None:
    open_account(sandbox, callback)
    answer = sandbox.control("POST", "callback-check", {"appid": "wx1"}).json()
    asked = callback.wait_for(1)[0]
    assert asked.method == "GET"
    assert answer["acknowledged"] is True
    assert answer["answer"] == asked.query["echostr"]
    assert verify_signature(asked.query["signature"], "sandbox", asked.query["timestamp"], asked.query["nonce"])


def test_xml_survives_the_end_of_a_cdata_section_inside_a_value() -> None:
    event = Event("o1", "debug_demo", 1, {"debug_str": "a ]]> b & <c>", "number": 7, "nothing": None})
    parsed = xml_of(written(document(event, "wx1"), "xml").encode())
    assert parsed.findtext("debug_str") == "a ]]> b & <c>"
    assert parsed.findtext("number") == "7"
    assert parsed.findtext("nothing") == ""

"""What the platform tells besides receipts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from channels._wechat.tests.simulator import APPID, SECRET, TOKEN, signed
from channels.wechatmp import channel as mini_program
from channels.wechatmp.settings import MiniProgramSettings
from channels.wechatoa import channel as official_account
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Json
from ums.sdk.hook import Follow, HookReply, Opening, ProviderEvent, Trigger
from ums.sdk.testing import NOW

OFFICIAL = OfficialAccountSettings(appid=APPID, secret=SECRET, token=TOKEN)
MINI = MiniProgramSettings(appid=APPID, secret=SECRET, token=TOKEN)
HEAD = "<ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1620963428</CreateTime>"
POPUP = (
    "<List><TemplateId>T1</TemplateId><SubscribeStatusString>accept</SubscribeStatusString>"
    "<PopupScene>1</PopupScene></List>"
)
SENT = (
    "<List><TemplateId>T1</TemplateId><MsgID>7</MsgID><ErrorCode>0</ErrorCode>"
    "<ErrorStatus>success</ErrorStatus></List>"
)


def event_xml(name: str, rest: str = "") -> str:
    return f"<xml>{HEAD}<MsgType>event</MsgType><Event>{name}</Event>{rest}</xml>"


def received(body: str) -> HookReply:
    reply = mini_program.receive(MINI, signed(body, NOW))
    told_more = official_account.receive(OFFICIAL, signed(body, NOW))
    assert reply == replace(told_more, openings=(), gesture=None)
    return reply


def told(body: str) -> ProviderEvent:
    (event,) = received(body).events
    return event


@pytest.mark.parametrize("name", ["subscribe_msg_popup_event", "subscribe_msg_change_event"])
def test_what_a_person_chose_names_person_time_and_each_template(name: str) -> None:
    wrapped = f"<SubscribeMsgPopupEvent>{POPUP}{POPUP.replace('T1', 'T2')}</SubscribeMsgPopupEvent>"
    event = told(event_xml(name, wrapped))
    assert (event.kind, event.address, event.at) == (name, "o1", 1620963428.0)
    assert event.details == {
        "ToUserName": "gh_1",
        "FromUserName": "o1",
        "CreateTime": "1620963428",
        "MsgType": "event",
        "Event": name,
        "List": [
            {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "1"},
            {"TemplateId": "T2", "SubscribeStatusString": "accept", "PopupScene": "1"},
        ],
    }


@pytest.mark.parametrize(
    ("name", "status", "cause"),
    [
        ("subscribe_msg_popup_event", "accept", "allowed"),
        ("subscribe_msg_popup_event", "reject", None),
        ("subscribe_msg_popup_event", "ban", None),
        ("subscribe_msg_change_event", "reject", "switched_off"),
        ("subscribe_msg_change_event", "accept", None),
        ("subscribe_msg_other_event", "accept", None),
    ],
)
def test_what_a_person_chose_is_told_to_the_ledger(name: str, status: str, cause: str | None) -> None:
    wrapped = f"<SubscribeMsgPopupEvent>{POPUP.replace('accept', status)}</SubscribeMsgPopupEvent>"
    changes = [(one.address, one.template_id, one.cause.value) for one in told(event_xml(name, wrapped)).credits]
    assert changes == ([("o1", "T1", cause)] if cause else [])


@pytest.mark.parametrize("several", [True, False])
def test_json_says_the_same_event_as_xml(several: bool) -> None:
    item: dict[str, Json] = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": 1}
    items: Json = [dict(item), dict(item)] if several else dict(item)
    body = {
        "ToUserName": "gh_1",
        "FromUserName": "o1",
        "CreateTime": 1620963428,
        "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "List": items,
    }
    wrapped = f"<SubscribeMsgPopupEvent>{POPUP * (1 + several)}</SubscribeMsgPopupEvent>"
    assert told(json.dumps(body)) == told(event_xml("subscribe_msg_popup_event", wrapped))


def test_a_report_on_a_subscription_message_is_a_receipt_and_an_event_that_names_the_template() -> None:
    reply = received(
        event_xml("subscribe_msg_sent_event", f"<SubscribeMsgSentEvent>{SENT}</SubscribeMsgSentEvent>")
    )
    assert [receipt.provider_id for receipt in reply.receipts] == ["7"]
    assert [event.details["List"] for event in reply.events] == [
        [{"TemplateId": "T1", "MsgID": "7", "ErrorCode": "0", "ErrorStatus": "success"}]
    ]


def test_a_report_on_a_template_message_is_a_receipt_and_nothing_else() -> None:
    body = event_xml("TEMPLATESENDJOBFINISH", "<MsgID>7</MsgID><Status>success</Status>")
    reply = official_account.receive(OFFICIAL, signed(body, NOW))
    assert (len(reply.receipts), reply.events) == (1, ())


@pytest.mark.parametrize("name", ["subscribe", "unsubscribe", "SCAN", "an_event_of_2031"])
def test_events_that_nothing_uses_yet_are_told_as_they_stand(name: str) -> None:
    event = told(event_xml(name, "<EventKey>qrscene_7</EventKey><Deep><A>1</A><A>2</A><B><C>3</C></B></Deep>"))
    assert (event.kind, event.details["EventKey"]) == (name, "qrscene_7")
    assert event.details["Deep"] == {"A": ["1", "2"], "B": {"C": "3"}}


@pytest.mark.parametrize(("name", "following"), [("subscribe", True), ("unsubscribe", False)])
def test_who_follows_is_told_with_the_time_of_the_platform(name: str, following: bool) -> None:
    assert told(event_xml(name)).follow == Follow("o1", following, 1620963428.0)
    assert told(event_xml("SCAN")).follow is None


@pytest.mark.parametrize(
    ("name", "erases"),
    [
        ("user_authorization_revoke", True),
        ("user_authorization_cancellation", True),
        ("user_info_modified", False),
        ("unsubscribe", False),
    ],
)
def test_whose_data_must_go_is_told(name: str, erases: bool) -> None:
    assert told(event_xml(name, "<OpenID>o2</OpenID>")).erases is erases


def test_a_withdrawn_consent_is_about_the_person_it_names() -> None:
    event = told(event_xml("user_authorization_revoke", "<OpenID>o2</OpenID><RevokeInfo>1</RevokeInfo>"))
    assert (event.kind, event.address) == ("user_authorization_revoke", "o2")


def test_a_repeat_is_the_same_event_and_another_in_the_same_second_is_not() -> None:
    first, repeat, other = (
        told(event_xml("SCAN", f"<EventKey>{key}</EventKey>{blank}"))
        for key, blank in (("1", ""), ("1", "\n"), ("2", ""))
    )
    assert first.event_id == repeat.event_id != other.event_id
    assert len(first.event_id) <= 255


@pytest.mark.parametrize("body", ["{}", "<xml/>", event_xml("")])
def test_a_push_that_names_nothing_is_told_too(body: str) -> None:
    assert told(body).kind == "unknown"


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("CLICK", Trigger.MENU),
        ("scancode_push", Trigger.MENU),
        ("scancode_waitmsg", Trigger.MENU),
        ("subscribe", Trigger.FOLLOW),
        ("SCAN", Trigger.SCAN),
        ("user_enter_tempsession", Trigger.ENTER),
        ("VIEW", None),
        ("unsubscribe", None),
        ("pic_sysphoto", None),
        ("LOCATION", None),
    ],
)
def test_what_a_person_does_may_open_a_window(name: str, trigger: Trigger | None) -> None:
    reply = official_account.receive(OFFICIAL, signed(event_xml(name), NOW))
    assert reply.openings == ((Opening("o1", trigger, 1620963428.0),) if trigger else ())


@pytest.mark.parametrize("kind", ["text", "image", "location"])
def test_what_people_write_is_not_for_the_gateway(kind: str) -> None:
    body = f"<xml>{HEAD}<MsgType>{kind}</MsgType><Content>hello</Content><MsgId>7</MsgId></xml>"
    assert received(body) == HookReply(body="success")

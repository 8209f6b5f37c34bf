"""What people do at an account, and what they are answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from defusedxml.ElementTree import fromstring

from channels._wechat.component.settings import ComponentSchema
from channels._wechat.tests.simulator import (
    AES_KEY,
    APPID,
    COMPONENT,
    OPENID,
    SECRET,
    TOKEN,
    opened_reply,
    sealed,
    signed,
)
from channels.wechatoa import channel
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.hook import Gesture, HookRefused, HookReply
from ums.sdk.people import GestureKind
from ums.sdk.testing import NOW

ACCOUNT = OfficialAccountSettings(
    appid=APPID,
    secret=SECRET,
    token=TOKEN,
    encoding_aes_keys=(AES_KEY,),
    bind_keys=("BIND", "ALSO"),
    bind_words=("绑定", "Bind me", "Straße"),
)
AT = 1620963428
HEAD = f"<ToUserName>gh_1</ToUserName><FromUserName>{OPENID}</FromUserName><CreateTime>{AT}</CreateTime>"


def event(name: str, key: str = "", head: str = HEAD) -> str:
    return f"<xml>{head}<MsgType>event</MsgType><Event>{name}</Event><EventKey>{key}</EventKey></xml>"


def letter(words: str, kind: str = "text") -> str:
    return f"<xml>{HEAD}<MsgType>{kind}</MsgType><Content>{words}</Content><MsgId>7</MsgId></xml>"


def gesture(body: str, account: OfficialAccountSettings = ACCOUNT) -> Gesture | None:
    return channel.receive(account, signed(body, NOW)).gesture


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (event("SCAN", "s-4711"), GestureKind.SCAN, "s-4711"),
        (event("SCAN", "123"), GestureKind.SCAN, "123"),
        (event("subscribe", "qrscene_s-4711"), GestureKind.SCAN, "s-4711"),
        (event("CLICK", "BIND"), GestureKind.MENU, "BIND"),
        (letter("绑定"), GestureKind.WORD, "绑定"),
        (letter("  BIND ME\n"), GestureKind.WORD, "Bind me"),
        (letter("STRASSE"), GestureKind.WORD, "Straße"),
    ],
)
def test_what_the_gateway_may_answer_is_told(body: str, kind: GestureKind, text: str) -> None:
    assert gesture(body) == Gesture(kind=kind, address=OPENID, text=text, at=float(AT))


@pytest.mark.parametrize(
    "body",
    [
        event("SCAN"),
        event("SCAN", "x" * 129),
        event("subscribe"),
        event("subscribe", "qrscene_"),
        event("subscribe", "last_trade_no_4711"),
        event("unsubscribe", "qrscene_s-4711"),
        event("CLICK", "bind"),
        event("CLICK", "MENU"),
        event("CLICK"),
        event("VIEW", "BIND"),
        event("scancode_push", "BIND"),
        letter("please 绑定"),
        letter(""),
        letter("绑定", "voice"),
        letter("绑定", "event"),
        event("SCAN", "s", HEAD.replace(OPENID, "")),
        event("SCAN", "s", HEAD.replace(OPENID, "o" * 129)),
        event("SCAN", "s", HEAD.replace("gh_1", "")),
    ],
)
def test_everything_else_is_nobodys(body: str) -> None:
    assert gesture(body) is None


def test_without_words_and_keys_of_an_operator_only_scans_count() -> None:
    plain = replace(ACCOUNT, bind_keys=(), bind_words=())
    assert [gesture(body, plain) for body in (event("CLICK", "BIND"), letter("绑定"), letter(""))] == [None] * 3
    assert gesture(event("SCAN", "s"), plain)


def test_what_somebody_has_written_is_kept_nowhere() -> None:
    reply = channel.receive(ACCOUNT, signed(letter("绑定"), NOW))
    assert (reply.body, reply.receipts, reply.events) == ("success", (), ())
    assert len(reply.openings) == 1


def said(reply: HookReply) -> dict[str, str]:
    return {child.tag: child.text or "" for child in fromstring(reply.body)}


ANSWER = {
    "ToUserName": OPENID,
    "FromUserName": "gh_1",
    "CreateTime": str(int(NOW)),
    "MsgType": "text",
    "Content": "绑定成功",
}


def test_a_push_in_the_open_is_answered_in_the_open() -> None:
    reply = channel.saying(ACCOUNT, signed(letter("绑定"), NOW), "绑定成功")
    assert said(reply) == ANSWER
    assert reply.content_type == "text/xml; charset=utf-8"
    assert reply.body.startswith(f"<xml><ToUserName><![CDATA[{OPENID}]]></ToUserName>")
    assert f"<CreateTime>{int(NOW)}</CreateTime>" in reply.body


def test_a_sealed_push_is_answered_sealed() -> None:
    assert opened_reply(channel.saying(ACCOUNT, sealed(event("SCAN", "s"), NOW), "绑定成功")) == ANSWER


def test_in_compatible_mode_the_answer_is_sealed() -> None:
    push = sealed(event("SCAN", "s"), NOW)
    both = replace(push, body=push.body.replace(b"</xml>", f"{HEAD}</xml>".encode()))
    assert opened_reply(channel.saying(ACCOUNT, both, "绑定成功")) == ANSWER


def test_an_answer_is_sealed_with_the_key_that_worked() -> None:
    rotated = replace(ACCOUNT, encoding_aes_keys=("b" * 43, AES_KEY))
    assert opened_reply(channel.saying(rotated, sealed(event("SCAN", "s"), NOW), "绑定成功")) == ANSWER
    newer = channel.saying(rotated, sealed(event("SCAN", "s"), NOW, key="b" * 43), "绑定成功")
    assert opened_reply(newer, "b" * 43) == ANSWER


def test_through_a_platform_the_answer_is_sealed_with_its_key_and_for_it() -> None:
    platform = ComponentSchema().load({**COMPONENT, "encoding_aes_key": "b" * 43})
    authorised = OfficialAccountSettings(appid=APPID, authorised_by="platform")
    listening = channel.listening(authorised, platform, "gh_1")
    push = sealed(event("SCAN", "s"), NOW, key="b" * 43, appid=platform.appid)
    assert channel.receive(listening, push).gesture
    reply = channel.saying(listening, push, "绑定成功")
    assert opened_reply(reply, "b" * 43, platform.appid) == ANSWER


@pytest.mark.parametrize(
    ("words", "kept"),
    [("a\0b\x0bc\ud800d\ufffee", "abcde"), ("a]]>b", "a]]>b"), ("4711", "4711"), ("a\tb\nc", "a\tb\nc")],
)
def test_words_that_no_document_can_hold_are_made_fit(words: str, kept: str) -> None:
    assert said(channel.saying(ACCOUNT, signed(event("SCAN", "s"), NOW), words))["Content"] == kept


def test_no_forged_push_is_answered() -> None:
    with pytest.raises(HookRefused):
        channel.saying(ACCOUNT, signed(event("SCAN", "s"), NOW, token="another"), "绑定成功")

"""QR codes with a scene, what people do about them, and what they are answered."""

from __future__ import annotations

import time
import zlib
from typing import Any

import pytest
import requests
from defusedxml.ElementTree import fromstring

from channels._wechat.crypto import PushCipher, signature
from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.events import original_id
from tests.sandbox.callback import Callback
from tests.sandbox.test_components import COMPONENT, KEY, OA

SHOW = "/cgi-bin/showqrcode"
OPENID = "oOfOnePerson"


@pytest.fixture
def account(sandbox: SandboxClient, callback: Callback) -> SandboxClient:
    """A sandbox with an official account that has a callback, and a person who doesn't follow it."""
    sandbox.control("PUT", f"accounts/{OA}", {"kind": "wechatoa", "token": "word", "callback": callback.url})
    sandbox.control("PUT", "users", {"appid": OA, "users": [{"openid": OPENID, "following": False}]})
    sandbox.control("PUT", "pushes", {"retry_delay_ms": 0})
    return sandbox


def made(account: SandboxClient, action: str = "QR_STR_SCENE", life: Any = 600, **scene: Any) -> Any:
    body = {"action_name": action, "action_info": {"scene": scene or {"scene_str": "bind_7"}}}
    more = {} if life is None else {"expire_seconds": life}
    return account.post(paths.QR_CREATE, account.token(OA), {**body, **more}).json()


def reply(content: str, to: str = OPENID, **changes: str) -> str:
    members = {"ToUserName": to, "FromUserName": original_id(OA), "CreateTime": "1", "MsgType": "text"} | changes
    written = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in members.items())
    return f"<xml>{written}<Content><![CDATA[{content}]]></Content></xml>"


def sealed(text: str, appid: str = OA, word: str = "word") -> bytes:
    encrypted = PushCipher([KEY], appid).encrypt(text)
    signed = signature(word, "1", "2", encrypted)
    rest = f"<MsgSignature>{signed}</MsgSignature><TimeStamp>1</TimeStamp><Nonce>2</Nonce>"
    return f"<xml><Encrypt>{encrypted}</Encrypt>{rest}</xml>".encode()


def pushed(callback: Callback) -> dict[str, str]:
    return {child.tag: child.text or "" for child in fromstring(callback.received[-1].body)}


def test_a_code_has_a_ticket_a_life_and_an_address(account: SandboxClient) -> None:
    told = made(account)
    assert (told["expire_seconds"], told.keys()) == (600, {"ticket", "expire_seconds", "url"})
    assert told["url"].startswith("http://weixin.qq.com/q/")
    assert made(account, life=None)["expire_seconds"] == 60


def test_a_code_can_stay(account: SandboxClient) -> None:
    told = made(account, "QR_LIMIT_STR_SCENE", scene_str="stays")
    assert told.keys() == {"ticket", "url"}
    assert account.scan(OA, OPENID, told["ticket"])["push"]["acknowledged"]


@pytest.mark.parametrize(
    ("action", "scene", "errcode"),
    [
        ("QR_STR_SCENE", {"scene_str": "a" * 64}, None),
        ("QR_STR_SCENE", {"scene_str": "a" * 65}, 40053),
        ("QR_STR_SCENE", {"scene_str": ""}, 40053),
        ("QR_STR_SCENE", {"scene_id": 7}, 40053),
        ("QR_SCENE", {"scene_id": 2**32 - 1}, None),
        ("QR_SCENE", {"scene_id": 0}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}, 40053),
        ("QR_POEM", {"scene_str": "a"}, 40052),
    ],
)
def test_a_scene_must_fit_its_kind(
    account: SandboxClient, action: str, scene: dict[str, Any], errcode: int | None
) -> None:
    assert made(account, action, **scene).get("errcode") == errcode


@pytest.mark.parametrize("life", [0, 2_592_001, "600"])
def test_a_code_lives_thirty_days_at_the_most(account: SandboxClient, life: Any) -> None:
    assert made(account, life=life)["errcode"] == 40097


def test_a_mini_program_makes_no_such_codes(account: SandboxClient) -> None:
    account.control("PUT", f"accounts/{OA}", {"kind": "wechatmp"})
    assert made(account)["errcode"] == 48001


def test_a_ticket_shows_a_picture_until_its_end(account: SandboxClient) -> None:
    ticket = made(account)["ticket"]
    shown = requests.get(account.url + SHOW, params={"ticket": ticket}, timeout=10)
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/png")
    assert shown.content.startswith(b"\x89PNG\r\n\x1a\n")
    start = shown.content.index(b"IDAT") + 4
    assert len(zlib.decompressobj().decompress(shown.content[start:])) == 264 * (1 + 264 // 8)
    assert requests.get(account.url + SHOW, params={"ticket": "made up"}, timeout=10).status_code == 404
    account.expire(OA, "qr_codes")
    assert requests.get(account.url + SHOW, params={"ticket": ticket}, timeout=10).status_code == 404


def test_who_scans_for_the_first_time_follows_and_who_follows_has_scanned(
    account: SandboxClient, callback: Callback
) -> None:
    ticket = made(account)["ticket"]
    account.scan(OA, OPENID, ticket)
    first = pushed(callback)
    assert (first["Event"], first["EventKey"], first["Ticket"]) == ("subscribe", "qrscene_bind_7", ticket)
    account.scan(OA, OPENID, ticket)
    again = pushed(callback)
    assert (again["Event"], again["EventKey"], again["Ticket"]) == ("SCAN", "bind_7", ticket)
    info = account.read(paths.USER_INFO, account.token(OA), openid=OPENID).json()
    assert (info["subscribe"], info["subscribe_scene"], info["qr_scene_str"]) == (1, "ADD_SCENE_QR_CODE", "bind_7")


def test_a_stranger_follows_already_unless_an_account_knows_its_users_only(
    account: SandboxClient, callback: Callback
) -> None:
    ticket = made(account)["ticket"]
    account.scan(OA, "oStranger", ticket)
    assert pushed(callback)["Event"] == "SCAN"
    account.control("PUT", f"accounts/{OA}", {"known_users_only": True})
    account.scan(OA, "oStranger", ticket)
    assert pushed(callback)["Event"] == "subscribe"


def test_a_ticket_that_nobody_can_scan_is_explained(account: SandboxClient) -> None:
    account.control("PUT", "accounts/wxother", {})
    ticket = made(account)["ticket"]
    order = {"openid": OPENID, "act": "scan"}
    late = {"appid": OA, "ticket": ticket, "at": time.time() + 601}
    for wrong in ({"appid": OA, "ticket": "made up"}, {"appid": "wxother", "ticket": ticket}, late):
        answer = account.ask("POST", "/_sandbox/users/act", order | wrong)
        assert (answer.status_code, "ticket is unknown" in answer.json()["error"]) == (400, True)


def test_a_menu_has_a_key_and_a_message_words(account: SandboxClient, callback: Callback) -> None:
    account.act(OA, OPENID, "menu", key="BIND")
    tapped = pushed(callback)
    assert (tapped["Event"], tapped["EventKey"]) == ("CLICK", "BIND")
    account.act(OA, OPENID, "message", content="绑定")
    assert pushed(callback)["Content"] == "绑定"
    answer = account.ask("POST", "/_sandbox/users/act", {"appid": OA, "openid": OPENID, "act": "scan", "key": "K"})
    assert answer.status_code == 400


def test_what_a_person_is_answered_is_shown(account: SandboxClient, callback: Callback) -> None:
    callback.answers.append((200, reply("Open this link. " * 100).encode()))
    push = account.act(OA, OPENID, "message", content="bind")["push"]
    assert (push["acknowledged"], push["reply"]["MsgType"]) == (True, "text")
    assert push["reply"]["Content"] == "Open this link. " * 100
    callback.answers.append((200, reply("Hello").encode()))
    assert account.answered(OA, OPENID, "bind") == "Hello"
    assert account.answered(OA, OPENID, "bind") == ""
    assert len(callback.received) == 3


def test_a_reply_with_more_than_words_is_shown_with_its_members(account: SandboxClient, callback: Callback) -> None:
    written = (
        reply("")
        .replace("<![CDATA[text]]>", "image")
        .replace("<Content><![CDATA[]]></Content>", "<Image><MediaId>m1</MediaId></Image>")
    )
    callback.answers.append((200, written.encode()))
    assert account.act(OA, OPENID, "message")["push"]["reply"]["Image"] == {"MediaId": "m1"}


@pytest.mark.parametrize(
    "wrong",
    [reply("Hello", to="oOfSomebodyElse"), reply("Hello", FromUserName="gh_other"), reply(""), "<xml>", "Hello"],
)
def test_a_reply_that_the_platform_wouldn_t_take_is_asked_for_three_times(
    account: SandboxClient, callback: Callback, wrong: str
) -> None:
    callback.answers.extend([(200, wrong.encode())] * 3)
    push = account.act(OA, OPENID, "message")["push"]
    assert (push["acknowledged"], push["reply"]) == (False, None)
    assert len(callback.received) == 3


def test_a_sealed_push_is_answered_with_a_sealed_reply(account: SandboxClient, callback: Callback) -> None:
    account.control("PUT", f"accounts/{OA}", {"encoding_aes_key": KEY})
    callback.answers.append((200, sealed(reply("Hello"))))
    assert account.answered(OA, OPENID, "bind") == "Hello"
    for wrong in (reply("Hello").encode(), sealed(reply("Hello"), "wxother"), sealed(reply("Hello"), word="other")):
        callback.answers.extend([(200, wrong)] * 3)
        assert account.act(OA, OPENID, "message")["push"]["reply"] is None


def test_a_component_answers_with_its_own_key(account: SandboxClient, callback: Callback) -> None:
    account.control("PUT", f"components/{COMPONENT}", {
        "secret": "right", "token": "word", "encoding_aes_key": KEY, "account_callback": callback.url,
    })  # fmt: skip
    account.control("POST", "component/authorise", {"component": COMPONENT, "appid": OA, "event": "none"})
    callback.answers.append((200, sealed(reply("Hello"), COMPONENT)))
    assert account.answered(OA, OPENID, "bind") == "Hello"

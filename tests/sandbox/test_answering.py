"""Customer-service and one-time messages: what people do, and how often they may be written to after it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.windows import ACTS
from tests.sandbox.callback import Callback

TEXT: dict[str, Any] = {"msgtype": "text", "text": {"content": "Hello"}}
ONE_TIME: dict[str, Any] = {
    "template_id": "T1",
    "scene": "7",
    "title": "A parcel",
    "data": {"content": {"value": "It has come.", "color": "#173177"}},
}
OPENING = {name: act for name, act in ACTS.items() if act.messages}


def errcode(sandbox: SandboxClient, path: str, body: dict[str, Any], openid: str = "o1") -> int:
    token = sandbox.token("wx1")
    answer = sandbox.ask("POST", path, {"touser": openid, **body}, {"access_token": token}).json()
    return int(answer["errcode"])


def say(sandbox: SandboxClient, body: dict[str, Any] = TEXT, openid: str = "o1") -> int:
    return errcode(sandbox, paths.CUSTOM_SEND, body, openid)


def notify(sandbox: SandboxClient, **more: Any) -> int:
    return errcode(sandbox, paths.ONE_TIME_SEND, {**ONE_TIME, **more})


def does(sandbox: SandboxClient, act: str, **more: Any) -> dict[str, Any]:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatoa"})
    order = {"appid": "wx1", "openid": "o1", "act": act, **more}
    answer: dict[str, Any] = sandbox.control("POST", "users/act", order).json()
    return answer


@pytest.mark.parametrize("act", sorted(OPENING))
def test_each_act_lets_so_many_messages_follow(sandbox: SandboxClient, act: str) -> None:
    assert does(sandbox, act)["left"] == OPENING[act].messages
    codes = [say(sandbox) for _ in range(OPENING[act].messages + 1)]
    assert codes == [0] * OPENING[act].messages + [45047]


@pytest.mark.parametrize("act", sorted(OPENING))
def test_a_window_is_over_after_its_time(sandbox: SandboxClient, act: str) -> None:
    does(sandbox, act, at=time.time() - OPENING[act].seconds - 1)
    assert say(sandbox) == 45015


def test_who_never_did_anything_is_45015(sandbox: SandboxClient) -> None:
    assert say(sandbox) == 45015


def test_what_closes_first_is_used_first_and_acting_again_begins_anew(sandbox: SandboxClient) -> None:
    does(sandbox, "message")
    does(sandbox, "menu")
    assert [say(sandbox) for _ in range(4)] == [0] * 4
    assert does(sandbox, "message")["left"] == 5


def test_who_leaves_gets_nothing_more_and_who_follows_again_does(sandbox: SandboxClient) -> None:
    does(sandbox, "message")
    does(sandbox, "unfollow")
    assert say(sandbox) == 43004
    token = sandbox.token("wx1")
    values = {"character_string1": "SO1", "thing2": "茶", "time3": "15:01"}
    template = "sandbox_oa_order_shipped_000000000000000001"
    assert sandbox.send(paths.TEMPLATE_SEND, token, "o1", template, values).json()["errcode"] == 43004
    does(sandbox, "follow")
    assert (say(sandbox), sandbox.send(paths.TEMPLATE_SEND, token, "o1", template, values).json()["errcode"]) == (
        0,
        0,
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"msgtype": "poem", "poem": {}}, 40008),
        ({"msgtype": "text"}, 47001),
        ({"msgtype": "text", "text": {"content": " "}}, 47001),
        ({"msgtype": "image", "image": {}}, 47001),
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}, {"title": "b"}]}}, 45008),
        ({"msgtype": "news", "news": {"articles": []}}, 47001),
        ({"msgtype": "msgmenu", "msgmenu": {"list": [{"id": "1"}]}}, 47001),
    ],
)
def test_a_message_of_a_wrong_form_is_refused_and_uses_nothing_up(
    sandbox: SandboxClient, body: dict[str, Any], code: int
) -> None:
    does(sandbox, "enter")
    assert say(sandbox, body) == code
    assert [say(sandbox) for _ in range(3)] == [0, 0, 45047]


def test_a_stranger_is_40003(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"known_users_only": True})
    assert (say(sandbox, openid="o9"), notify(sandbox)) == (40003, 40003)


@pytest.mark.parametrize("code", [-1, 40001, 40013, 40200, 48002, 70000])
def test_the_other_refusals_come_on_demand_with_the_words_of_the_platform(
    sandbox: SandboxClient, code: int
) -> None:
    sandbox.control("POST", "faults", {"errcode": code, "path": paths.CUSTOM_SEND})
    answer = sandbox.ask(
        "POST", paths.CUSTOM_SEND, {"touser": "o1", **TEXT}, {"access_token": sandbox.token("wx1")}
    )
    assert answer.json()["errcode"] == code
    assert "sandbox fault" not in answer.json()["errmsg"]


def test_one_consent_is_one_message_and_does_not_add_up(sandbox: SandboxClient) -> None:
    for _ in range(2):
        does(sandbox, "consent", template_id="T1", scene=7)
    assert [notify(sandbox), notify(sandbox)] == [0, 43101]
    does(sandbox, "consent", template_id="T1", scene=7)
    assert (notify(sandbox, scene=8), notify(sandbox, template_id="T2"), notify(sandbox)) == (43101, 43101, 0)


def test_a_one_time_message_needs_no_follower(sandbox: SandboxClient) -> None:
    does(sandbox, "unfollow")
    does(sandbox, "consent", template_id="T1", scene=7)
    assert notify(sandbox) == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": ""}, 40062),
        ({"title": "1234567890123456"}, 40062),
        ({"template_id": ""}, 40037),
        ({"scene": "10001"}, 47003),
        ({"scene": "x"}, 47003),
        ({"data": {}}, 47003),
        ({"data": {"content": {"value": "x" * 201}}}, 47003),
    ],
)
def test_a_one_time_message_of_a_wrong_form_is_refused(
    sandbox: SandboxClient, wrong: dict[str, Any], code: int
) -> None:
    does(sandbox, "consent", template_id="T1", scene=7)
    assert notify(sandbox, **wrong) == code
    assert notify(sandbox) == 0


def test_a_mini_program_has_neither(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatmp"})
    assert (say(sandbox), notify(sandbox)) == (48001, 48001)


@pytest.mark.parametrize(
    ("act", "event"), [("follow", "subscribe"), ("unfollow", "unsubscribe"), ("menu", "CLICK")]
)
def test_what_people_do_is_pushed(sandbox: SandboxClient, callback: Callback, act: str, event: str) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatoa", "callback": callback.url})
    answer = does(sandbox, act, fields={"EventKey": "V1"})
    assert answer["push"]["acknowledged"] is True
    body = callback.received[-1].body.decode()
    assert f"<Event><![CDATA[{event}]]></Event>" in body
    assert "V1" in body


def test_what_people_write_is_pushed_and_a_consent_is_not(sandbox: SandboxClient, callback: Callback) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatoa", "callback": callback.url})
    does(sandbox, "message", fields={"Content": "Where is it?"})
    body = callback.received[-1].body.decode()
    assert "<MsgType><![CDATA[text]]></MsgType>" in body
    assert "Where is it?" in body
    assert does(sandbox, "consent", template_id="T1", scene=7)["push"] is None


@pytest.mark.parametrize(
    "order", [{"act": "sing"}, {"act": "message", "openid": ""}, {"act": "consent"}, {"act": "menu", "more": 1}]
)
def test_an_act_that_makes_no_sense_is_400(sandbox: SandboxClient, order: dict[str, Any]) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatoa"})
    answer = sandbox.ask("POST", "/_sandbox/users/act", {"appid": "wx1", "openid": "o1", **order})
    assert answer.status_code == 400

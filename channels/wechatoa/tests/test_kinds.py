"""The messages that fill no template: customer-service messages and one-time subscription messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from marshmallow import ValidationError

from channels._wechat.tests.simulator import APPID, SECRET
from channels.wechatoa import channel
from channels.wechatoa.customer_service import BRANCHES, CustomerServiceMessage
from channels.wechatoa.one_time import OneTimeMessage
from channels.wechatoa.schemas import Message
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Call, Json, Reply
from ums.sdk.errors import Accepted, AddressFault, BadAddress, BadContent
from ums.sdk.lint import CLEAN
from ums.sdk.plugin import Outbound
from ums.sdk.testing import REPEAT_ID, play

ACCOUNT = OfficialAccountSettings(appid=APPID, secret=SECRET, token="push-token")
PAGE: Json = {"title": "Shop", "appid": "wxfedcba9876543210", "pagepath": "pages/a", "thumb_media_id": "m1"}
BODIES: dict[str, Json] = {
    "text": {"content": '<a href="https://example.com">茶</a>\nsecond line'},
    "image": {"media_id": "m1"},
    "voice": {"media_id": "m1"},
    "video": {"media_id": "m1", "thumb_media_id": "m2", "title": "Tea", "description": "How it grows"},
    "music": {
        "title": "Song",
        "description": "Slow",
        "musicurl": "https://example.com/a.mp3",
        "hqmusicurl": "https://example.com/b.mp3",
        "thumb_media_id": "m1",
    },
    "news": {
        "articles": [{"title": "Tea", "description": "New", "url": "https://e.com", "picurl": "https://e.com/p"}]
    },
    "mpnews": {"media_id": "m1"},
    "mpnewsarticle": {"article_id": "a1"},
    "msgmenu": {"head_content": "Happy?", "list": [{"id": "1", "content": "Yes"}], "tail_content": "Thanks"},
    "wxcard": {"card_id": "c1"},
    "miniprogrampage": PAGE,
}
ONE_TIME: dict[str, Json] = {
    "type": 3,
    "template_id": "TPL1",
    "scene": 42,
    "title": "A parcel",
    "data": {"content": {"value": "It has come.", "color": "#173177"}},
}


def answer(kind: str = "text", /, **more: Json) -> dict[str, Json]:
    return {"type": 2, "msgtype": kind, kind: BODIES[kind], **more}


def content(body: dict[str, Json]) -> CustomerServiceMessage | OneTimeMessage:
    made = channel.message_schema().load(body)
    assert isinstance(made, CustomerServiceMessage | OneTimeMessage)
    return made


def refusal(body: dict[str, Json]) -> Any:
    with pytest.raises(ValidationError) as caught:
        channel.message_schema().load(body)
    return caught.value.messages


def sent(body: dict[str, Json], reply: bytes = b'{"errcode":0,"errmsg":"ok"}') -> tuple[Call, Accepted]:
    calls: list[Call] = []
    outbound: Outbound[Message] = Outbound(address="oABC", content=content(body), repeat_id=REPEAT_ID)
    accepted = play(channel.send(ACCOUNT, outbound), Reply(200, reply), calls=calls)
    return calls[0], accepted


def test_every_msgtype_is_tried_here() -> None:
    assert set(BODIES) == set(BRANCHES)


@pytest.mark.parametrize("msgtype", BODIES)
def test_a_customer_service_message_goes_out_as_it_was_written(msgtype: str) -> None:
    call, accepted = sent(answer(msgtype))
    assert call.url.endswith("/cgi-bin/message/custom/send")
    assert json.loads(call.body) == {"touser": "oABC", "msgtype": msgtype, msgtype: BODIES[msgtype]}
    assert accepted == Accepted()


def test_who_speaks_and_for_whom_goes_beside_it() -> None:
    more: dict[str, Json] = {
        "customservice": {"kf_account": "anna@shop"},
        "aimsgcontext": {"is_ai_msg": 1},
        "businessid": 7,
    }
    call, _ = sent({**answer(), **more})
    assert json.loads(call.body).items() >= more.items()


def test_what_was_sent_empty_was_not_sent() -> None:
    more: dict[str, Json] = {"image": {}, "news": None, "customservice": {"kf_account": ""}, "businessid": ""}
    assert content({**answer(), **more}) == content(answer())


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"type": 2}, {"msgtype": ["Missing data for required field."]}),
        (
            {"type": 2, "msgtype": "poem"},
            {"msgtype": [f"Must be one of: {', '.join(sorted(BRANCHES))}."]},
        ),
        (
            {"type": 2, "msgtype": "text"},
            {"text": ['Missing: the msgtype "text" says that it is here.']},
        ),
        (
            answer(image={"media_id": "m1"}),
            {"image": ['Only with the msgtype "image", not with "text".']},
        ),
        (answer(text={}), {"text": {"content": ["Missing data for required field."]}}),
        (answer(text={"content": "x", "color": "red"}), {"text": {"color": ["Unknown field."]}}),
        (
            answer("news", news={"articles": [{"title": "a"}, {"title": "b"}]}),
            {"news": {"articles": ["Must hold exactly one article."]}},
        ),
        (
            answer("news", news={"articles": [{"title": "a", "url": "example.com"}]}),
            {"news": {"articles": {0: {"url": ["Must begin with http:// or https://."]}}}},
        ),
        (answer("msgmenu", msgmenu={"list": []}), {"msgmenu": {"list": ["Must hold 1 to 100 entries."]}}),
        (answer(aimsgcontext={"is_ai_msg": 2}), {"aimsgcontext": {"is_ai_msg": ["Must be 0 or 1."]}}),
        (answer(template_id="T"), {"template_id": ["Unknown field."]}),
    ],
)
def test_what_is_wrong_is_told_by_its_path(body: dict[str, Json], messages: object) -> None:
    assert refusal(body) == messages


def test_a_one_time_message_is_these_members() -> None:
    link: dict[str, Json] = {"appid": "wxfedcba9876543210", "pagepath": "pages/a"}
    call, accepted = sent({**ONE_TIME, "url": "https://example.com", "miniprogram": link})
    assert call.url.endswith("/cgi-bin/message/template/subscribe")
    assert json.loads(call.body) == {
        "touser": "oABC",
        "template_id": "TPL1",
        "url": "https://example.com",
        "miniprogram": link,
        "scene": "42",
        "title": "A parcel",
        "data": {"content": {"value": "It has come.", "color": "#173177"}},
    }
    assert accepted == Accepted()


def test_a_scene_may_be_written_as_text() -> None:
    assert content({**ONE_TIME, "scene": "42"}) == content(ONE_TIME)


@pytest.mark.parametrize(
    ("wrong", "paths"),
    [
        ({"scene": 10_001}, ["scene"]),
        ({"scene": True}, ["scene"]),
        ({"scene": "4a"}, ["scene"]),
        ({"title": "1234567890123456"}, ["title"]),
        ({"title": ""}, ["title"]),
        ({"data": {"thing1": {"value": "x"}}}, ["data.content", "data.thing1"]),
        ({"data": {"content": {"value": "x" * 201}}}, ["data.content.value"]),
        ({"data": {"content": {"value": "x", "color": "red"}}}, ["data.content.color"]),
        ({"page": "index"}, ["page"]),
    ],
)
def test_what_is_wrong_with_a_one_time_message_is_told_by_its_path(
    wrong: dict[str, Json], paths: list[str]
) -> None:
    assert sorted(flattened(refusal({**ONE_TIME, **wrong}))) == paths


def flattened(messages: Any, path: str = "") -> list[str]:
    if isinstance(messages, dict):
        return [one for name, inner in messages.items() for one in flattened(inner, f"{path}.{name}".lstrip("."))]
    return [path]


@pytest.mark.parametrize("body", [answer(), ONE_TIME])
def test_nothing_is_reported_of_them_and_no_repeat_is_dropped(body: dict[str, Json]) -> None:
    assert (channel.reports(ACCOUNT, content(body)), channel.repeat_window(content(body))) == (False, 0.0)


def test_each_has_its_endpoint_and_what_it_needs() -> None:
    answers, one_time = content(answer()), content(ONE_TIME)
    assert (channel.endpoint(answers), channel.endpoint(one_time)) == ("customer_service", "one_time")
    assert (channel.in_window(answers), channel.in_window(one_time)) == (True, False)
    assert (channel.to_followers(answers), channel.to_followers(one_time)) == (True, False)
    assert (channel.credit(answers), channel.credit(one_time)) == (None, "TPL1#42")
    assert (channel.most_credits("TPL1#42"), channel.most_credits("TPL1")) == (1, None)


@pytest.mark.parametrize(
    ("body", "code", "reason", "scope"),
    [
        (answer(), 45015, "outside_window", AddressFault.WINDOW),
        (answer(), 45047, "window_used_up", AddressFault.WINDOW),
        (answer(), 43004, "not_following", AddressFault.FOLLOW),
        (answer(), 70000, "minor_protected", AddressFault.TEMPLATE),
        (answer(), 48002, "refuses_messages", AddressFault.ADDRESS),
        (ONE_TIME, 43101, "no_credit", AddressFault.TEMPLATE),
    ],
)
def test_what_stands_between_it_and_the_person(
    body: dict[str, Json], code: int, reason: str, scope: AddressFault
) -> None:
    with pytest.raises(BadAddress) as caught:
        sent(body, json.dumps({"errcode": code, "errmsg": "no"}).encode())
    assert (caught.value.reason, caught.value.scope) == (reason, scope)


@pytest.mark.parametrize(
    ("body", "code", "field"), [(ONE_TIME, 40062, "title"), (answer(), 45008, "news.articles")]
)
def test_a_refused_form_names_its_member(body: dict[str, Json], code: int, field: str) -> None:
    with pytest.raises(BadContent) as caught:
        sent(body, json.dumps({"errcode": code, "errmsg": "no"}).encode())
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (answer(text={"content": " \n"}), "text.content"),
        (answer(text={"content": "a\x07"}), "text.content"),
        (answer("msgmenu", msgmenu={"list": [{"id": "1", "content": "\u3000"}]}), "msgmenu.list.0.content"),
        ({**ONE_TIME, "title": "😀" * 8}, "title"),
        ({**ONE_TIME, "title": " "}, "title"),
        ({**ONE_TIME, "data": {"content": {"value": "\t"}}}, "data.content.value"),
    ],
)
def test_what_the_platform_would_refuse_is_found_by_its_path(body: dict[str, Json], path: str) -> None:
    found = channel.lint(ACCOUNT, content(body), None)
    assert [finding.path for finding in found.findings] == [path]


@pytest.mark.parametrize("body", [*map(answer, BODIES), ONE_TIME])
def test_what_is_well_lints_clean(body: dict[str, Json]) -> None:
    assert channel.lint(ACCOUNT, content(body), None) == CLEAN


@pytest.mark.parametrize(
    ("template", "kind", "endpoint", "credit", "to_followers"),
    [
        ("T1", "template", "template", None, True),
        ("T1", "subscription", "subscription", "T1", False),
        ("T1#42", "", "one_time", "T1#42", False),
        ("T1", "", "template", None, True),
        ("", "", "template", None, True),
    ],
)
def test_a_specimen_is_what_an_application_would_send(
    template: str, kind: str, endpoint: str, credit: str | None, to_followers: bool
) -> None:
    specimen = channel.specimen(template, kind)
    made = channel.message_schema().load(specimen.content)
    assert channel.endpoint(made) == endpoint
    assert (channel.credit(made), channel.to_followers(made)) == (credit, to_followers)
    assert specimen.on_list is (endpoint != "one_time")


def test_a_consent_to_a_scene_that_there_can_not_be_makes_nothing_that_could_be_sent() -> None:
    for name in ("T1#", "T1#x", "T1#10001", "#7"):
        with pytest.raises(ValidationError):
            channel.message_schema().load(channel.specimen(name).content)

"""Pushes handed on to the address that took them before, over a real receiver."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from channels._wechat.tests.simulator import AES_KEY, APPID, SECRET, TOKEN, sealed, signed
from channels.wechatoa import channel as official_account
from tests.api.site import Site, open_site
from tests.receiver import Answer, Receiver, receiving
from ums.domain.errors import InvalidRequest
from ums.provider import forwarder
from ums.sdk.hook import HookRequest
from ums.services import channels
from ums.store.models import ProviderEventRow

LETTER = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1</CreateTime>"
    "<MsgType>text</MsgType><Content>你好 &amp; +%20</Content><MsgId>7</MsgId></xml>"
)
EVENT = "<xml><FromUserName>o1</FromUserName><MsgType>event</MsgType><Event>subscribe</Event></xml>"
REPLY = "<xml><Content>您好</Content></xml>"


@pytest.fixture
def bot() -> Iterator[Receiver]:
    with receiving() as running:
        running.usual = Answer(body=REPLY.encode(), headers={"Content-Type": "text/xml; charset=utf-8"})
        yield running


@pytest.fixture
def site(tmp_path: Path, bot: Receiver) -> Iterator[Site]:
    opened = open_site(tmp_path, plugins=[official_account])
    connect(opened, bot.url + "?account=7")
    yield opened
    opened.gateway.close()


def connect(site: Site, url: str) -> None:
    given = {"appid": APPID, "secret": SECRET, "token": TOKEN, "encoding_aes_key": AES_KEY, "forward_url": url}
    channels.add(site.gateway, "oa1", "wechatoa", given)


def pushed(site: Site, push: HookRequest, **headers: str) -> TestResponse:
    media = {"Content-Type": "text/xml; charset=gbk", **headers}
    query = urlencode(push.query)
    return site.http.open(f"/hooks/oa1?{query}", method=push.method, data=push.body, headers=media)


def letter(site: Site) -> HookRequest:
    return signed(LETTER, site.clock.now())


def event(site: Site) -> HookRequest:
    return signed(EVENT, site.clock.now())


def test_what_a_person_writes_goes_on_as_it_came_and_the_answer_comes_back(site: Site, bot: Receiver) -> None:
    push = letter(site)
    answer = pushed(site, push)
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, REPLY)
    assert answer.content_type == "text/xml; charset=utf-8"
    (post,) = bot.posts
    assert post.body == push.body == LETTER.encode()
    assert post.query == {"account": ["7"], **parse_qs(urlencode(push.query))}
    assert post.headers["Content-Type"] == "text/xml; charset=gbk"


def test_a_sealed_push_goes_on_sealed(site: Site, bot: Receiver) -> None:
    push = sealed(LETTER, site.clock.now())
    assert pushed(site, push).get_data(as_text=True) == REPLY
    (post,) = bot.posts
    assert (post.body, post.query["msg_signature"]) == (push.body, [push.query["msg_signature"]])


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, b"trouble"),
        Answer(302, b"", {"Location": "http://127.0.0.1/"}),
        Answer(204),
        Answer(200, b"\xff\xfe"),
        Answer(200, b"x" * 20_000),
    ],
)
def test_where_no_good_answer_comes_the_platform_is_told_success(site: Site, bot: Receiver, answer: Answer) -> None:
    bot.usual = answer
    told = pushed(site, letter(site))
    assert (told.status_code, told.get_data(as_text=True)) == (200, "success")


def test_an_answer_that_takes_too_long_is_not_waited_for(
    site: Site, bot: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarder, "ANSWER_SECONDS", 0.1)
    held = threading.Event()
    bot.usual = Answer(body=REPLY.encode(), until=held)
    assert pushed(site, letter(site)).get_data(as_text=True) == "success"
    held.set()


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", ""])
def test_an_answer_is_never_a_page(site: Site, bot: Receiver, kind: str) -> None:
    bot.usual = Answer(body=b"<script>alert(1)</script>", headers={"Content-Type": kind})
    answer = pushed(site, letter(site))
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_empty_answer_is_passed_back(site: Site, bot: Receiver) -> None:
    bot.usual = Answer(body=b"")
    assert pushed(site, letter(site)).get_data() == b""


def test_an_event_is_kept_answered_at_once_and_goes_on(site: Site, bot: Receiver) -> None:
    held = threading.Event()
    bot.usual = Answer(body=REPLY.encode(), until=held)
    push = event(site)
    for _ in range(20):
        assert pushed(site, push).get_data(as_text=True) == "success"
    with site.gateway.database.read() as session:
        assert list(session.scalars(select(ProviderEventRow.kind))) == ["subscribe"]
    held.set()
    posts = bot.wait_for_posts(20)
    assert {post.body for post in posts} == {push.body}
    assert posts[0].query["signature"] == [push.query["signature"]]


def test_what_is_not_believed_goes_nowhere(site: Site, bot: Receiver) -> None:
    forged = signed(LETTER, site.clock.now(), token="another")
    stale = signed(LETTER, site.clock.now() - 301)
    assert [pushed(site, push).status_code for push in (forged, stale)] == [403, 403]
    check = HookRequest(method="GET", query={**letter(site).query, "echostr": "7"}, body=b"", now=0.0)
    assert pushed(site, check).get_data(as_text=True) == "7"
    assert bot.posts == []


def test_what_another_gateway_has_handed_on_goes_no_further(site: Site, bot: Receiver) -> None:
    (mark,) = [name for name in (pushed(site, letter(site)), bot.posts[0].headers)[1] if name.startswith("X-Ums")]
    assert pushed(site, letter(site), **{mark: "1"}).get_data(as_text=True) == "success"
    assert len(bot.posts) == 1


def test_private_networks_are_closed_unless_an_operator_opens_them(tmp_path: Path, bot: Receiver) -> None:
    site = open_site(tmp_path, plugins=[official_account], allowed_networks=())
    connect(site, bot.url)
    for push in (letter(site), event(site)):
        assert pushed(site, push).get_data(as_text=True) == "success"
    site.gateway.close()
    assert bot.posts == []


@pytest.mark.parametrize(
    "url",
    [
        "bot.example.com",
        "ftp://bot.example.com",
        "http://",
        "https://me:pw@bot.example.com",
        "https://b.example/#x",
    ],
)
def test_an_address_that_cannot_be_called_is_refused(tmp_path: Path, url: str) -> None:
    site = open_site(tmp_path, plugins=[official_account])
    with pytest.raises(InvalidRequest) as refused:
        connect(site, url)
    assert list(refused.value.errors) == ["settings.forward_url"]
    site.gateway.close()

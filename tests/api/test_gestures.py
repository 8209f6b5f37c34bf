"""What people do at an official account binds them, or brings them a link; whoever comes too late is told so.

The account is the sandbox's, which pushes over HTTP and keeps what people are answered.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from channels.wechatoa import channel as official_account
from channels.wechatoa.settings import BOUND, EXPIRED, KNOWN, TAKEN
from sandbox.client import SandboxClient
from sandbox.events import original_id
from sandbox.inprocess import running
from tests.api.site import Site, open_site, serving, told
from tests.fakes import PlainPlugin
from tests.receiver import Answer, Receiver, receiving
from ums.domain.bind_ticket import Purpose
from ums.domain.commands import Json
from ums.domain.linking import Linking
from ums.services import applications, channels, pushes
from ums.services.applications import ApplicationChange
from ums.services.binding import signing
from ums.store import bind_tickets, db
from ums.store.models import ProviderEventRow

APPID, TOKEN = "wx00000000000000b2", "word"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
QR = "/v1/bind/qr"
LI, WANG = "oLi0000000000000000000000001", "oWang00000000000000000000001"

BOT = (
    f"<xml><ToUserName>{LI}</ToUserName><FromUserName>{original_id(APPID)}</FromUserName><CreateTime>1</CreateTime>"
    "<MsgType>text</MsgType><Content>bot</Content></xml>"
)


@dataclass(frozen=True, slots=True)
class Street:
    """A gateway, its account at the sandbox, and the people there."""

    site: Site
    sandbox: SandboxClient

    def drawn(self, userid: str = "wangwu", **more: Json) -> str:
        """The ticket of a new picture, as its address has it."""
        answer = self.site.post(QR, {"userid": userid, **more})
        assert answer.status_code == 200, answer.get_json()
        assert userid not in answer.get_data(as_text=True)
        return parse_qs(urlsplit(str(answer.get_json()["picture_url"])).query)["ticket"][0]

    def scans(self, openid: str, ticket: str) -> str:
        """What somebody is told who scans a picture."""
        return said(self.sandbox.scan(APPID, openid, ticket))

    def taps(self, openid: str, key: str = "BIND") -> str:
        return said(self.sandbox.act(APPID, openid, "menu", key=key))

    def writes(self, openid: str, content: str) -> str:
        return self.sandbox.answered(APPID, openid, content)

    def held(self, userid: str) -> list[str]:
        answer = self.site.get(f"/v1/user/{userid}")
        bindings = answer.get_json()["bindings"] if answer.status_code == 200 else []
        return [str(one["value"]) for one in bindings if one["bind_id"] == "oa1"]

    def cause(self, userid: str) -> str:
        bindings = self.site.get(f"/v1/user/{userid}").get_json()["bindings"]
        return str(next(one["cause"] for one in bindings if one["bind_id"] == "oa1"))


def said(act: dict[str, Json]) -> str:
    """The words that somebody is answered, empty for none."""
    push = act["push"]
    reply = push.get("reply") if isinstance(push, dict) else None
    return str(reply.get("Content", "")) if isinstance(reply, dict) else ""


@pytest.fixture(scope="module")
def platform() -> Iterator[SandboxClient]:
    with running() as url, SandboxClient(url) as sandbox:
        yield sandbox


@pytest.fixture(params=["plain", "sealed"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def street(tmp_path: Path, platform: SandboxClient, bot: Receiver) -> Iterator[Street]:
    yield from open_street(tmp_path, platform, bot, "plain")


@pytest.fixture
def street_of_any_mode(tmp_path: Path, platform: SandboxClient, bot: Receiver, mode: str) -> Iterator[Street]:
    yield from open_street(tmp_path, platform, bot, mode)


@pytest.fixture
def bot() -> Iterator[Receiver]:
    with receiving() as running_bot:
        running_bot.usual = Answer(body=BOT.encode(), headers={"Content-Type": "text/xml"})
        yield running_bot


def open_street(home: Path, platform: SandboxClient, bot: Receiver, mode: str) -> Iterator[Street]:
    platform.control("POST", "reset")
    site = open_site(home, plugins=[official_account, PlainPlugin("sms")])
    # the sandbox's pushes say the time of this machine
    site.clock.advance(time.time() - site.clock.now())
    key = {"encoding_aes_key": AES_KEY} if mode == "sealed" else {}
    given = {"appid": APPID, "secret": "any", "token": TOKEN, "base_url": platform.url, **key}
    for code in ("app1", "mail1"):
        channels.remove(site.gateway, code)
    channels.add(site.gateway, "sms1", "sms", {"account": "sms1", "secret": "right"}, ["shop"])
    channels.add(
        site.gateway, "oa1", "wechatoa", {**given, "bind_keys": "BIND", "bind_words": "绑定, bind"}, ["shop"]
    )
    with serving(site) as address:
        account = {"kind": "wechatoa", "secret": "any", "token": TOKEN, "callback": f"{address}/hooks/oa1", **key}
        platform.control("PUT", f"accounts/{APPID}", account)
        yield Street(site, platform)
    site.gateway.close()


def test_whoever_scans_first_is_bound_and_told_so(street_of_any_mode: Street) -> None:
    street = street_of_any_mode
    ticket = street.drawn()
    assert street.scans(LI, ticket) == BOUND
    assert (street.held("wangwu"), street.cause("wangwu")) == ([LI], "scan")
    # a second scanner, and himself once more
    assert (street.scans(WANG, ticket), street.scans(LI, ticket)) == (EXPIRED, BOUND)
    assert street.held("wangwu") == [LI]


def test_who_begins_to_follow_by_it_is_bound(street: Street) -> None:
    street.sandbox.control("PUT", "users", {"appid": APPID, "users": [{"openid": LI, "following": False}]})
    assert street.scans(LI, street.drawn()) == BOUND
    assert street.held("wangwu") == [LI]


def test_somebody_else_s_address_is_refused_and_the_picture_stays_good(street: Street) -> None:
    assert street.scans(LI, street.drawn("lisi")) == BOUND
    ticket = street.drawn("wangwu")
    assert [street.scans(LI, ticket) for _ in range(2)] == [TAKEN, TAKEN]
    assert (street.held("lisi"), street.held("wangwu")) == ([LI], [])
    assert street.scans(WANG, ticket) == BOUND
    assert street.held("wangwu") == [WANG]


@pytest.mark.parametrize(("later", "words", "bound"), [(59.0, BOUND, [LI]), (61.0, EXPIRED, [])])
def test_a_picture_serves_as_long_as_was_asked_for(
    street: Street, later: float, words: str, bound: list[str]
) -> None:
    ticket = street.drawn(expires_in=60)
    street.site.clock.advance(later)
    assert street.scans(LI, ticket) == words
    assert street.held("wangwu") == bound


def test_for_how_long_is_told(street: Street) -> None:
    lives = [street.site.post(QR, {"userid": "u", **more}).get_json()["expires_in"] for more in ASKED_FOR]
    assert lives == [300, 60, 2_592_000]


ASKED_FOR: list[dict[str, Json]] = [{}, {"expires_in": 60}, {"expires_in": 2_592_000}]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"expires_in": 59}, 400),
        ({"expires_in": 2_592_001}, 400),
        ({"userid": "wang wu"}, 400),
        ({"userid": ""}, 400),
        ({"channel": "sms1"}, 400),
        ({"channel": "app2"}, 404),
    ],
)
def test_a_picture_that_can_t_be_had_says_why(street: Street, changes: dict[str, Json], status: int) -> None:
    answer = street.site.post(QR, {"userid": "wangwu", "channel": "oa1", **changes})
    assert told(answer)[0] == status


def test_other_scenes_are_nobody_s_of_ours(street: Street, bot: Receiver) -> None:
    channels.change(street.site.gateway, "oa1", {"forward_url": bot.url})
    token = street.sandbox.token(APPID)
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "shop_7"}}}
    ticket = street.sandbox.post("/cgi-bin/qrcode/create", token, scene).json()["ticket"]
    assert street.scans(LI, ticket) == ""
    assert len(bot.wait_for_posts(1)) == 1


def test_a_button_brings_a_link_that_is_for_him_alone(street: Street, bot: Receiver) -> None:
    channels.change(street.site.gateway, "oa1", {"forward_url": bot.url})
    login_page(street.site, "shop")
    words = street.taps(LI)
    found = re.search(r"http://127\.0\.0\.1:8080/bind/oa1\?ticket=([0-9A-Za-z]{58})$", words, re.M)
    assert found is not None, words
    assert LI not in words
    digest = signing.checked(street.site.gateway, Purpose.BIND, found[1])
    with street.site.gateway.database.read() as session:
        ticket = bind_tickets.find(session, digest or "", street.site.clock.now())
    assert ticket is not None
    assert (ticket.known, ticket.userid) == (LI, "")
    # our answer is given, and the bot is told all the same
    assert len(bot.wait_for_posts(1)) == 1


@pytest.mark.parametrize("word", ["绑定", "bind", " BIND "])
def test_so_does_a_word(street: Street, word: str) -> None:
    login_page(street.site, "shop")
    assert "/bind/oa1?ticket=" in street.writes(LI, word)


def test_other_words_are_the_bot_s(street: Street, bot: Receiver) -> None:
    channels.change(street.site.gateway, "oa1", {"forward_url": bot.url})
    login_page(street.site, "shop")
    assert street.writes(LI, "How do I bind it?") == "bot"
    assert street.taps(LI, "OTHER") == ""


def test_who_is_bound_already_is_told_so(street: Street) -> None:
    login_page(street.site, "shop")
    street.scans(LI, street.drawn())
    assert (street.taps(LI), street.writes(LI, "bind")) == (KNOWN, KNOWN)


def test_where_nobody_or_several_could_bind_him_the_bot_is_asked(street: Street, bot: Receiver) -> None:
    channels.change(street.site.gateway, "oa1", {"forward_url": bot.url})
    assert street.writes(LI, "bind") == "bot"
    login_page(street.site, "shop")
    login_page(street.site, "bank")
    applications.change(
        street.site.gateway, id_of(street.site, "bank"), ApplicationChange(channels=["app2", "oa1"])
    )
    assert street.writes(LI, "bind") == "bot"
    channels.change(street.site.gateway, "oa1", {"bind_application": "bank"})
    assert "/bind/oa1?ticket=" in street.writes(LI, "bind")
    channels.change(street.site.gateway, "oa1", {"bind_application": "nobody"})
    assert street.writes(LI, "bind") == "bot"


def test_what_is_said_is_the_operator_s_to_choose(street: Street) -> None:
    channels.change(
        street.site.gateway,
        "oa1",
        {"bind_reply": "Welcome & enjoy]]>", "expired_reply": "Too late", "taken_reply": "Taken"},
    )
    ticket = street.drawn()
    assert [street.scans(one, ticket) for one in (LI, WANG)] == ["Welcome & enjoy]]>", "Too late"]
    assert street.scans(LI, street.drawn("lisi")) == "Taken"


def test_a_scan_that_the_database_cannot_take_is_pushed_again_and_binds_then(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.1)
    ticket = street.drawn()
    street.sandbox.control("PUT", "pushes", {"retry_delay_ms": 300})
    spool = street.site.gateway.settings.home / "spool" / "open"
    other = sqlite3.connect(street.site.gateway.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        scan = pool.submit(street.scans, LI, ticket)
        while not spool.exists():
            assert not scan.done()
        other.close()
        assert scan.result() == BOUND
    assert street.held("wangwu") == [LI]
    # what the push tells besides is kept once
    pushes.drain(street.site.gateway)
    with street.site.gateway.database.read() as session:
        assert len(list(session.scalars(select(ProviderEventRow)))) == 1


def test_a_scan_that_it_never_takes_is_not_called_taken(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.1)
    ticket = street.drawn()
    street.sandbox.control("PUT", "pushes", {"retry_delay_ms": 10})
    other = sqlite3.connect(street.site.gateway.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    push = street.sandbox.scan(APPID, LI, ticket)["push"]
    other.close()
    assert (push["acknowledged"], push["http_status"]) == (False, 503)
    assert street.held("wangwu") == []
    assert street.scans(LI, ticket) == BOUND


def login_page(site: Site, name: str) -> None:
    linking = Linking(login_url="https://shop.example/login")
    applications.change(site.gateway, id_of(site, name), ApplicationChange(linking=linking))


def id_of(site: Site, name: str) -> int:
    return applications.by_name(site.gateway, name).id

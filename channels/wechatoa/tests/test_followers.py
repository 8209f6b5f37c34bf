"""Who follows an account, who they are, and signatures for web pages."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from channels._wechat.tests.simulator import APPID, OPENID, SECRET, UNIONID, refused, said
from channels.wechatoa import channel
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Call, Exchange, Json, Reply
from ums.sdk.errors import BadChannel, SendError, Throttled, Transient
from ums.sdk.people import Follower, FollowerPage, Person
from ums.sdk.rehearsal import rehearse
from ums.sdk.testing import play

ACCOUNT = OfficialAccountSettings(appid=APPID, secret=SECRET)
MANY = [f"oMany{number}" for number in range(100)]


def failed(exchange: Exchange[object], answer: Reply) -> SendError:
    with pytest.raises(SendError) as caught:
        play(exchange, answer)
    return caught.value


def page(answer: Json, after: str = "") -> FollowerPage:
    return play(channel.followers(ACCOUNT, after), said(answer))


def test_a_page_begins_after_the_address_before() -> None:
    calls: list[Call] = []
    answer: Json = {"total": 3, "count": 2, "data": {"openid": ["o1", "o2"]}, "next_openid": "o2"}
    play(channel.followers(ACCOUNT, ""), said(answer), calls=calls)
    found = play(channel.followers(ACCOUNT, "o0"), said(answer), calls=calls)
    assert [call.query for call in calls] == [{}, {"next_openid": "o0"}]
    assert (calls[0].url, calls[0].token) == ("https://api.weixin.qq.com/cgi-bin/user/get", True)
    assert found == FollowerPage(addresses=("o1", "o2"), after="o2", total=3)


@pytest.mark.parametrize(
    ("answer", "addresses"),
    [
        ({"total": 2, "count": 1, "data": {"openid": ["o2"]}, "next_openid": ""}, ("o2",)),
        ({"total": 2, "count": 1, "data": {"openid": ["o2"]}}, ("o2",)),
        ({"total": 2, "count": 0, "next_openid": ""}, ()),
        ({"total": 2, "count": 0, "next_openid": "o1"}, ()),
        ({"total": 2, "count": 0, "data": {"openid": []}, "next_openid": "o9"}, ()),
        ({"total": 2, "count": 1, "data": {"openid": ["o1"]}, "next_openid": "o1"}, ("o1",)),
    ],
)
def test_a_list_ends(answer: Json, addresses: Sequence[str]) -> None:
    assert page(answer, after="o1") == FollowerPage(addresses=tuple(addresses), after="", total=2)


def test_what_is_no_openid_is_left_out() -> None:
    assert page({"total": 1, "count": 3, "data": {"openid": ["o1", "", 7]}, "next_openid": ""}).addresses == ("o1",)


@pytest.mark.parametrize("answer", [{}, {"count": 2}, {"count": 1, "data": {}}, {"data": {"openid": "o1"}}])
def test_a_page_that_lists_nobody_is_none(answer: Json) -> None:
    error = failed(channel.followers(ACCOUNT, ""), said(answer))
    assert isinstance(error, Transient)
    assert "o1" not in error.provider_message


@pytest.mark.parametrize(("code", "kind"), [(61007, BadChannel), (48001, BadChannel), (45009, Throttled)])
def test_a_refused_list_says_who_must_act(code: int, kind: type[SendError]) -> None:
    assert isinstance(failed(channel.followers(ACCOUNT, ""), refused(code)), kind)


def test_people_are_described_with_what_joins_their_addresses() -> None:
    calls: list[Call] = []
    told: Json = {
        "user_info_list": [
            {"subscribe": 1, "openid": OPENID, "unionid": UNIONID},
            {"subscribe": 0, "openid": "o2"},
            {"subscribe": 1, "openid": ""},
        ]
    }
    found = play(channel.people(ACCOUNT, [OPENID, "o2"]), said(told), calls=calls)
    assert found == (
        Follower(person=Person(address=OPENID, union=UNIONID), following=True),
        Follower(person=Person(address="o2"), following=False),
    )
    assert calls[0].url == "https://api.weixin.qq.com/cgi-bin/user/info/batchget"
    assert json.loads(calls[0].body) == {
        "user_list": [{"openid": OPENID, "lang": "zh_CN"}, {"openid": "o2", "lang": "zh_CN"}]
    }


class Batches:
    """Describes everybody but strangers, one of whom spoils a call."""

    def __init__(self, *strangers: str) -> None:
        self.strangers = set(strangers)

    def answer(self, call: Call) -> Reply:
        asked = [one["openid"] for one in json.loads(call.body)["user_list"]]
        if self.strangers & set(asked):
            return said({"errcode": 40003, "errmsg": "invalid openid"})
        return said({"user_info_list": [{"subscribe": 1, "openid": openid} for openid in asked]})


@pytest.mark.parametrize("stranger", [MANY[0], MANY[57], MANY[99]])
def test_a_stranger_spoils_nothing_for_the_others(stranger: str) -> None:
    calls: list[Call] = []
    found = rehearse(channel.people(ACCOUNT, MANY), Batches(stranger), calls)
    assert [one.person.address for one in found] == [address for address in MANY if address != stranger]
    assert len(calls) <= 15


def test_of_strangers_alone_nothing_is_told() -> None:
    assert rehearse(channel.people(ACCOUNT, MANY[:4]), Batches(*MANY)) == ()


def test_the_published_signature_is_made() -> None:
    """Of the appendix of WeChat's page on the JS-SDK."""
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    url = "http://mp.weixin.qq.com?params=value"
    assert channel.page_signature(ACCOUNT, ticket, url, "Wm3WZYTPz0wzccnW", 1414587457) == {
        "appId": APPID,
        "timestamp": 1414587457,
        "nonceStr": "Wm3WZYTPz0wzccnW",
        "signature": "0f9de62fce790f9a083d5c99e95740ceb90c27ed",
    }


def test_a_ticket_is_asked_for_by_its_kind() -> None:
    calls: list[Call] = []
    told = said({"errcode": 0, "ticket": "t1", "expires_in": 7200})
    ticket = play(channel.page_ticket(ACCOUNT), told, calls=calls)
    assert (ticket.value, ticket.lifetime) == ("t1", 7200.0)
    assert (calls[0].url, calls[0].query, calls[0].token) == (
        "https://api.weixin.qq.com/cgi-bin/ticket/getticket", {"type": "jsapi"}, True,
    )  # fmt: skip

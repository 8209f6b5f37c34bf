"""The template library: what is asked, and what is made of the answers."""

from __future__ import annotations

import json

import pytest

from channels._wechat import library
from channels._wechat.tests.simulator import APPID, SECRET
from channels.wechatmp.settings import MiniProgramSettings
from channels.wechatoa import channel as official_account
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Call, Exchange, Reply
from ums.sdk.errors import BadContent, SendError, Transient
from ums.sdk.templates import LibraryCategory, LibraryKeyword, LibraryTitle, NewTemplate
from ums.sdk.testing import play

OFFICIAL = OfficialAccountSettings(appid=APPID, secret=SECRET, base_url="http://127.0.0.1:8")
MINI = MiniProgramSettings(appid=APPID, secret=SECRET, base_url="http://127.0.0.1:8")
NEW = NewTemplate(kind="subscription", tid="1221", keywords=("3", "1"), scene="发货")


def said(**members: object) -> Reply:
    return Reply(200, json.dumps({"errcode": 0, "errmsg": "ok", **members}).encode())


def test_numbers_and_texts_are_read_alike() -> None:
    found = play(library.categories(MINI), said(data=[{"id": 616, "name": "A"}, {"id": "307", "name": "B"}]))
    assert found == (LibraryCategory(id="616", name="A"), LibraryCategory(id="307", name="B"))
    keyword = {"kid": 2, "name": "地址", "example": "东门", "rule": "thing"}
    assert play(library.keywords(MINI, "99"), said(count=1, data=[keyword])) == (
        LibraryKeyword(id="2", name="地址", example="东门", type="thing"),
    )


def test_titles_are_asked_for_thirty_at_a_time() -> None:
    calls: list[Call] = []
    title = {"tid": 99, "title": "付款", "type": 3, "categoryId": "616"}
    found = play(library.titles(MINI, ("616", "307"), 30), said(count=31, data=[title]), calls=calls)
    assert found.total == 31
    assert found.titles == (LibraryTitle(tid="99", title="付款", type="long_term", category="616"),)
    assert dict(calls[0].query) == {"ids": "616,307", "start": "30", "limit": "30"}
    assert (calls[0].token, calls[0].repeatable) == (True, True)


def test_a_template_is_added_with_its_keywords_in_order_and_never_twice() -> None:
    calls: list[Call] = []
    assert play(library.add(MINI, NEW), said(priTmplId="P1"), calls=calls) == "P1"
    assert json.loads(calls[0].body) == {"tid": "1221", "kidList": [3, 1], "sceneDesc": "发货"}
    assert calls[0].repeatable is False


def test_a_template_message_is_added_and_deleted_where_those_are_kept() -> None:
    calls: list[Call] = []
    new = NewTemplate(kind="template", tid="1221", keywords=("订单号",), scene="")
    assert play(official_account.add_template(OFFICIAL, new), said(template_id="T1"), calls=calls) == "T1"
    assert json.loads(calls[0].body) == {"template_id_short": "1221", "keyword_name_list": ["订单号"]}
    play(official_account.delete_template(OFFICIAL, "template", "T1"), said(), calls=calls)
    play(official_account.delete_template(OFFICIAL, "subscription", "P1"), said(), calls=calls)
    assert [call.url.rpartition("/")[2] for call in calls[1:]] == ["del_private_template", "deltemplate"]


@pytest.mark.parametrize(
    ("code", "field"), [(200014, "tid"), (200020, "kidList"), (200021, "sceneDesc"), (200022, "tid")]
)
def test_a_wrong_choice_names_what_is_wrong(code: int, field: str) -> None:
    with pytest.raises(BadContent) as refused:
        play(library.add(MINI, NEW), Reply(200, json.dumps({"errcode": code, "errmsg": "no"}).encode()))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "exchange",
    [
        library.categories(MINI),
        library.titles(MINI, ("1",), 0),
        library.keywords(MINI, "1"),
        library.add(MINI, NEW),
    ],
)
def test_an_answer_without_what_was_asked_for_is_none(exchange: Exchange[object]) -> None:
    with pytest.raises(SendError) as refused:
        play(exchange, said())
    assert isinstance(refused.value, Transient)

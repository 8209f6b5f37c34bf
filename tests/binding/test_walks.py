"""From a link to being bound, on a phone: with a userid, without one, with a login in the mini program."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from tests.binding.phone import (
    CODE,
    OPENID,
    UNION,
    Phone,
    Town,
    fields_of,
    link_to,
    result_in,
    state_in,
    title,
)
from ums.domain.commands import Json
from ums.sdk.errors import BadChannel, BadContent, SendError, Transient
from ums.services import channels
from ums.store import channels as channel_store
from ums.store import conflicts, identities
from ums.store.models import BindTicketRow, IdentityRow

MINI = "fake-mini-0001"


def test_a_ticket_is_a_link_for_five_minutes(town: Town) -> None:
    answer = town.ticket(userid="zhangsan").get_json()
    assert answer["code"] == 0
    assert answer["expires_in"] == 300
    assert answer["url"] == f"{town.site.gateway.settings.address}/bind/oa1?ticket={answer['ticket']}"


def test_whoever_opens_the_link_is_bound_and_told_so(town: Town, phone: Phone) -> None:
    town.knows(union=UNION)
    page = phone.walks(town.link(userid="newcomer", return_to="https://shop.example/orders"))
    assert (page.status_code, title(page)) == (200, "Connected · The shop")
    text = page.get_data(as_text=True)
    assert "ne…er" in text
    assert "newcomer" not in text
    assert '<meta http-equiv="refresh" content="3;url=https://shop.example/orders">' in text
    assert "#1677ff" in text
    assert town.bound("newcomer") == {"oa1": OPENID}
    assert town.history("newcomer") == [("oa1", True, "web")]


def test_who_has_a_short_userid_knows_himself_too(town: Town, phone: Phone) -> None:
    town.knows()
    text = phone.walks(town.link(userid="lisi")).get_data(as_text=True)
    assert "the user l…i." in text
    assert "lisi" not in text


def test_it_speaks_chinese_to_those_who_read_it(town: Town) -> None:
    town.knows()
    page = Phone(town, language="zh-CN").walks(town.link(userid="newcomer"))
    assert title(page) == "绑定成功 · The shop"


def test_opening_a_link_uses_nothing_up(town: Town) -> None:
    link = town.link(userid="newcomer")
    for _ in range(3):
        Phone(town).opens(link)
    town.knows()
    assert Phone(town).walks(link).status_code == 200


def test_a_reload_shows_the_same_and_asks_nobody_again(town: Town, phone: Phone) -> None:
    town.knows()
    state = phone.opens(town.link(userid="newcomer"))
    first = phone.get(phone.returns(state).location)
    second = phone.get(phone.returns(state).location)
    assert title(first) == title(second) == "Connected · The shop"
    assert town.people.asked == [CODE]


def test_who_is_bound_to_this_user_already_is_told_the_same(town: Town, phone: Phone) -> None:
    town.upload("zhangsan")
    town.knows()
    before = town.history("zhangsan")
    assert phone.walks(town.link(userid="zhangsan")).status_code == 200
    assert town.history("zhangsan") == before


def test_an_account_of_somebody_elses_stays_his_and_the_link_stays_good(town: Town, phone: Phone) -> None:
    town.upload("lisi")
    town.knows()
    link = town.link(userid="zhangsan")
    page = phone.walks(link)
    assert (page.status_code, title(page)) == (409, "Connected to somebody else · The shop")
    assert town.bound("lisi")["oa1"] == OPENID
    town.knows(openid="fake-another-0000001")
    assert phone.walks(link).status_code == 200
    assert town.bound("zhangsan")["oa1"] == "fake-another-0000001"


def test_somebody_new_is_brought_to_the_login_page_and_completed_by_it(town: Town, phone: Phone) -> None:
    town.knows()
    away = phone.walks(town.link())
    assert away.status_code == 303
    assert away.location.startswith("https://shop.example/login?result=")
    assert away.location.endswith("&channel=oa1#")
    told = town.site.post("/v1/bind/result", {"result": result_in(away)}).get_json()
    assert told == {"code": 0, "bound": False, "channel": "oa1"}
    done = town.site.post("/v1/bind/complete", {"result": result_in(away), "userid": "newcomer"})
    assert done.get_json() == {"code": 0, "bound": True, "userid": "newcomer", "channel": "oa1"}
    assert town.history("newcomer") == [("oa1", True, "completed")]
    again = town.site.post("/v1/bind/complete", {"result": result_in(away), "userid": "lisi"})
    assert again.status_code == 404


def test_a_link_made_for_somebody_is_no_good_to_whoever_he_sends_it_to(town: Town, phone: Phone) -> None:
    gateway = town.site.gateway
    link = town.link(userid="newcomer")
    with gateway.database.write() as session:
        session.execute(update(BindTicketRow).values(known=OPENID))
    town.knows(openid="fake-another-0000001")
    page = phone.walks(link)
    assert (page.status_code, title(page)) == (403, "This link is somebody else's · The shop")
    assert identities_of(town) == ["fake-another-0000001"]
    town.knows()
    assert phone.walks(link).status_code == 200
    assert town.bound("newcomer")["oa1"] == OPENID


def identities_of(town: Town) -> list[str]:
    with town.site.gateway.database.read() as session:
        return list(session.scalars(select(IdentityRow.address)))


def test_a_returning_person_is_known_at_once(town: Town, phone: Phone) -> None:
    town.upload("zhangsan")
    town.knows()
    away = phone.walks(town.link())
    told = town.site.post("/v1/bind/result", {"result": result_in(away)})
    assert told.get_json() == {"code": 0, "bound": True, "userid": "zhangsan", "channel": "oa1"}
    assert town.site.post("/v1/bind/result", {"result": result_in(away)}).status_code == 404


def test_completing_for_an_account_of_somebody_elses_changes_nothing(town: Town, phone: Phone) -> None:
    town.knows()
    result = result_in(phone.walks(town.link()))
    town.upload("lisi")
    answer = town.site.post("/v1/bind/complete", {"result": result, "userid": "zhangsan"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, 4090)
    town.site.post("/v1/bind/unbind", {"userid": "lisi", "channel": "oa1"})
    again = town.site.post("/v1/bind/complete", {"result": result, "userid": "zhangsan"})
    assert again.status_code == 200


@pytest.mark.parametrize("path", ["result", "complete"])
def test_another_applications_result_is_not_there(town: Town, phone: Phone, path: str) -> None:
    town.knows()
    body: Json = {
        "result": result_in(phone.walks(town.link())),
        **({"userid": "lisi"} if path == "complete" else {}),
    }
    assert town.site.post(f"/v1/bind/{path}", body, auth=town.site.bank).status_code == 404
    assert town.site.post(f"/v1/bind/{path}", body).status_code == 200


def test_a_login_in_the_mini_program_and_the_visit_wait_together_for_a_userid(town: Town) -> None:
    town.knows()
    phone = Phone(town, agent="MicroMessenger miniProgram/wx0123")
    page = phone.walks(town.link(session=town.login(), return_to="miniprogram"))
    assert title(page) == "Connected · The shop"
    user: Json = {"userid": "newcomer", "set": {"wechatmp": {"mp1": [MINI]}}}
    town.site.post("/v1/user/opt", [user])
    town.knows(code="code2")
    phone.walks(town.link(userid="newcomer"), "code2")
    assert town.bound("newcomer") == {"mp1": MINI, "oa1": OPENID}


def test_where_the_login_is_bound_already_its_user_gets_the_account_too(town: Town) -> None:
    town.site.post("/v1/user/opt", [{"userid": "newcomer", "set": {"wechatmp": {"mp1": [MINI]}}}])
    town.knows()
    phone = Phone(town, agent="MicroMessenger miniProgram/wx0123")
    page = phone.walks(town.link(session=town.login(), return_to="miniprogram"))
    assert "https://res.wx.qq.com/open/js/" in page.get_data(as_text=True)
    assert town.bound("newcomer") == {"mp1": MINI, "oa1": OPENID}
    assert town.history("newcomer")[0] == ("oa1", True, "visit")


def test_outside_the_mini_program_such_a_link_asks_first(town: Town, phone: Phone) -> None:
    link = town.link(session=town.login())
    asked = phone.get(link)
    assert (asked.status_code, title(asked)) == (200, "Connect two accounts? · The shop")
    forged = phone.post("/bind/oa1/go", **{**fields_of(asked), "token": "0" * 64})
    assert forged.status_code == 403
    sent = phone.post("/bind/oa1/go", **fields_of(asked))
    assert "https://fake.example/silent" in sent.get_data(as_text=True)


def test_a_login_of_one_user_and_an_account_of_another_are_not_brought_together(town: Town) -> None:
    town.site.post("/v1/user/opt", [{"userid": "newcomer", "set": {"wechatmp": {"mp1": [MINI]}}}])
    town.upload("lisi")
    town.knows()
    page = Phone(town, agent="miniProgram").walks(town.link(session=town.login()))
    assert (page.status_code, title(page)) == (409, "These two can't be connected · The shop")
    assert (town.bound("newcomer"), town.bound("lisi")["oa1"]) == ({"mp1": MINI}, OPENID)


def test_nor_is_a_login_whose_person_is_another_users_by_another_account(town: Town) -> None:
    mini, elsewhere = "fake-mini-0001", "fake-mallory-elsewhere-01"
    with town.site.gateway.database.write() as session:
        for code, address in (("mp1", mini), ("oa2", elsewhere)):
            channel = channel_store.by_code(session, code)
            assert channel is not None
            identities.note(session, channel.id, address, UNION, 0.0)
    other: Json = {"userid": "mallory", "set": {"wechatoa": {"oa2": elsewhere}}}
    assert town.site.post("/v1/user/opt", [other], auth=town.site.bank).status_code == 200
    town.site.post("/v1/bind/unbind", {"userid": "mallory", "channel": "mp1"})
    town.upload("zhangsan")
    town.knows()
    page = Phone(town, agent="miniProgram").walks(town.link(session=town.login(mini)))
    assert (page.status_code, title(page)) == (409, "These two can't be connected · The shop")
    with town.site.gateway.database.read() as session:
        assert conflicts.page(session, "open", after=0, limit=10) == []
    assert "mp1" not in town.bound("zhangsan")


def test_who_refuses_to_be_asked_openly_is_asked_silently(town: Town, phone: Phone) -> None:
    town.people.openly = True
    town.knows()
    link = town.link(userid="newcomer")
    assert phone.get(link).location.startswith("https://fake.example/ask?")
    second = phone.returns(phone.opens(link), code="")
    assert second.location.startswith("https://fake.example/silent?")
    assert phone.get(phone.returns(state_in(second)).location).status_code == 200
    assert town.bound("newcomer") == {"oa1": OPENID}


FAILURES: list[tuple[SendError, int, str]] = [
    (BadContent("code_used"), 400, "That took too long"),
    (Transient("busy"), 503, "Not right now"),
    (BadChannel("bad_secret"), 503, "Not right now"),
]


@pytest.mark.parametrize(("error", "status", "words"), FAILURES)
def test_where_the_provider_tells_nothing_one_may_try_again(
    town: Town, phone: Phone, error: SendError, status: int, words: str
) -> None:
    town.fails(error)
    page = phone.walks(town.link(userid="newcomer"))
    assert (page.status_code, title(page)) == (status, f"{words} · The shop")
    town.knows(code="code2")
    # where it refused the whole channel, an operator has looked after that meanwhile
    channels.resume(town.site.gateway, "oa1")
    state = state_in(phone.get(link_to(page, "again")))
    assert phone.get(phone.returns(state, "code2").location).status_code == 200


def test_somebody_made_up_for_a_preview_is_not_bound(town: Town, phone: Phone) -> None:
    town.knows(is_virtual=True)
    link = town.link(userid="newcomer")
    page = phone.walks(link)
    assert title(page) == "Open the full page first · The shop"
    town.knows()
    assert phone.walks(link).status_code == 200


def test_a_person_leaves_by_himself_and_only_by_the_form(town: Town, phone: Phone) -> None:
    town.knows()
    page = phone.walks(town.link(userid="newcomer"))
    path = link_to(page, "leave")
    asked = phone.get(path)
    assert town.bound("newcomer") == {"oa1": OPENID}
    left = phone.post("/bind/oa1/leave", **fields_of(asked))
    assert title(left) == "Disconnected · The shop"
    assert town.bound("newcomer") == {}
    assert town.history("newcomer")[0] == ("oa1", False, "person")
    assert phone.post("/bind/oa1/leave", **fields_of(asked)).status_code == 403


def test_an_application_unbinds(town: Town) -> None:
    town.upload("zhangsan")
    body: Json = {"userid": "zhangsan", "channel": "oa1"}
    assert town.site.post("/v1/bind/unbind", body).get_json() == {"code": 0, "unbound": True}
    assert town.site.post("/v1/bind/unbind", body).get_json() == {"code": 0, "unbound": False}
    assert town.history("zhangsan")[0] == ("oa1", False, "application")

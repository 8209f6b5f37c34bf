"""What somebody might try with links, states, forms and pages: each has a clear answer, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.binding.phone import (
    CODE,
    OPENID,
    UNION,
    Phone,
    Town,
    fields_of,
    link_to,
    result_in,
    title,
)
from ums.binding.context import MOST_OPENED, MOST_REFUSED
from ums.domain.bind_ticket import Purpose
from ums.domain.commands import Json
from ums.sdk.people import Person
from ums.services.binding import joining, signing
from ums.store import channels as channel_store

ORIGIN = "https://b.example:8443"
PAGE = f"{ORIGIN}/done?x=1"


@contextmanager
def statements(town: Town) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    seen: list[str] = []

    def note(*told: object) -> None:
        seen.append(str(told[2]))

    event.listen(town.site.gateway.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(town.site.gateway.database.engine, "before_cursor_execute", note)


def nothing_changed(town: Town) -> bool:
    answer = town.site.get("/v1/user/newcomer")
    return answer.status_code == 404


@pytest.mark.parametrize(("seconds", "status"), [(299, 302), (301, 403)])
def test_a_link_lives_five_minutes(town: Town, phone: Phone, seconds: int, status: int) -> None:
    link = town.link(userid="newcomer")
    town.site.clock.advance(seconds)
    assert phone.get(link).status_code == status


@pytest.mark.parametrize(("seconds", "bound"), [(299, True), (301, False)])
def test_it_must_be_used_within_them(town: Town, phone: Phone, seconds: int, bound: bool) -> None:
    town.knows()
    state = phone.opens(town.link(userid="newcomer"))
    town.site.clock.advance(seconds)
    phone.returns(state)
    assert nothing_changed(town) is not bound


def test_a_link_opened_late_does_not_live_longer_for_it(town: Town, phone: Phone) -> None:
    town.knows()
    link = town.link(userid="newcomer")
    town.site.clock.advance(200)
    state = phone.opens(link)
    town.site.clock.advance(101)
    page = phone.get(phone.returns(state).location)
    assert title(page) == "This link is over · The shop"
    assert town.people.asked == []


def test_a_used_link_is_over(town: Town, phone: Phone) -> None:
    town.knows()
    link = town.link(userid="newcomer")
    phone.walks(link)
    again = Phone(town).get(link)
    assert (again.status_code, title(again)) == (403, "This link is over")


def test_of_two_phones_the_slower_one_is_told_so(town: Town, phone: Phone) -> None:
    town.knows("one")
    town.knows("two", openid="fake-openid-of-lisi-00000001")
    link, slow = town.link(userid="newcomer"), Phone(town)
    state, slow_state = phone.opens(link), slow.opens(link)
    assert phone.get(phone.returns(state, "one").location).status_code == 200
    late = slow.get(slow.returns(slow_state, "two").location)
    assert (late.status_code, title(late)) == (403, "This link is over · The shop")
    assert town.bound("newcomer") == {"oa1": OPENID}


def forged(text: str) -> list[str]:
    first = "0" if text[0] != "0" else "1"
    return [
        "",
        "x",
        first + text[1:],
        text[:-1] + ("0" if text[-1] != "0" else "1"),
        text.upper(),
        text + "0",
        "字" * 58,
    ]


def test_a_forged_ticket_is_none(town: Town, phone: Phone) -> None:
    link = town.link(userid="newcomer")
    text = link.partition("ticket=")[2]
    assert {phone.get(f"/bind/oa1?ticket={bad}").status_code for bad in forged(text)} == {403}
    assert phone.get(f"/bind/oa2?ticket={text}").status_code == 403


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.BIND])
def test_a_text_made_for_something_else_is_no_ticket(town: Town, phone: Phone, purpose: Purpose) -> None:
    text, _ = signing.issue(town.site.gateway, purpose)
    assert phone.get(f"/bind/oa1?ticket={text}").status_code == 403


def test_a_ticket_to_leave_binds_nobody_and_the_other_way_round(town: Town, phone: Phone) -> None:
    town.knows()
    leave = link_to(phone.walks(town.link(userid="newcomer")), "leave").partition("ticket=")[2]
    bind = town.link(userid="lisi").partition("ticket=")[2]
    assert phone.get(f"/bind/oa1?ticket={leave}").status_code == 403
    assert phone.get(f"/bind/oa1/leave?ticket={bind}").status_code == 403


def test_a_state_is_good_in_its_own_browser_alone(town: Town, phone: Phone) -> None:
    town.knows()
    attacker = Phone(town)
    state = attacker.opens(town.link(userid="newcomer"))
    for victim in (phone, Phone(town)):
        answer = victim.returns(state)
        if answer.status_code == 303:
            answer = victim.get(answer.location)
        assert (answer.status_code, title(answer)) == (403, "This page belongs to another browser")
        victim.opens(town.link(userid="other"))
    stolen = phone.get(phone.returns(state).location)
    assert stolen.status_code == 403
    assert nothing_changed(town)
    assert town.people.asked == []
    assert attacker.returns(state).status_code == 303
    assert town.bound("newcomer") == {"oa1": OPENID}


def test_a_browser_is_not_known_by_what_another_host_has_put_there(secure_town: Town) -> None:
    mallory = Phone(secure_town)
    state = mallory.opens(secure_town.link())
    made = mallory.get(secure_town.link()).headers["Set-Cookie"]
    assert made.startswith("__Host-ums_bind=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(made.split("; "))
    assert "Domain" not in made
    # browsers let no other host set a name like that, but any name else for a whole domain
    victim = Phone(secure_town)
    victim.http.set_cookie("ums_bind", made.partition("=")[2].partition(";")[0], domain="localhost", path="/")
    assert victim.returns(state).status_code == 403


def test_what_came_of_a_visit_is_shown_in_its_browser_alone(town: Town, phone: Phone) -> None:
    town.knows()
    place = phone.returns(phone.opens(town.link(userid="newcomer"))).location
    thief = Phone(town)
    thief.opens(town.link(userid="other"))
    assert thief.get(place).status_code == 403
    assert Phone(town).get(place).status_code == 403
    assert phone.get(place).status_code == 200


def test_a_state_serves_once_and_a_code_with_another_state_is_asked_of_the_provider(
    town: Town, phone: Phone
) -> None:
    town.knows()
    state = phone.opens(town.link(userid="newcomer"))
    phone.returns(state)
    phone.returns(state, "another")
    second = phone.opens(town.link(userid="other"))
    page = phone.get(phone.returns(second, CODE).location)
    assert title(page) == "That took too long · The shop"
    assert town.people.asked == [CODE, CODE]


def test_a_callback_at_another_channels_address_does_nothing(town: Town, phone: Phone) -> None:
    town.knows()
    state = phone.opens(town.link(userid="newcomer"))
    assert phone.returns(state, channel="oa2").status_code == 403
    assert nothing_changed(town)


def test_a_forged_state_costs_no_look_at_the_database(town: Town, phone: Phone) -> None:
    state = phone.opens(town.link(userid="newcomer"))
    with statements(town) as seen:
        assert {phone.returns(bad).status_code for bad in forged(state)} == {403}
    assert seen == []


def test_guessing_costs_no_look_at_the_database_and_soon_ends(town: Town, phone: Phone) -> None:
    link = town.link(userid="newcomer")
    with statements(town) as seen:
        answers = [phone.get(f"/bind/oa1?ticket={number:058}").status_code for number in range(1000)]
    assert seen == []
    assert answers.count(403) == MOST_REFUSED
    assert set(answers[MOST_REFUSED:]) == {429}
    town.site.clock.advance(60)
    assert phone.get(link).status_code == 302


def test_whose_other_account_is_a_users_is_nobody_elses_by_a_link_that_he_was_led_to(
    town: Town, phone: Phone
) -> None:
    mini = "fake-mini-of-zhangsan"
    user: Json = {"userid": "victim", "set": {"wechatmp": {"mp1": [mini]}}}
    assert town.site.post("/v1/user/opt", [user]).status_code == 200
    with town.site.gateway.database.write() as session:
        channel = channel_store.by_code(session, "mp1")
        assert channel is not None
        joining.meet(town.site.gateway, session, channel.id, Person(address=mini, union=UNION))
    town.knows(union=UNION)
    page = phone.walks(town.link(userid="newcomer"))
    assert (page.status_code, title(page)) == (409, "Connected to somebody else · The shop")
    assert nothing_changed(town)
    # what the provider says is kept all the same
    assert town.bound("victim") == {"mp1": mini, "oa1": OPENID}


@pytest.mark.parametrize("is_known", [True, False], ids=["was here before", "is new"])
def test_a_result_that_somebody_else_has_sent_is_refused_by_the_browsers_own_ticket(
    town: Town, phone: Phone, is_known: bool
) -> None:
    if is_known:
        town.upload("mallory")
    town.knows()
    made, own = (town.ticket().get_json()["ticket"] for _ in range(2))
    result = result_in(phone.walks(f"/bind/oa1?ticket={made}"))
    for other in (own, town.ticket(userid="zhangsan").get_json()["ticket"], result, "x", "字"):
        body: dict[str, Json] = {"result": result, "ticket": other}
        assert town.site.post("/v1/bind/result", body).status_code == 404
        assert town.site.post("/v1/bind/complete", {"userid": "newcomer", **body}).status_code == 404
    assert nothing_changed(town)
    told = town.site.post("/v1/bind/result", {"result": result, "ticket": made})
    assert (told.status_code, told.get_json()["bound"]) == (200, is_known)
    if not is_known:
        done = town.site.post("/v1/bind/complete", {"result": result, "ticket": made, "userid": "newcomer"})
        assert done.status_code == 200
        assert town.bound("newcomer") == {"oa1": OPENID}


def test_one_link_is_not_opened_without_end(town: Town, phone: Phone) -> None:
    link = town.link(userid="newcomer")
    assert {phone.get(link).status_code for _ in range(MOST_OPENED)} == {302}
    late = phone.get(link)
    assert (late.status_code, title(late), late.headers["Retry-After"]) == (429, "Too often", "60")
    assert phone.get(town.link(userid="newcomer")).status_code == 302


def test_a_form_of_another_site_unbinds_nobody(town: Town, phone: Phone) -> None:
    town.knows()
    path = link_to(phone.walks(town.link(userid="newcomer")), "leave")
    fields = fields_of(phone.get(path))
    stranger = Phone(town)
    stranger.get(path)
    for browser, token in (
        (phone, ""),
        (phone, "0" * 64),
        (stranger, fields["token"]),
        (Phone(town), fields["token"]),
    ):
        assert browser.post("/bind/oa1/leave", ticket=fields["ticket"], token=token).status_code == 403
    assert town.bound("newcomer") == {"oa1": OPENID}


@pytest.mark.parametrize(
    "url",
    [
        "//evil.example/",
        "https://evil.example/",
        "https://shop.example@evil.example/app/",
        "https://shop.example:1@evil.example/app/",
        "https://shop.example\\@evil.example/app/",
        "https:\\\\evil.example/app/",
        "https://shop.example.evil.example/app/",
        "https://shop.example/application",
        "https://shop.example/app/../admin",
        "https://shop.example/app/%2e%2e/admin",
        "https://shop.example/app/.%2E/admin",
        "https://shop.example/app/..;/admin",
        "https://shop.example/app/..;x=1/admin",
        "https://shop.example/app/..%2Fadmin",
        "https://shop.example/app/%2e%2e%5cadmin",
        "https://shop.example/app/x%2f../admin",
        "https://shop.example/orders?x=1",
        "HTTPS://shop.example/app/x",
        "https://shop.example:443/app/x",
        "https://shop.example./app/x",
        "https://shop.example/app/#x",
        "https://shop.example/app/#",
        "https://shop.example/app/ x",
        "https://shop.example/app/\n",
        "http://shop.example/app/x",
        "javascript:alert(1)",
        "/orders",
        "Miniprogram",
    ],
)
def test_a_visit_ends_nowhere_that_no_operator_allowed(town: Town, url: str) -> None:
    answer = town.ticket(userid="zhangsan", return_to=url)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (400, ["return_to"])


@pytest.mark.parametrize("url", ["https://shop.example/orders", "https://shop.example/app/x?y=1", "miniprogram"])
def test_it_ends_where_one_did(town: Town, url: str) -> None:
    assert town.ticket(userid="zhangsan", return_to=url).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "status", "path"),
    [
        ({"channel": "oa2", "userid": "zhangsan"}, 404, None),
        ({"channel": "none", "userid": "zhangsan"}, 404, None),
        ({"channel": "app1"}, 400, "userid"),
        ({"channel": "app1", "userid": "zhangsan", "return_to": "miniprogram"}, 400, "return_to"),
        ({"userid": "a b"}, 400, "userid"),
        ({"session": "0" * 58}, 403, None),
        ({"origin": "https://evil.example", "return_to": PAGE}, 400, "origin"),
        ({"origin": ORIGIN}, 400, "return_to"),
        ({"origin": ORIGIN, "return_to": "https://evil.example/"}, 400, "return_to"),
        ({"origin": ORIGIN, "return_to": PAGE, "userid": "zhangsan"}, 400, "origin"),
    ],
)
def test_a_ticket_for_what_is_not_allowed_is_refused(
    town: Town, wanted: dict[str, str], status: int, path: str | None
) -> None:
    answer = town.ticket(**wanted)
    assert answer.status_code == status
    assert list(answer.get_json().get("errors", {})) == ([] if path is None else [path])


def test_a_login_at_a_channel_of_others_is_nobodys(town: Town) -> None:
    assert town.ticket(session=town.login(code="mp2")).status_code == 403


def test_no_address_stands_in_what_goes_out(town: Town, phone: Phone) -> None:
    town.knows(union=UNION)
    session = town.login()
    inside = Phone(town, agent="miniProgram")
    away = phone.walks(town.link())
    pages = [inside.walks(town.link(session=session, userid="newcomer"), "code2"), away]
    for answer in pages:
        said = f"{answer.headers}{answer.get_data(as_text=True)}"
        assert [secret for secret in (OPENID, UNION, "fake-mini-0001", "session-key") if secret in said] == []


def test_the_pages_are_locked_up(town: Town, phone: Phone) -> None:
    town.knows()
    page = phone.walks(town.link(userid="newcomer"))
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Frame-Options"] == "DENY"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    cookie = phone.get(town.link(userid="newcomer")).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/bind"} <= set(cookie.split("; "))


def test_a_page_of_the_ticket_s_origin_is_told_who_came(town: Town, phone: Phone) -> None:
    town.upload("zhangsan")
    town.knows()
    away = phone.walks(town.link(origin=ORIGIN, return_to=PAGE))
    assert away.location.startswith(f"{PAGE}&result=")
    body = {"result": result_in(away)}
    asked = phone.http.options("/bind/result", headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    for origin in ("https://evil.example", "null", "https://shop.example", f"{ORIGIN}.evil.example", None):
        headers = {} if origin is None else {"Origin": origin}
        refused = phone.http.post("/bind/result", json=body, headers=headers)
        assert refused.status_code == 403
        assert "Access-Control-Allow-Origin" not in refused.headers
    told = phone.http.post("/bind/result", json=body, headers={"Origin": ORIGIN})
    assert told.get_json() == {"code": 0, "bound": True, "userid": "zhangsan", "channel": "oa1"}
    assert told.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in told.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in told.headers
    assert phone.http.post("/bind/result", json=body, headers={"Origin": ORIGIN}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 4000,
        b'{"result":' * 400,
        b'{"result": "\\ud800"}',
        b'{"result": NaN}',
        b"\xff",
        b"null",
        b'"' * 5000,
    ],
)
def test_what_is_no_result_is_refused_and_no_fault_of_ours(phone: Phone, body: bytes) -> None:
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
    refused = phone.http.post("/bind/result", data=body, headers=headers)
    assert refused.status_code in {400, 404, 413}
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_no_page_is_told_of_a_result_that_is_not_for_pages(town: Town, phone: Phone) -> None:
    town.knows()
    body: Json = {"result": result_in(phone.walks(town.link()))}
    assert phone.http.post("/bind/result", json=body, headers={"Origin": ORIGIN}).status_code == 403
    assert town.site.post("/v1/bind/result", body).status_code == 200


def test_an_origin_that_nobody_allowed_is_told_so_at_once(town: Town, phone: Phone) -> None:
    asked = phone.http.options("/bind/result", headers={"Origin": "https://evil.example"})
    assert asked.status_code == 403
    assert "Access-Control-Allow-Origin" not in asked.headers

"""Logins on pages inside an app: a page needs no secret, a userid needs one, and no answer says who somebody is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.api.login_cases import session_of
from tests.api.site import Site, open_site, told
from tests.fake_logins import key_of, sealed_by
from tests.fakes import FakeProvider, PlainPlugin
from ums.domain.bind_ticket import LIFETIME, SESSION_LIFETIME, Purpose, Ticket
from ums.domain.commands import Json
from ums.services import channels
from ums.services.binding import signing
from ums.services.crowd import Crowd
from ums.store import bind_tickets, login_sessions
from ums.store import channels as channel_store

LOGIN, DECRYPT, PHONE = (f"/v1/bind/app/app1/{word}" for word in ("login", "decrypt", "phone"))
SECRETS = ("fake-wangwu", "fake-zhangsan", "union-1", key_of("fake-wangwu"))


@pytest.fixture
def site(tmp_path: Path, provider: FakeProvider) -> Iterator[Site]:
    opened = open_site(tmp_path, provider_url=provider.url, plugins=[PlainPlugin("sms")])
    yield opened
    opened.gateway.close()


def from_page(site: Site, path: str, **body: Json) -> TestResponse:
    """What a page is answered, which holds nothing of who somebody is."""
    answer = site.http.post(path, json=body)
    assert [secret for secret in SECRETS if secret in answer.get_data(as_text=True)] == []
    return answer


def ticket(site: Site, userid: str = "wangwu", *, code: str = "app1", purpose: Purpose = Purpose.BIND) -> str:
    """A ticket that the application's backend has had made."""
    text, digest = signing.issue(site.gateway, purpose)
    with site.gateway.database.write() as session:
        channel = channel_store.by_code(session, code)
        assert channel is not None
        made = Ticket(
            purpose=purpose,
            application_id=1,
            channel_id=channel.id,
            expires_at=site.clock.now() + LIFETIME,
            userid=userid,
        )
        bind_tickets.add(session, digest, made)
    return text


def owners(site: Site, *userids: str) -> dict[str, list[str]]:
    """The addresses that users have on app1."""
    found = {}
    for userid in userids:
        answer = site.get(f"/v1/user/{userid}")
        bindings = answer.get_json()["bindings"] if answer.status_code == 200 else []
        found[userid] = [one["value"] for one in bindings if one["bind_id"] == "app1"]
    return found


def test_a_page_logs_in_without_any_secret(site: Site) -> None:
    answer = from_page(site, LOGIN, code="fake-wangwu/1")
    assert (answer.status_code, answer.get_json().keys()) == (200, {"code", "session", "bound"})
    assert answer.get_json()["bound"] is False
    assert from_page(site, LOGIN, code="fake-zhangsan/1").get_json()["bound"] is True
    assert int(answer.headers["X-Rate-Limit-Remaining"]) == 299


def test_a_userid_from_a_page_is_never_believed(site: Site) -> None:
    answer = from_page(site, LOGIN, code="fake-wangwu/1", userid="wangwu")
    assert told(answer)[:2] == (401, 4005)
    assert told(answer)[2].startswith("A userid is never believed from a page")
    wrong = site.http.post(LOGIN, json={"code": "fake-wangwu/1", "userid": "wangwu"}, auth=(site.shop[0], "wrong"))
    assert told(wrong)[:2] == (401, 4005)
    assert told(site.post(LOGIN, {"code": "fake-wangwu/1", "userid": "wangwu"}, auth=site.bank))[:2] == (404, 4040)
    assert owners(site, "wangwu") == {"wangwu": []}


def test_a_backend_binds_and_is_told_the_userid(site: Site) -> None:
    answer = site.post(LOGIN, {"code": "fake-wangwu/1", "userid": "wangwu"}).get_json()
    assert (answer["bound"], answer["userid"]) == (True, "wangwu")
    assert site.post(LOGIN, {"code": "fake-zhangsan/1"}).get_json()["userid"] == "zhangsan"
    assert site.post(LOGIN, {"code": "fake-nobody/1"}).get_json()["userid"] is None
    assert owners(site, "wangwu") == {"wangwu": ["fake-wangwu"]}
    assert told(site.post(LOGIN, {"code": "fake-wangwu/1", "userid": "lisi"}))[:2] == (409, 4090)
    assert owners(site, "wangwu", "lisi") == {"wangwu": ["fake-wangwu"], "lisi": []}


@pytest.mark.parametrize("userid", ["wang wu", "..", "a/b"])
def test_what_is_no_userid_is_refused(site: Site, userid: str) -> None:
    assert told(site.post(LOGIN, {"code": "fake-wangwu/1", "userid": userid}))[:2] == (400, 4004)


def test_a_ticket_binds_once(site: Site) -> None:
    text = ticket(site)
    assert from_page(site, LOGIN, code="fake-wangwu/1", ticket=text).get_json()["bound"] is True
    assert owners(site, "wangwu") == {"wangwu": ["fake-wangwu"]}
    assert told(from_page(site, LOGIN, code="fake-other/1", ticket=text))[:2] == (400, 4004)
    # who has lost the answer comes again
    assert from_page(site, LOGIN, code="fake-wangwu/2", ticket=text).get_json()["bound"] is True
    assert owners(site, "wangwu") == {"wangwu": ["fake-wangwu"]}


def test_a_ticket_that_is_good_for_nothing_asks_nobody(site: Site, provider: FakeProvider) -> None:
    old = ticket(site)
    site.clock.advance(LIFETIME + 1)
    good = ticket(site)
    forged = [good[:-1] + ("0" if good[-1] != "0" else "1"), good.swapcase(), "x", good + good, "é" * 58]
    foreign = [ticket(site, code="mail1"), ticket(site, ""), ticket(site, purpose=Purpose.SCENE), old]
    for text in (*forged, *foreign):
        assert told(from_page(site, LOGIN, code="fake-wangwu/1", ticket=text))[:2] == (400, 4004), text
    both: Json = {"code": "fake-wangwu/1", "userid": "wangwu", "ticket": good}
    assert told(site.post(LOGIN, both))[:2] == (400, 4004)
    assert provider.called("/login") == 0
    assert from_page(site, LOGIN, code="fake-wangwu/1", ticket=good).get_json()["bound"] is True


def test_somebody_elses_address_leaves_the_ticket_unused(site: Site) -> None:
    text = ticket(site)
    assert told(from_page(site, LOGIN, code="fake-zhangsan/1", ticket=text))[:2] == (409, 4090)
    assert owners(site, "wangwu", "zhangsan") == {"wangwu": [], "zhangsan": ["fake-zhangsan"]}
    assert from_page(site, LOGIN, code="fake-wangwu/1", ticket=text).get_json()["bound"] is True


def test_a_code_serves_once(site: Site) -> None:
    assert from_page(site, LOGIN, code="fake-wangwu/once").status_code == 200
    answer = from_page(site, LOGIN, code="fake-wangwu/once")
    assert told(answer)[:2] == (400, 4004)
    assert answer.get_json()["errors"].keys() == {"code"}


@pytest.mark.parametrize(
    "path", ["/v1/bind/email/app1/login", "/v1/bind/app/nothing/login", "/v1/bind/sms/sms1/login"]
)
def test_only_a_channel_of_that_type_with_an_app_logs_in(site: Site, path: str) -> None:
    channels.add(site.gateway, "sms1", "sms", {"account": "sms1", "secret": "right"}, ["shop"])
    assert told(from_page(site, path, code="fake-wangwu/1"))[:2] == (404, 4040)


def test_a_session_lives_thirty_minutes(site: Site) -> None:
    session = session_of(site, "fake-wangwu")
    site.clock.advance(SESSION_LIFETIME - 1)
    assert from_page(site, DECRYPT, session=session, **sealed_by("fake-wangwu")).status_code == 200
    site.clock.advance(2)
    assert told(from_page(site, DECRYPT, session=session, **sealed_by("fake-wangwu")))[:2] == (403, 4030)


def test_another_channels_session_is_none(site: Site, provider: FakeProvider) -> None:
    given = {"account": "app3", "secret": "right", "base_url": provider.url}
    channels.add(site.gateway, "app3", "app", given)
    session = session_of(site, "fake-wangwu", "app3")
    assert told(from_page(site, DECRYPT, session=session, **sealed_by("fake-wangwu")))[:2] == (403, 4030)
    assert (
        from_page(
            site, "/v1/bind/app/app3/decrypt", session=session, **sealed_by("fake-wangwu", "app3")
        ).status_code
        == 200
    )


def test_what_was_sealed_is_opened_without_who_it_is_about(site: Site, provider: FakeProvider) -> None:
    session = session_of(site, "fake-wangwu")
    provider.unions["fake-wangwu"] = "union-1"
    sealed = sealed_by("fake-wangwu", unionId="union-1", inner={"openId": "fake-wangwu", "x": ["union-1", "y"]})
    answer = from_page(site, DECRYPT, session=session, **sealed)
    assert answer.get_json() == {
        "code": 0,
        "bound": False,
        "data": {"nickName": "Li", "inner": {"x": [None, "y"]}},
    }


def test_a_code_in_the_place_of_a_session_begins_one(site: Site) -> None:
    answer = from_page(site, DECRYPT, code="fake-wangwu/1", **sealed_by("fake-wangwu")).get_json()
    assert from_page(site, DECRYPT, session=answer["session"], **sealed_by("fake-wangwu")).status_code == 200
    for whose in ({}, {"session": answer["session"], "code": "fake-wangwu/2"}):
        assert told(from_page(site, DECRYPT, **whose, **sealed_by("fake-wangwu")))[:2] == (400, 4004)


@pytest.mark.parametrize(
    "changes",
    [
        sealed_by("fake-zhangsan", key=key_of("fake-wangwu")),
        sealed_by("fake-zhangsan"),
        sealed_by("fake-wangwu", "app3"),
        {"iv": "vi"},
        {"encryptedData": "{}"},
        {"encryptedData": "\0"},
        {"rawData": "{}", "signature": "signed:{ }"},
        {"rawData": "{}"},
        {"signature": "signed:None"},
    ],
)
def test_what_is_not_his_own_changes_nothing(site: Site, changes: dict[str, str]) -> None:
    session = session_of(site, "fake-wangwu")
    before = database(site)
    answer = from_page(site, DECRYPT, **{"session": session, **sealed_by("fake-wangwu"), **changes})
    assert told(answer)[:2] == (400, 4004)
    assert database(site) == before


def database(site: Site) -> list[str]:
    with site.gateway.database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        return list(driver.iterdump())


def test_a_phone_is_kept_as_his_users(site: Site) -> None:
    session = session_of(site, "fake-wangwu")
    answer = from_page(site, PHONE, session=session, code="fake-wangwu/2")
    assert told(answer)[:2] == (409, 4090)
    assert "phone_numbers" in told(answer)[2]
    channels.change(site.gateway, "app1", {"phone_numbers": "on"})
    assert "Nobody knows yet whose phone" in told(from_page(site, PHONE, session=session, code="fake-wangwu/2"))[2]
    from_page(site, LOGIN, code="fake-wangwu/1", ticket=ticket(site))
    answer = from_page(site, PHONE, session=session, code="fake-wangwu/2")
    assert (answer.status_code, answer.get_json()) == (200, {"code": 0, "phone": "13…00"})
    bindings = site.get("/v1/user/wangwu").get_json()["bindings"]
    assert [(one["value"], one["cause"]) for one in bindings if one["property"] == "phone"] == [
        ("13800138000", "app: app1")
    ]


def test_two_users_may_have_one_phone(site: Site) -> None:
    channels.change(site.gateway, "app1", {"phone_numbers": "on"})
    assert site.post(LOGIN, {"code": "fake-lisi/1", "userid": "lisi"}).status_code == 200
    for userid in ("lisi", "zhangsan"):
        session = session_of(site, f"fake-{userid}")
        assert from_page(site, PHONE, session=session, code="fake-phone/2").status_code == 200
    for userid in ("lisi", "zhangsan"):
        shown = site.get(f"/v1/user/{userid}", auth=site.staff).get_json()
        assert shown["properties"]["phone"] == {"all": "13800138000"}, shown


def test_a_code_for_a_phone_serves_once(site: Site) -> None:
    channels.change(site.gateway, "app1", {"phone_numbers": "on"})
    session = session_of(site, "fake-zhangsan")
    answers = [from_page(site, PHONE, session=session, code="fake-zhangsan/once").status_code for _ in range(2)]
    assert answers == [200, 400]


def test_pages_are_counted_by_where_they_come_from(site: Site) -> None:
    statuses = [from_page(site, DECRYPT, session="x", **sealed_by("fake-wangwu")).status_code for _ in range(301)]
    assert (statuses[:300], statuses[300]) == ([403] * 300, 429)
    assert site.post(LOGIN, {"code": "fake-wangwu/1"}).status_code == 200
    site.clock.advance(60)
    assert from_page(site, LOGIN, code="fake-wangwu/1").status_code == 200


def test_a_crowd_is_told_apart_by_its_addresses(site: Site) -> None:
    crowd = Crowd(site.clock)
    near = ["2001:db8::1", "2001:db8::ffff", "::ffff:192.0.2.1", "192.0.2.1", "nonsense", ""]
    assert [crowd.spend(address, 1).allowed for address in near] == [True, False, True, False, True, False]


def test_a_forged_session_is_refused_without_the_database(site: Site) -> None:
    session = session_of(site, "fake-wangwu")
    site.gateway.database.engine.dispose()
    with site.gateway.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE login_sessions RENAME TO gone")
    forged = session[:-1] + ("0" if session[-1] != "0" else "1")
    for text in (forged, session.swapcase(), "é" * 58, ticket(site)):
        assert told(from_page(site, DECRYPT, session=text, **sealed_by("fake-wangwu")))[:2] == (403, 4030)


def test_nothing_of_a_session_is_kept_in_the_open(site: Site) -> None:
    session = session_of(site, "fake-wangwu")
    with site.gateway.database.read() as transaction:
        digest = signing.checked(site.gateway, Purpose.SESSION, session)
        assert digest is not None
        assert login_sessions.find(transaction, digest, site.clock.now()) is not None
    kept = "\n".join(database(site))
    assert [text for text in (session, key_of("fake-wangwu")) if text in kept] == []


GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ("code", "ticket", "userid", "session", "encryptedData", "iv", "rawData", "signature")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from((LOGIN, DECRYPT, PHONE)),
    body=st.dictionaries(st.sampled_from(MEMBERS), GARBAGE, max_size=6),
)
def test_garbage_is_a_clear_refusal(site: Site, path: str, body: dict[str, Json]) -> None:
    site.clock.advance(60)
    answer = from_page(site, path, **body)
    assert answer.status_code in {400, 401, 403, 409}, answer.get_data()
    told(answer)

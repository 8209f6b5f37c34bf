"""A real mini program's page at the sandbox: it logs in, is bound, and hands over what WeChat sealed for it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from channels.wechatmp import channel as mini_program
from channels.wechatoa import channel as official_account
from sandbox.client import SandboxClient
from sandbox.inprocess import running
from tests.api.site import Site, open_site, told
from ums.domain.commands import Json
from ums.domain.views import ChannelState
from ums.sdk.people import Person
from ums.services import channels
from ums.services.accounts import account
from ums.services.binding.joining import meet

MP, OA = "wx00000000000000a1", "wx00000000000000b2"
LI, WANG, LI_OA = "oMPli00000000000000000000001", "oMPwang000000000000000000001", "oOAli00000000000000000000001"
UNION = "uLi0000000000000000000000001"
PATH = "/v1/bind/wechatmp/mp1"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the mini program mp1, and the platform around it."""

    site: Site
    sandbox: SandboxClient

    def asks(self, word: str, **body: Json) -> TestResponse:
        """What is answered to the page, which tells nothing of who somebody is."""
        answer = self.site.http.post(f"{PATH}/{word}", json=body)
        text = answer.get_data(as_text=True)
        assert [secret for secret in (LI, WANG, LI_OA, UNION, "session_key", "13800138000") if secret in text] == []
        return answer

    def logs_in(self, openid: str = LI, **more: Json) -> dict[str, Json]:
        answer = self.asks("login", code=self.sandbox.login_code(MP, openid), **more)
        assert answer.status_code == 200, answer.get_json()
        found: dict[str, Json] = answer.get_json()
        return found

    def session(self, openid: str = LI) -> str:
        return str(self.logs_in(openid)["session"])

    def held(self, userid: str) -> dict[str, str]:
        answer = self.site.get(f"/v1/user/{userid}")
        bindings = answer.get_json()["bindings"] if answer.status_code == 200 else []
        return {str(one["bind_id"]): str(one["value"]) for one in bindings if one["bind_id"] != "all"}


@pytest.fixture(scope="module")
def platform() -> Iterator[SandboxClient]:
    with running() as url, SandboxClient(url) as sandbox:
        yield sandbox


@pytest.fixture
def page(tmp_path: Path, platform: SandboxClient) -> Iterator[Page]:
    platform.control("POST", "reset")
    site = open_site(tmp_path, plugins=[mini_program, official_account])
    # what is sealed says the time of this machine
    site.clock.advance(time.time() - site.clock.now())
    for code, type_, appid in (("mp1", "wechatmp", MP), ("oa1", "wechatoa", OA)):
        platform.control("PUT", f"accounts/{appid}", {"kind": type_, "secret": "right", "open_platform": True})
        channels.add(
            site.gateway, code, type_, {"appid": appid, "secret": "right", "base_url": platform.url}, ["shop"]
        )
    platform.person({MP: LI, OA: LI_OA}, UNION, phone="13800138000", nickname="Li", unionid_known=False)
    yield Page(site, platform)
    site.gateway.close()


def test_a_page_is_bound_by_a_ticket_of_its_backend(page: Page) -> None:
    made = page.site.post("/v1/bind/ticket", {"channel": "mp1", "userid": "lisi"}).get_json()
    assert (made["url"], made["expires_in"]) == ("", 300)
    assert page.site.http.get(f"/bind/mp1?ticket={made['ticket']}").status_code == 403
    assert page.logs_in()["bound"] is False
    assert page.logs_in(ticket=made["ticket"])["bound"] is True
    assert page.held("lisi") == {"mp1": LI}
    assert told(page.asks("login", code=page.sandbox.login_code(MP, WANG), ticket=made["ticket"]))[0] == 400


@pytest.mark.parametrize(
    "changes", [{}, {"userid": "lisi", "return_to": "miniprogram"}, {"userid": "lisi", "session": "s"}]
)
def test_a_ticket_for_a_page_stands_for_a_userid_alone(page: Page, changes: dict[str, Json]) -> None:
    assert told(page.site.post("/v1/bind/ticket", {"channel": "mp1", **changes}))[0] == 400


def test_a_code_of_wechat_s_serves_once(page: Page) -> None:
    code = page.sandbox.login_code(MP, LI)
    assert page.asks("login", code=code).status_code == 200
    answer = page.asks("login", code=code)
    assert told(answer)[0] == 400
    assert "40163" in told(answer)[2]
    assert told(page.asks("login", code=page.sandbox.login_code(OA, LI_OA)))[0] == 400
    assert told(page.asks("login", code="made-up"))[0] == 400


def test_a_backend_passes_the_code_on_with_a_userid(page: Page) -> None:
    body: Json = {"code": page.sandbox.login_code(MP, LI), "userid": "lisi"}
    answer = page.site.post(f"{PATH}/login", body).get_json()
    assert (answer["bound"], answer["userid"]) == (True, "lisi")
    assert page.held("lisi") == {"mp1": LI}


def test_a_person_who_is_kept_out_is_told_so(page: Page) -> None:
    page.sandbox.control("PUT", "users", {"appid": MP, "users": [{"openid": WANG, "high_risk": True}]})
    answer = page.asks("login", code=page.sandbox.login_code(MP, WANG))
    assert told(answer)[0] == 403


def test_a_missing_unionid_is_no_dead_end_and_joins_when_it_comes(page: Page) -> None:
    login = page.logs_in()
    assert login["bound"] is False
    channel_id = account(page.site.gateway, "oa1").id
    with page.site.gateway.database.write() as session:
        meet(page.site.gateway, session, channel_id, Person(address=LI_OA, union=UNION))
    users: Json = [{"userid": "lisi", "set": {"wechatoa": {"oa1": LI_OA}}}]
    assert page.site.post("/v1/user/opt", users).status_code == 200
    assert page.logs_in()["bound"] is False
    answer = page.asks("decrypt", session=login["session"], **page.sandbox.sealed(MP, LI))
    assert answer.get_json()["bound"] is True
    assert answer.get_json()["data"]["nickName"] == "Li"
    assert page.held("lisi") == {"oa1": LI_OA, "mp1": LI}


def tampered(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[0] ^= 1
    return base64.b64encode(bytes(raw)).decode()


def attacks(sandbox: SandboxClient) -> dict[str, dict[str, str]]:
    """What a page could send that is not what WeChat has sealed for it just now."""
    good = sandbox.sealed(MP, LI)
    return {
        "foreign appid": sandbox.sealed(MP, LI, watermark_appid=OA),
        "foreign person": sandbox.sealed(MP, WANG),
        "names somebody else": sandbox.sealed(MP, LI, data={"openId": WANG}),
        "stale": sandbox.sealed(MP, LI, at=time.time() - 400),
        "signature": {**good, "signature": "0" * 40},
        "signed otherwise": {**good, "rawData": json.dumps({"nickName": "Wang"})},
        "iv": {**good, "iv": tampered(good["iv"])},
        "data": {**good, "encryptedData": tampered(good["encryptedData"])},
    }


def test_what_is_not_for_this_session_is_refused_and_changes_nothing(page: Page) -> None:
    session, _ = page.session(), page.session(WANG)
    before = identities(page)
    for attack, given in attacks(page.sandbox).items():
        assert told(page.asks("decrypt", session=session, **given))[0] == 400, attack
        assert identities(page) == before, attack
    assert page.asks("decrypt", session=session, **page.sandbox.sealed(MP, LI)).status_code == 200


def identities(page: Page) -> list[tuple[object, ...]]:
    with page.site.gateway.database.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM identities ORDER BY address")]


def test_a_session_whose_key_wechat_has_renewed_opens_nothing_more(page: Page) -> None:
    session = page.session()
    page.sandbox.expire(MP, "session_keys")
    again = page.session()
    given = page.sandbox.sealed(MP, LI)
    assert told(page.asks("decrypt", session=session, **given))[0] == 400
    assert page.asks("decrypt", session=again, **given).status_code == 200


def test_a_phone_number_is_his_users(page: Page) -> None:
    channels.change(page.site.gateway, "mp1", {"phone_numbers": "on"})
    session = page.session()
    code = page.sandbox.phone_code(MP, LI)
    assert told(page.asks("phone", session=session, code=code))[0] == 409
    page.site.post(f"{PATH}/login", {"code": page.sandbox.login_code(MP, LI), "userid": "lisi"})
    answer = page.asks("phone", session=session, code=code)
    assert (answer.status_code, answer.get_json()["phone"]) == (200, "13…00")
    assert page.site.get("/v1/user/lisi").get_json()["properties"]["phone"] == {"all": "13800138000"}
    assert told(page.asks("phone", session=session, code=code))[0] == 400


def test_what_wechat_refuses_is_told_as_what_it_is(page: Page) -> None:
    fault = {"path": "/sns/jscode2session", "errcode": 45011, "times": 1}
    page.sandbox.control("POST", "faults", fault)
    answer = page.asks("login", code=page.sandbox.login_code(MP, LI))
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
    channels.change(page.site.gateway, "mp1", {"secret": "wrong"})
    answer = page.asks("login", code=page.sandbox.login_code(MP, LI))
    assert told(answer)[0] == 409
    assert account(page.site.gateway, "mp1").state is ChannelState.PARKED
    # a provider that is asked again and again locks the account
    calls = page.sandbox.control("GET", "calls/count", path="/sns/jscode2session").json()["count"]
    assert told(page.asks("login", code=page.sandbox.login_code(MP, LI)))[0] == 409
    assert page.sandbox.control("GET", "calls/count", path="/sns/jscode2session").json()["count"] == calls

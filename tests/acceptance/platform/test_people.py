"""People of accounts that have authorised the platform: logged in with its token, answered with its key."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs, urlsplit

import requests

from channels.wechatoa.settings import BOUND, EXPIRED
from tests.acceptance.platform.provider import Provider

SECONDS = 30.0


def from_page(provider: Provider, channel: str, word: str, **body: object) -> requests.Response:
    return requests.post(f"{provider.town.url}/v1/bind/wechatmp/{channel}/{word}", json=body, timeout=SECONDS)


def test_a_page_of_an_authorised_mini_program_logs_in_and_is_bound(provider: Provider) -> None:
    provider.authorise("pages1", provider.mp, "18")
    openid, sandbox = f"oMP{secrets.token_hex(12)}0", provider.town.sandbox
    userid = f"user{secrets.token_hex(4)}"
    made = provider.post("/v1/bind/ticket", {"channel": "pages1", "userid": userid}).json()
    code = sandbox.login_code(provider.mp, openid)
    answer = from_page(provider, "pages1", "login", code=code, ticket=made["ticket"])
    assert (answer.status_code, answer.json()["bound"]) == (200, True)
    assert provider.get(f"/v1/user/{userid}").json()["properties"]["wechatmp"] == {"pages1": openid}
    opened = from_page(
        provider, "pages1", "decrypt", session=answer.json()["session"], **sandbox.sealed(provider.mp, openid)
    )
    assert opened.json()["bound"] is True
    again = from_page(provider, "pages1", "login", code=code)
    assert (again.status_code, "40163" in again.text) == (400, True)
    (call, *_) = provider.calls("/sns/component/jscode2session", appid=provider.mp)
    assert call["errcode"] == 0


def test_a_platform_that_is_refused_is_an_operator_s_to_mend(provider: Provider) -> None:
    provider.authorise("pages2", provider.mp, "18")
    fault = {"path": "/sns/component/jscode2session", "appid": provider.mp, "errcode": 61004}
    given = provider.town.sandbox.control("POST", "faults", fault).json()
    code = provider.town.sandbox.login_code(provider.mp, "oMPsomebody0000000000000001")
    answer = from_page(provider, "pages2", "login", code=code)
    assert (answer.status_code, answer.json()["message"].startswith("Channel pages2: ")) == (409, True)
    provider.town.sandbox.control("DELETE", "faults", id=given["id"])
    assert from_page(provider, "pages2", "login", code=code).status_code == 200


def test_who_scans_at_an_authorised_account_is_bound_and_answered(provider: Provider) -> None:
    provider.authorise("scans1", provider.oa, "2", "3", "7", "89")
    provider.settle()
    userid, sandbox = f"user{secrets.token_hex(4)}", provider.town.sandbox
    made = provider.post("/v1/bind/qr", {"userid": userid})
    assert made.status_code == 200, made.json()
    ticket = parse_qs(urlsplit(made.json()["picture_url"]).query)["ticket"][0]
    first, second = f"oOA{secrets.token_hex(12)}0", f"oOA{secrets.token_hex(12)}1"
    told = [sandbox.scan(provider.oa, openid, ticket)["push"]["reply"]["Content"] for openid in (first, second)]
    assert told == [BOUND, EXPIRED]
    assert provider.get(f"/v1/user/{userid}").json()["properties"]["wechatoa"] == {"scans1": first}

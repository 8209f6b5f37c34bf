from __future__ import annotations

import pytest

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.platform import ROUTES
from tests.sandbox.letters import SUBSCRIBE, TEMPLATE

BY_SECRET = (
    paths.STABLE,
    paths.CLASSIC,
    paths.CLEAR_ALL_TOKENLESS,
    paths.COMPONENT_ACCESS,
    paths.START_PUSH_TICKET,
    paths.WEB_ACCESS,
    paths.WEB_REFRESH,
    paths.LOGIN,
)


def test_the_template_lists_carry_no_errcode(sandbox: SandboxClient) -> None:
    token = sandbox.token("wx1")
    official = sandbox.read(paths.PRIVATE_TEMPLATES, token).json()
    assert set(official) == {"template_list"}
    assert set(official["template_list"][0]) == {
        "template_id",
        "title",
        "primary_industry",
        "deputy_industry",
        "content",
        "example",
    }
    subscription = sandbox.read(paths.SUBSCRIPTION_TEMPLATES, token).json()
    assert set(subscription) == {"data"}
    assert {"priTmplId", "title", "content", "example", "type"} <= set(subscription["data"][0])


def test_template_lists_are_sent_as_raw_utf_8(sandbox: SandboxClient) -> None:
    answer = sandbox.read(paths.PRIVATE_TEMPLATES, sandbox.token("wx1"))
    assert "订单编号:{{character_string1.DATA}}" in answer.content.decode()


def test_the_lists_of_built_in_templates_can_be_sent(sandbox: SandboxClient) -> None:
    token = sandbox.token("wx1")
    listed = [
        entry["template_id"] for entry in sandbox.read(paths.PRIVATE_TEMPLATES, token).json()["template_list"]
    ]
    assert TEMPLATE.template_id in listed
    data = sandbox.read(paths.SUBSCRIPTION_TEMPLATES, token).json()["data"]
    assert SUBSCRIBE.template_id in [entry["priTmplId"] for entry in data]


@pytest.mark.parametrize("path", sorted(path for path, route in ROUTES.items() if route.method == "GET"))
def test_a_post_to_a_reading_path_is_43001(sandbox: SandboxClient, path: str) -> None:
    assert sandbox.post(path, sandbox.token("wx1"), {}).json()["errcode"] == 43001


@pytest.mark.parametrize("path", sorted(path for path in ROUTES if path not in BY_SECRET))
def test_every_path_that_asks_for_no_secret_wants_a_token(sandbox: SandboxClient, path: str) -> None:
    answer = sandbox.ask(ROUTES[path].method, path)
    assert (answer.status_code, answer.json()["errcode"]) == (200, 41001)


def test_an_unknown_path_is_refused_in_json(sandbox: SandboxClient) -> None:
    assert sandbox.ask("GET", "/cgi-bin/nothing").json()["errcode"] == 40066


def test_the_ticket_for_scripts_stays_the_same_until_its_end(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {})
    token = sandbox.token("wx1")
    first, second = (sandbox.read(paths.JS_TICKET, token, type="jsapi").json() for _ in range(2))
    assert (first["errcode"], first["errmsg"], first["expires_in"]) == (0, "ok", 7200)
    assert first["ticket"] == second["ticket"]
    assert sandbox.read(paths.JS_TICKET, token, type="poem").json()["errcode"] == 40097
    sandbox.expire("wx1", "js_tickets")
    assert sandbox.read(paths.JS_TICKET, token, type="jsapi").json()["ticket"] != first["ticket"]


def test_the_rid_of_an_error_leads_back_to_the_call(sandbox: SandboxClient) -> None:
    token, foreign = sandbox.token("wx1"), sandbox.token("wx2")
    refused = sandbox.send(TEMPLATE.path, token, "o1", "no-such-template", {}).json()
    rid = refused["errmsg"].rsplit("rid: ", 1)[1]
    request = sandbox.post(paths.RID_GET, token, {"rid": rid}).json()["request"]
    assert request["request_url"] == TEMPLATE.path
    assert "no-such-template" in request["request_body"]
    assert request["client_ip"] == "127.0.0.1"
    assert sandbox.post(paths.RID_GET, foreign, {"rid": rid}).json()["errcode"] == 76003
    unheard_of = f"{rid[:8]}-ffffffff-ffffffff"
    assert sandbox.post(paths.RID_GET, token, {"rid": unheard_of}).json()["errcode"] == 76001
    assert sandbox.post(paths.RID_GET, token, {"rid": "00000000-00000000-00000000"}).json()["errcode"] == 76004
    assert sandbox.post(paths.RID_GET, token, {"rid": "nonsense"}).json()["errcode"] == 76002

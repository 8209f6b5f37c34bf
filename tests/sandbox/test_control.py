from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import control, paths
from sandbox.client import SandboxClient
from sandbox.control import CONTROLS
from sandbox.faults import BEHAVIOURS
from tests.sandbox.letters import MP_TEMPLATE, SUBSCRIBE, TEMPLATE

README = Path(control.__file__).parents[1] / "README.md"


def test_the_root_describes_every_control_and_every_platform_path(sandbox: SandboxClient) -> None:
    described = sandbox.control("GET", "").json()
    listed = {(each["method"], each["path"]) for each in described["controls"]}
    assert listed == {(method, f"/_sandbox/{place}") for place in CONTROLS for method in CONTROLS[place]}
    assert all(each["does"] for each in described["controls"])
    assert {"method": "POST", "path": paths.TEMPLATE_SEND} in described["platform"]
    assert sandbox.ask("GET", "/_sandbox").json() == described


def test_the_readme_and_the_docstring_name_every_control() -> None:
    docstring = control.__doc__ or ""
    readme = README.read_text("utf-8")
    for place in CONTROLS:
        assert f"/_sandbox/{place}" in docstring
        assert f"/_sandbox/{place}" in readme
    for behaviour in BEHAVIOURS:
        assert f"`{behaviour}`" in readme


def test_an_account_shows_what_was_put_but_never_its_secrets(sandbox: SandboxClient) -> None:
    settings = {
        "kind": "wechatoa",
        "callback": "http://127.0.0.1:1/hooks/x",
        "push_mode": "compat",
        "token_ttl": 60,
        "known_users_only": True,
        "denied_paths": [paths.BIZSEND],
        "allowed_ips": ["127.0.0.1"],
        "ip_refused": True,
        "daily_quota": {paths.BIZSEND: 5},
        "minute_quota": {paths.BIZSEND: 1},
        "web_domain": "gateway.example",
        "open_platform": "wxopen1",
    }
    secrets = {"secret": "s3cret", "token": "t0ken", "encoding_aes_key": "A" * 43}
    sandbox.control("PUT", "accounts/wx1", settings | secrets)
    answer = sandbox.control("GET", "accounts/wx1")
    assert answer.json().items() >= settings.items()
    assert {answer.json()[name] for name in secrets} == {"***"}
    assert sandbox.control("GET", "accounts").json()["accounts"] == [answer.json()]


def test_what_a_second_put_does_not_give_stays(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatmp", "secret": "right"})
    sandbox.control("PUT", "users", {"appid": "wx1", "users": [{"openid": "o1", "credits": 1}]})
    token = sandbox.token("wx1", "right")
    sandbox.control("PUT", "accounts/wx1", {"token_ttl": 99})
    account = sandbox.control("GET", "accounts/wx1").json()
    assert (account["kind"], account["token_ttl"], account["users"]) == ("wechatmp", 99, 1)
    assert "data" in sandbox.read(paths.SUBSCRIPTION_TEMPLATES, token).json()


def test_users_are_put_in_bulk_and_shown_one_by_one_or_in_pages(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {})
    users = [{"openid": f"o{number}", "credits": number} for number in range(5000)]
    put = sandbox.control("PUT", "users", {"appid": "wx1", "users": users})
    assert put.json() == {"users": 5000, "listed": 5000}
    assert sandbox.control("GET", "users", appid="wx1", openid="o7").json() == {
        "openid": "o7",
        "listed": True,
        "following": True,
        "blocked": False,
        "outcome": "success",
        "credits": {"each": 7, "by_template": {}},
        "switched_off": [],
        "received": 0,
        "unionid": "",
        "unionid_known": True,
        "nickname": "",
        "phone": "",
        "snapshot": False,
        "refuses_userinfo": False,
        "high_risk": False,
    }
    page = sandbox.control("GET", "users", appid="wx1", limit=2, offset=10).json()
    assert page["total"] == 5000
    assert [user["openid"] for user in page["users"]] == ["o10", "o11"]


def test_a_user_put_again_keeps_what_is_not_given(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {})
    for user in ({"credits": {MP_TEMPLATE: 2}}, {"switched_off": True}, {"following": False}):
        sandbox.control("PUT", "users", {"appid": "wx1", "users": [{"openid": "o1", **user}]})
    shown = sandbox.control("GET", "users", appid="wx1", openid="o1").json()
    assert shown["credits"] == {"each": 0, "by_template": {MP_TEMPLATE: 2}}
    assert (shown["following"], shown["switched_off"]) == (False, ["*"])
    last = {"openid": "o1", "credits": None, "switched_off": False}
    sandbox.control("PUT", "users", {"appid": "wx1", "users": [last]})
    shown = sandbox.control("GET", "users", appid="wx1", openid="o1").json()
    assert (shown["credits"], shown["switched_off"]) == ({"each": None, "by_template": {}}, [])


def test_one_bad_user_in_a_list_changes_nobody(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {})
    users = [{"openid": "o1"}, {"openid": "o2", "credits": -1}]
    answer = sandbox.ask("PUT", "/_sandbox/users", {"appid": "wx1", "users": users})
    assert answer.status_code == 400
    assert answer.json()["error"] == "users[1].credits must be a whole number of 0 or more"
    assert sandbox.control("GET", "users", appid="wx1").json()["total"] == 0


def test_reset_goes_back_to_the_command_line(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatmp"})
    token = sandbox.token("wx1")
    sandbox.control("POST", "faults", {"errcode": -1})
    sandbox.control("PUT", "latency", {"ms": 1, "path": "/x"})
    assert sandbox.control("POST", "reset").json() == {"ok": True}
    assert sandbox.control("GET", "accounts").json() == {"accounts": [], "any_appid": True}
    assert sandbox.control("GET", "faults").json() == {"faults": []}
    assert sandbox.control("GET", "calls").json()["total"] == 0
    assert [latency["path"] for latency in sandbox.control("GET", "latency").json()["latencies"]] == [""]
    assert sandbox.read(paths.SUBSCRIPTION_TEMPLATES, token).json()["errcode"] == 40001


def test_a_reset_never_gives_a_msgid_a_second_time(sandbox: SandboxClient) -> None:
    msgids = []
    for _ in range(3):
        token = sandbox.token("wx1")
        answer = sandbox.send(TEMPLATE.path, token, "o1", TEMPLATE.template_id, TEMPLATE.values)
        msgids.append(answer.json()["msgid"])
        sandbox.control("POST", "reset")
    assert msgids == sorted(set(msgids))


def test_the_most_particular_latency_is_shown_beside_the_others(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "latency", {"ms": 1, "jitter_ms": 2, "path": SUBSCRIBE.path, "appid": "wx1"})
    listed = sandbox.control("PUT", "latency", {"ms": 3}).json()["latencies"]
    assert {"ms": 3.0, "jitter_ms": 0.0, "appid": "", "path": ""} in listed
    assert {"ms": 1.0, "jitter_ms": 2.0, "appid": "wx1", "path": SUBSCRIBE.path} in listed


def test_pushes_have_a_pace(sandbox: SandboxClient) -> None:
    shown = sandbox.control("PUT", "pushes", {"delay_ms": 7}).json()
    assert (shown["delay_ms"], shown["retry_delay_ms"], shown["timeout_ms"]) == (7.0, 500.0, 5000.0)


@pytest.mark.parametrize(
    ("method", "path", "document", "status", "words"),
    [
        ("GET", "/_sandbox/nothing", None, 404, "no control /_sandbox/nothing; there are: "),
        ("PATCH", "/_sandbox/users", None, 405, "PATCH is not allowed here; allowed: GET, PUT"),
        ("GET", "/_sandbox/accounts/wx9", None, 404, "no account 'wx9'"),
        ("GET", "/_sandbox/users", None, 400, "query: appid is required"),
        ("GET", "/_sandbox/users?appid=wx9", None, 404, "no account 'wx9'"),
        ("PUT", "/_sandbox/users", {"appid": "wx9", "users": []}, 404, "no account 'wx9'"),
        ("PUT", "/_sandbox/users", {"users": []}, 400, "appid is required"),
        ("PUT", "/_sandbox/users", [], 400, "the body must be a JSON object"),
        ("PUT", "/_sandbox/accounts/wx1", {"kind": "email"}, 400, "kind must be one of"),
        ("PUT", "/_sandbox/accounts/wx1", {"secret": 7}, 400, "secret must be a text"),
        ("PUT", "/_sandbox/accounts/wx1", {"callback": "ftp://x"}, 400, "callback must be an http://"),
        ("PUT", "/_sandbox/accounts/wx1", {"push_mode": "safe"}, 400, "needs an encoding_aes_key"),
        ("PUT", "/_sandbox/accounts/wx1", {"encoding_aes_key": "x"}, 400, "must be 43 characters"),
        ("PUT", "/_sandbox/accounts/wx1", {"token_ttl": 0}, 400, "token_ttl must be a whole number of 1"),
        ("PUT", "/_sandbox/accounts/wx1", {"ip_refused": 1}, 400, "ip_refused must be true or false"),
        ("PUT", "/_sandbox/accounts/wx1", {"denied_paths": [1]}, 400, "must be a list of texts"),
        ("PUT", "/_sandbox/accounts/wx1", {"templates": [{}]}, 400, "templates[0].template_id is required"),
        ("PUT", "/_sandbox/accounts/wx1", {"daily_quota": {"/p": "x"}}, 400, "daily_quota./p must be a whole"),
        ("PUT", "/_sandbox/accounts/wx1", {"colour": 1}, 400, "colour is not known; allowed members: "),
        ("PUT", "/_sandbox/accounts/wx1", {"open_platform": 1}, 400, "open_platform must be a text"),
        ("PUT", "/_sandbox/latency", {}, 400, "ms is required"),
        ("PUT", "/_sandbox/latency", {"ms": -1}, 400, "ms must be a number from 0"),
        ("GET", "/_sandbox/calls?limit=x", None, 400, "query: limit must be a whole number"),
        ("GET", "/_sandbox/calls?since=x", None, 400, "query: since must be seconds"),
        ("GET", "/_sandbox/calls?errcode=x", None, 400, "query: errcode must be a whole number"),
        ("GET", "/_sandbox/calls?colour=x", None, 400, "query: colour is not known; allowed: path"),
        ("GET", "/_sandbox/calls/count?group=x", None, 400, "query: group must be one of openid"),
        ("POST", "/_sandbox/tokens/expire", {"appid": "wx9"}, 404, "no account 'wx9'"),
        ("POST", "/_sandbox/tokens/expire", {"appid": "x", "errcode": 1}, 400, "must be 42001"),
    ],
)
def test_a_control_that_makes_no_sense_is_explained(
    sandbox: SandboxClient, method: str, path: str, document: object, status: int, words: str
) -> None:
    answer = sandbox.ask(method, path, document)
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_a_refused_account_is_not_opened(sandbox: SandboxClient) -> None:
    sandbox.ask("PUT", "/_sandbox/accounts/wx1", {"kind": "email"})
    assert sandbox.control("GET", "accounts").json() == {"accounts": [], "any_appid": True}


def test_a_body_that_is_no_json_is_explained(sandbox: SandboxClient) -> None:
    answer = sandbox.post_raw("/_sandbox/push", b"{")
    assert answer.status_code == 400
    assert "the body is not JSON" in answer.json()["error"]

"""What the platform says of its quotas, and how they are cleared."""

from __future__ import annotations

import pytest

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.errors import Refused
from sandbox.platform import ROUTES
from sandbox.quotas import Usage
from tests.sandbox.letters import TEMPLATE

NEW_YEAR_IN_SHANGHAI = 1_798_732_800.0


def send(sandbox: SandboxClient, token: str) -> int:
    answer = sandbox.send(TEMPLATE.path, token, "o1", TEMPLATE.template_id, TEMPLATE.values).json()
    return int(answer["errcode"])


def remain(sandbox: SandboxClient, token: str, path: str = TEMPLATE.path) -> int:
    return int(sandbox.post(paths.QUOTA_GET, token, {"cgi_path": path}).json()["quota"]["remain"])


def test_the_quota_of_a_path_can_be_read(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"daily_quota": 10, "minute_quota": 5})
    token = sandbox.token("wx1")
    send(sandbox, token)
    answer = sandbox.post(paths.QUOTA_GET, token, {"cgi_path": TEMPLATE.path}).json()
    assert answer["quota"] == {"daily_limit": 10, "used": 1, "remain": 9}
    assert answer["rate_limit"] == {"call_count": 5, "refresh_second": 60}


@pytest.mark.parametrize("call", [paths.QUOTA_GET, paths.QUOTA_CLEAR])
@pytest.mark.parametrize("path", ["cgi-bin/message/template/send", "/cgi-bin/x?y=1", ""])
def test_a_quota_path_in_the_wrong_form_is_76003(sandbox: SandboxClient, call: str, path: str) -> None:
    answer = sandbox.post(call, sandbox.token("wx1"), {"cgi_path": path})
    assert answer.json()["errcode"] == 76003


@pytest.mark.parametrize("call", [paths.QUOTA_GET, paths.QUOTA_CLEAR])
@pytest.mark.parametrize(("path", "errcode"), [("/cgi-bin/nothing", 76021), ("/sns/jscode2session", 76022)])
def test_a_quota_of_an_unknown_path_is_refused(sandbox: SandboxClient, call: str, path: str, errcode: int) -> None:
    answer = sandbox.post(call, sandbox.token("wx1"), {"cgi_path": path})
    assert answer.json()["errcode"] == errcode


def test_every_path_that_is_served_has_a_quota_but_a_person_s_own(sandbox: SandboxClient) -> None:
    token = sandbox.token("wx1")
    assert set(ROUTES) == paths.ALL | paths.SNS
    for path in paths.ALL:
        assert sandbox.post(paths.QUOTA_GET, token, {"cgi_path": path}).json()["errcode"] == 0


def test_what_is_used_up_can_be_cleared_for_one_path(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"daily_quota": {TEMPLATE.path: 1, paths.PRIVATE_TEMPLATES: 5}})
    token = sandbox.token("wx1")
    sandbox.read(paths.PRIVATE_TEMPLATES, token)
    assert [send(sandbox, token), send(sandbox, token), remain(sandbox, token)] == [0, 45009, 0]
    assert sandbox.post(paths.QUOTA_CLEAR, token, {"cgi_path": TEMPLATE.path}).json()["errcode"] == 0
    assert [remain(sandbox, token), send(sandbox, token)] == [1, 0]
    assert remain(sandbox, token, paths.PRIVATE_TEMPLATES) == 4


@pytest.mark.parametrize("by_secret", [False, True])
def test_all_paths_of_an_account_can_be_cleared_at_once(sandbox: SandboxClient, by_secret: bool) -> None:
    sandbox.control("PUT", "accounts/wx1", {"daily_quota": {TEMPLATE.path: 1, paths.PRIVATE_TEMPLATES: 5}})
    token = sandbox.token("wx1")
    sandbox.read(paths.PRIVATE_TEMPLATES, token)
    send(sandbox, token)
    if by_secret:
        cleared = sandbox.ask("POST", paths.CLEAR_ALL_TOKENLESS, {"appid": "wx1", "appsecret": "any"})
    else:
        cleared = sandbox.post(paths.CLEAR_ALL, token, {"appid": "wx1"})
    assert cleared.json()["errcode"] == 0
    assert [remain(sandbox, token), remain(sandbox, token, paths.PRIVATE_TEMPLATES)] == [1, 5]


def test_the_clear_without_a_token_takes_its_words_from_the_query_too(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"secret": "right"})
    for secret, errcode in (("right", 0), ("wrong", 40125)):
        words = {"appid": "wx1", "appsecret": secret}
        assert sandbox.ask("POST", paths.CLEAR_ALL_TOKENLESS, None, words).json()["errcode"] == errcode


def test_the_secret_of_a_clear_is_not_shown_among_the_calls(sandbox: SandboxClient) -> None:
    sandbox.ask("POST", paths.CLEAR_ALL_TOKENLESS, {"appid": "wx1", "appsecret": "confidential"})
    assert "confidential" not in sandbox.control("GET", "calls").text


def test_a_foreign_account_is_not_cleared(sandbox: SandboxClient) -> None:
    assert sandbox.post(paths.CLEAR_ALL, sandbox.token("wx1"), {"appid": "wx2"}).json()["errcode"] == 40013


def test_clears_of_either_kind_come_to_ten_a_month_and_the_next_is_48006(sandbox: SandboxClient) -> None:
    token = sandbox.token("wx1")
    codes = [
        sandbox.post(call, token, {"appid": "wx1", "cgi_path": TEMPLATE.path}).json()["errcode"]
        for call in (paths.CLEAR_ALL, paths.QUOTA_CLEAR) * 6
    ]
    assert codes == [0] * 10 + [48006] * 2


def test_a_new_month_brings_new_clears() -> None:
    usage = Usage()
    for _ in range(10):
        usage.clear([TEMPLATE.path], NEW_YEAR_IN_SHANGHAI - 1)
    with pytest.raises(Refused) as caught:
        usage.clear([TEMPLATE.path], NEW_YEAR_IN_SHANGHAI - 1)
    assert caught.value.errcode == 48006
    usage.clear([TEMPLATE.path], NEW_YEAR_IN_SHANGHAI)


def test_the_minute_s_count_begins_anew_by_itself_and_the_day_s_at_midnight_in_shanghai() -> None:
    usage, path = Usage(), TEMPLATE.path
    usage.count(path, NEW_YEAR_IN_SHANGHAI - 90, {path: 2}, {path: 1})
    assert refusal(usage, NEW_YEAR_IN_SHANGHAI - 89, minutely=1) == 45011
    usage.count(path, NEW_YEAR_IN_SHANGHAI - 1, {path: 2}, {path: 1})
    assert refusal(usage, NEW_YEAR_IN_SHANGHAI - 1, minutely=9) == 45009
    usage.count(path, NEW_YEAR_IN_SHANGHAI, {path: 2}, {path: 1})


def refusal(usage: Usage, now: float, minutely: int) -> int:
    with pytest.raises(Refused) as caught:
        usage.count(TEMPLATE.path, now, {TEMPLATE.path: 2}, {TEMPLATE.path: minutely})
    return caught.value.errcode

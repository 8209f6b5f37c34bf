"""Quotas from the command line, against a running sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.inprocess import running
from tests.cli.terminal import Ums, document

OA = "wx00000000000000b2"


@pytest.fixture
def sandbox(ums: Ums) -> Iterator[SandboxClient]:
    """A sandbox with an official account, which is the channel wechatoa1."""
    with running() as url, SandboxClient(url) as client:
        client.control("PUT", f"accounts/{OA}", {"kind": "wechatoa", "secret": "right", "daily_quota": 2})
        words = ("--set", f"appid={OA}", "--set", "secret=right", "--set", f"base_url={url}")
        assert ums("channel", "add", "wechatoa1", "--type", "wechatoa", *words).exit_code == 0
        yield client


def quotas(ums: Ums, *words: str, status: int = 0) -> dict[str, object]:
    return dict(document(ums("channel", *words, "--json"), status))


def endpoints(found: dict[str, object]) -> dict[str, dict[str, object]]:
    listed = found["quotas"]
    assert isinstance(listed, list)
    return {quota["endpoint"]: quota for quota in listed}


def spend(sandbox: SandboxClient) -> None:
    """Another system sends by the account."""
    token = sandbox.token(OA, "right")
    values = {"character_string1": "SO1", "thing2": "parcel", "time3": "15:01"}
    sandbox.send(paths.TEMPLATE_SEND, token, "o1", "sandbox_oa_order_shipped_000000000000000001", values)


def test_what_is_left_and_who_else_spends_it_is_shown(ums: Ums, sandbox: SandboxClient) -> None:
    spend(sandbox)
    before = endpoints(quotas(ums, "quotas", "wechatoa1"))
    assert (before["template"]["used"], before["template"]["remaining"]) == (None, None)
    after = endpoints(quotas(ums, "quotas", "wechatoa1", "--refresh"))
    assert (after["template"]["used"], after["template"]["others"], after["template"]["remaining"]) == (1, 1, 1)
    assert (after["subscription"]["limit"], after["subscription"]["others"]) == (2, 0)
    shown = ums("channel", "quotas", "wechatoa1").stdout
    assert "template: The gateway had counted 0 calls, the provider 1: another system" in shown
    assert "Cleared 0 of 10 times this month." in shown


def test_a_limit_of_the_operator_s_counts_where_it_is_lower(ums: Ums, sandbox: SandboxClient) -> None:
    for limit, found in (("1", 1), ("0", None)):
        limited = endpoints(quotas(ums, "limit-quota", "wechatoa1", "template", limit))
        assert (limited["template"]["own_limit"], limited["template"]["limit"]) == (found, found)
    assert ums("channel", "limit-quota", "wechatoa1", "letter", "1").exit_code == 1


def test_a_quota_is_cleared_and_the_clear_is_noted(ums: Ums, sandbox: SandboxClient) -> None:
    for _ in range(2):
        spend(sandbox)
    quotas(ums, "quotas", "wechatoa1", "--refresh")
    refused = quotas(ums, "clear-quota", "wechatoa1", "subscription", status=1)
    assert "force" in str(refused["message"])
    assert quotas(ums, "clear-quota", "wechatoa1", "template")["clears"] == 1
    again = endpoints(quotas(ums, "quotas", "wechatoa1", "--refresh"))
    assert (again["template"]["used"], again["template"]["remaining"]) == (0, 2)
    assert quotas(ums, "clear-quota", "wechatoa1", "--force")["clears"] == 2
    noted = ums("operator", "audit").stdout
    assert "(command line)" in noted
    assert "clear-quota" in noted


def test_clears_that_were_made_elsewhere_are_the_platform_s_to_refuse(ums: Ums, sandbox: SandboxClient) -> None:
    token = sandbox.token(OA, "right")
    for _ in range(10):
        sandbox.post(paths.CLEAR_ALL, token, {"appid": OA})
    refused = quotas(ums, "clear-quota", "wechatoa1", "--force", status=1)
    assert "48006" in str(refused["message"])
    assert "ten times this month" in str(refused["message"])
    assert quotas(ums, "quotas", "wechatoa1")["clears"] == 0


@pytest.mark.parametrize(
    ("errcode", "said"),
    [
        (76003, "does not take the path"),
        (76021, "does not know the path"),
        (76022, "tells no quota of this path"),
        (48001, "The account may not use this interface"),
    ],
)
def test_why_a_quota_is_not_told_stands_in_plain_words(
    ums: Ums, sandbox: SandboxClient, errcode: int, said: str
) -> None:
    sandbox.control("POST", "faults", {"appid": OA, "path": paths.QUOTA_GET, "errcode": errcode, "times": 1})
    told = str(endpoints(quotas(ums, "quotas", "wechatoa1", "--refresh"))["template"]["told"])
    assert str(errcode) in told
    assert said in told


def test_a_call_is_looked_up_by_its_rid_with_nobody_s_openid(ums: Ums, sandbox: SandboxClient) -> None:
    token = sandbox.token(OA, "right")
    refused = sandbox.send(paths.TEMPLATE_SEND, token, "oABCD1234efgh", "no-such-template", {}).json()
    rid = refused["errmsg"].rsplit("rid: ", 1)[1]
    found = quotas(ums, "look-up", "wechatoa1", rid)
    assert (found["url"], found["client_ip"]) == (paths.TEMPLATE_SEND, "127.0.0.1")
    assert "no-such-template" in str(found["request"])
    assert "40037" in str(found["response"])
    shown = ums("channel", "look-up", "wechatoa1", rid).stdout
    assert "oABC…" in shown
    assert "oABCD1234efgh" not in shown


@pytest.mark.parametrize(
    ("rid", "said"),
    [
        ("nonsense", "76002: invalid rid"),
        ("00000000-00000000-00000000", "is too long ago"),
        ("ffffffff-00000000-00000000", "knows no call with this rid"),
    ],
)
def test_a_call_that_there_is_not_is_explained(ums: Ums, sandbox: SandboxClient, rid: str, said: str) -> None:
    assert said in str(quotas(ums, "look-up", "wechatoa1", rid, status=1)["message"])

"""A template library from the command line, against a running sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.inprocess import running
from tests.cli.terminal import Ums, document

MP, OA = "wx0123456789abcdef", "wx00000000000000b2"


@pytest.fixture
def sandbox(ums: Ums) -> Iterator[SandboxClient]:
    """A sandbox with a mini program and an official account, each a channel."""
    with running() as url, SandboxClient(url) as client:
        for appid, kind in ((MP, "wechatmp"), (OA, "wechatoa")):
            client.control("PUT", f"accounts/{appid}", {"kind": kind, "secret": "right"})
            words = ("--set", f"appid={appid}", "--set", "secret=right", "--set", f"base_url={url}")
            assert ums("channel", "add", f"{kind}1", "--type", kind, *words).exit_code == 0
        yield client


def asked(sandbox: SandboxClient, path: str) -> int:
    count: int = sandbox.control("GET", "calls/count", path=path).json()["count"]
    return count


def library(ums: Ums, *words: str) -> dict[str, object]:
    return dict(document(ums("channel", "library", *words, "--json")))


def test_the_library_is_looked_through_and_asked_once(ums: Ums, sandbox: SandboxClient) -> None:
    for _ in range(2):
        assert library(ums, "categories", "wechatmp1")["categories"] == [
            {"id": "616", "name": "电商平台"},
            {"id": "307", "name": "快递、邮政"},
        ]
        found = library(ums, "titles", "wechatmp1")
        assert found["total"] == 4
        assert (
            found["titles"]
            == library(ums, "titles", "wechatmp1", "--category", "616", "--category", "307")["titles"]
        )
        shown = ums("channel", "library", "titles", "wechatmp1", "--category", "307", "--start", "1").stdout
        assert "快递动态" in shown
        assert "2 of 2." in shown
        assert "取件地址" in ums("channel", "library", "keywords", "wechatmp1", "2003").stdout
    assert [asked(sandbox, path) for path in (paths.CATEGORIES, paths.TITLES, paths.KEYWORDS)] == [1, 2, 1]


def test_a_template_is_added_and_deleted_and_the_list_refreshed(ums: Ums, sandbox: SandboxClient) -> None:
    chosen = ("1221", "--keyword", "2", "--keyword", "1", "--scene", "发货")
    added = library(ums, "add", "wechatmp1", *chosen)
    template_id = str(added["template_id"])
    listed = document(ums("channel", "templates", "wechatmp1", "--json"))
    assert listed["counts"] == [{"kind": "subscription", "used": 4, "allowed": 50}]
    assert template_id in str(listed["templates"])
    twice = document(ums("channel", "library", "add", "wechatmp1", *chosen, "--json"), status=1)
    assert (twice["code"], "200022" in str(twice["message"])) == (4004, True)
    assert f"removed: {template_id}" in ums("channel", "library", "delete", "wechatmp1", template_id).stdout
    for unknown in (template_id, "-hx", "--x"):
        gone = document(ums("channel", "library", "delete", "wechatmp1", unknown, "--json"), status=1)
        assert gone["code"] == 4040


def test_an_official_account_has_two_lists(ums: Ums, sandbox: SandboxClient) -> None:
    words = ("--keyword", "商品名称", "--keyword", "订单号", "--kind", "template")
    message = str(library(ums, "add", "wechatoa1", "1221", *words)["template_id"])
    notice = str(library(ums, "add", "wechatoa1", "1221", "--keyword", "1", "--keyword", "2")["template_id"])
    assert "template 4 of 25, subscription 4." in ums("channel", "templates", "wechatoa1").stdout
    for template_id in (message, notice):
        assert ums("channel", "library", "delete", "wechatoa1", template_id).exit_code == 0
    assert asked(sandbox, paths.DELETE_PRIVATE) == asked(sandbox, paths.DELETE_SUBSCRIPTION) == 1


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("keywords", "wechatmp1", "9"), 4040, "200014"),
        (("titles", "wechatmp1", "--category", "9"), 4004, "200019"),
        (("add", "wechatmp1", "9", "--keyword", "1", "--keyword", "2"), 4004, "200014"),
        (("add", "wechatmp1", "1221", "--keyword", "1"), 4004, "200020"),
        (("add", "wechatmp1", "1221", "--keyword", "订单号"), 4004, "numbers"),
        (("add", "wechatmp1", "1221", "--kind", "template"), 4004, "subscription"),
        (("add", "wechatoa1", "1221", "--kind", "template", "--keyword", "1"), 4004, "40246"),
        (("categories", "nowhere"), 4040, "nowhere"),
    ],
)
def test_what_the_platform_refuses_is_told(
    ums: Ums, sandbox: SandboxClient, words: tuple[str, ...], code: int, told: str
) -> None:
    refused = document(ums("channel", "library", *words, "--json"), status=1)
    assert (refused["code"], told in str(refused["message"])) == (code, True), refused


def test_a_full_list_is_a_conflict(ums: Ums, sandbox: SandboxClient) -> None:
    own = [{"priTmplId": f"T{n}", "title": "x", "content": "", "type": 2} for n in range(50)]
    sandbox.control("PUT", f"accounts/{MP}", {"subscription_templates": own})
    words = ("add", "wechatmp1", "1221", "--keyword", "1", "--keyword", "2", "--json")
    refused = document(ums("channel", "library", *words), status=1)
    assert refused["code"] == 4090
    assert "Delete templates that are no longer used" in str(refused["message"])


def test_a_quota_that_is_used_up_is_for_later_and_what_is_known_stays(ums: Ums, sandbox: SandboxClient) -> None:
    sandbox.control("PUT", f"accounts/{MP}", {"daily_quota": {paths.KEYWORDS: 1}})
    assert library(ums, "keywords", "wechatmp1", "1221")["code"] == 0
    refused = document(ums("channel", "library", "keywords", "wechatmp1", "2003", "--json"), status=1)
    assert (refused["code"], "45009" in str(refused["message"])) == (5030, True)
    assert library(ums, "keywords", "wechatmp1", "1221")["code"] == 0


@pytest.mark.parametrize("behaviour", ["reset_after_accept", "cut_json"])
def test_an_answer_that_was_lost_says_what_to_do(ums: Ums, sandbox: SandboxClient, behaviour: str) -> None:
    fault = {"path": paths.ADD_SUBSCRIPTION, "behaviour": behaviour, "times": 1}
    sandbox.control("POST", "faults", fault)
    words = ("add", "wechatmp1", "1221", "--keyword", "1", "--keyword", "2", "--json")
    refused = document(ums("channel", "library", *words), status=1)
    assert (refused["code"], "refresh the list" in str(refused["message"])) == (5030, True)
    assert document(ums("channel", "refresh", "wechatmp1", "--json"))["total"] == 4

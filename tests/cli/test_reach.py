"""Whether a user can be reached, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import Ums, document
from ums.domain.commands import Json

ASK = ("users", "reach", "zhangsan", "--application", "shop")
SETTINGS = ("--set", "appid=wx0123456789abcdef", "--set", "secret=right", "--set", "base_url=http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def bound(ums: Ums, tmp_path: Path) -> None:
    """zhangsan is bound to a mini program, and not to the official account."""
    ums("application", "add", "shop")
    for code, type_ in (("mp1", "wechatmp"), ("oa1", "wechatoa")):
        assert ums("channel", "add", code, "--type", type_, *SETTINGS, "--grant", "shop").exit_code == 0
    people = tmp_path / "people.csv"
    people.write_text("userid,wechatmp_openid:mp1\nzhangsan,oMPzhangsan00000000000000001\n", "utf-8")
    assert ums("users", "import", str(people)).exit_code == 0


def told(document: dict[str, Json]) -> dict[Json, list[Json]]:
    """All reasons, by channel."""
    channels = document["channels"]
    assert isinstance(channels, list)
    found: dict[Json, list[Json]] = {}
    for one in channels:
        assert isinstance(one, dict)
        assert isinstance(one["reasons"], list)
        found[str(one["channel"])] = [each["reason"] for each in one["reasons"] if isinstance(each, dict)]
    return found


def test_each_channel_is_told_with_what_would_help(ums: Ums) -> None:
    shown = ums(*ASK).stdout
    rows = [[cell.strip() for cell in line.split("│")[1:4]] for line in shown.splitlines() if "│" in line]
    assert ["mp1", "yes", ""] in rows
    assert ["oa1", "no", "not_bound"] in rows
    assert "POST /v1/bind/ticket" in shown


def test_programs_get_what_the_api_answers(ums: Ums) -> None:
    ums("channel", "pause", "mp1")
    answer = document(ums(*ASK, "--template", "T#7", "--json"))
    assert answer["userid"] == "zhangsan"
    assert told(answer) == {"mp1": ["channel_paused", "template_unknown"], "oa1": ["not_bound"]}
    lines = ums(*ASK, "--template", "T#7").stdout.splitlines()
    assert sum("template_unknown" in line and "mp1" not in line for line in lines) == 1


def test_who_is_not_there_and_lists_that_are_not_are_refused(ums: Ums) -> None:
    assert document(ums("users", "reach", "nobody", "--application", "shop", "--json"), 1)["code"] == 4040
    assert document(ums(*ASK, "--blacklist", "7", "--json"), 1)["code"] == 1015046
    assert ums(*ASK, "--blacklist", "7", "--whitelist", "7").exit_code == 2

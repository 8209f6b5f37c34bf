"""Channels from the command line, against a running sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client import SandboxClient
from sandbox.inprocess import running
from tests.cli.terminal import Ums, document
from tests.factories import break_channel
from ums.cli.opening import opened_gateway
from ums.domain.commands import Json

APPID = "wx0123456789abcdef"


@pytest.fixture
def sandbox_url() -> Iterator[str]:
    with running() as url, SandboxClient(url) as client:
        client.control("PUT", f"accounts/{APPID}", {"kind": "wechatmp", "secret": "right"})
        yield url


def add(ums: Ums, sandbox_url: str, *more: str, wrong: bool = False) -> None:
    words = (
        "--set",
        f"appid={APPID}",
        "--set",
        f"secret={'wrong' if wrong else 'right'}",
        "--set",
        f"base_url={sandbox_url}",
    )
    result = ums("channel", "add", "wechatmp123", "--type", "wechatmp", *words, *more)
    assert result.exit_code == 0, result.output


def test_a_channel_is_made_granted_and_shown_without_its_secrets(ums: Ums, tmp_path: Path) -> None:
    ums("application", "add", "shop")
    (tmp_path / "secret").write_text("hush\n", "utf-8")
    words = ("--set", f"appid={APPID}", "--set", f"secret=@{tmp_path / 'secret'}", "--grant", "shop", "--json")
    result = ums("channel", "add", "wechatmp123", "--type", "wechatmp", *words)
    made = document(result)
    assert (made["channel"], made["type"], made["state"]) == ("wechatmp123", "wechatmp", "ready")
    assert (made["secrets_set"], made["granted_to"]) == (["secret"], ["shop"])
    assert made["hook_url"] == "http://127.0.0.1:8080/hooks/wechatmp123"
    assert "hush" not in result.output
    assert result.stderr == ""
    listed = document(ums("channel", "list", "--json"))
    assert (listed["code"], listed["next"]) == (0, None)
    assert "wechatmp123" in ums("channel", "list").stdout


def test_a_secret_on_the_command_line_works_with_a_warning(ums: Ums) -> None:
    words = ("--set", f"appid={APPID}", "--set", "secret=hush")
    result = ums("channel", "add", "wechatmp123", "--type", "wechatmp", *words, "--json")
    assert result.exit_code == 0
    assert "--set secret=@FILE" in result.stderr
    assert "hush" not in result.output


def test_a_secret_comes_from_standard_input(ums: Ums) -> None:
    assert ums("db", "upgrade").exit_code == 0
    words = ("--set", f"appid={APPID}", "--set", "secret=-")
    result = ums("channel", "add", "wechatmp123", "--type", "wechatmp", *words, given="hush\n")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""


def test_wrong_settings_are_named_by_their_path(ums: Ums) -> None:
    words = ("--set", "appid=nonsense", "--set", "sceret=x", "--json")
    refused = document(ums("channel", "add", "wechatmp123", "--type", "wechatmp", *words), status=1)
    assert refused["code"] == 4004
    errors = refused["errors"]
    assert isinstance(errors, dict)
    assert {"settings.appid", "settings.sceret", "settings.secret"} <= errors.keys()


def test_a_channel_is_granted_paused_and_resumed(ums: Ums, sandbox_url: str) -> None:
    ums("application", "add", "shop")
    add(ums, sandbox_url)
    assert document(ums("channel", "grant", "wechatmp123", "shop", "--json"))["granted_to"] == ["shop"]
    assert document(ums("channel", "pause", "wechatmp123", "--json"))["state"] == "paused"
    assert document(ums("channel", "resume", "wechatmp123", "--json"))["state"] == "ready"
    assert "endpoint subscription" in ums("channel", "show", "wechatmp123").stdout


def test_wrong_credentials_park_the_channel_until_they_are_mended(ums: Ums, sandbox_url: str) -> None:
    add(ums, sandbox_url, wrong=True)
    check = document(ums("channel", "test", "wechatmp123", "--json"), status=1)
    assert (check["ok"], check["provider_code"]) == (False, 40125)
    assert document(ums("channel", "show", "wechatmp123", "--json"))["state"] == "parked"
    mended = document(ums("channel", "set", "wechatmp123", "--set", "secret=-", "--json", given="right"))
    assert mended["state"] == "ready"
    assert document(ums("channel", "test", "wechatmp123", "--json"))["ok"] is True


def test_a_refresh_shows_what_has_changed(ums: Ums, sandbox_url: str) -> None:
    add(ums, sandbox_url)
    first = document(ums("channel", "refresh", "wechatmp123", "--json"))
    assert (first["added"], first["removed"], first["changed"], first["total"]) == (3, 0, 0, 3)
    again = ums("channel", "refresh", "wechatmp123")
    assert again.exit_code == 0
    assert again.stdout == "wechatmp123 has 3 templates: subscription 3 of 50.\n"
    listed = document(ums("channel", "templates", "wechatmp123", "--json"))
    assert listed["counts"] == [{"kind": "subscription", "used": 3, "allowed": 50}]
    shown = ums("channel", "templates", "wechatmp123").stdout
    assert "预约提醒" in shown
    assert "wechatmp123 has 3 templates: subscription 3 of 50." in shown
    kept = document(ums("channel", "refreshes", "wechatmp123", "--json"))["refreshes"]
    assert kept == [{name: value for name, value in first.items() if name != "code"}]


def test_the_refreshes_kept_are_shown_and_what_they_break(ums: Ums, sandbox_url: str, tmp_path: Path) -> None:
    add(ums, sandbox_url)
    assert "yet" in ums("channel", "refreshes", "wechatmp123").stdout
    ums("channel", "refresh", "wechatmp123")
    shipped = "sandbox_mp_order_shipped_000000000000000001"
    content: Json = {"template_id": shipped, "data": {"phrase2": {"value": "ok"}}}
    (tmp_path / "t.json").write_text(json.dumps({"id": 7, "name": "Parcel", "channels": {"wechatmp": content}}))
    assert ums("template", "add", str(tmp_path / "t.json")).exit_code == 0
    listed: Json = {"priTmplId": shipped, "title": "订单", "content": "备注:{{thing3.DATA}}", "type": 2}
    with SandboxClient(sandbox_url) as client:
        client.control("PUT", f"accounts/{APPID}", {"subscription_templates": [listed]})
    told = ums("channel", "refresh", "wechatmp123").stdout
    assert "removed: sandbox_mp_appointment_00000000000000000002 预约提醒" in told
    assert "fields gone: character_string1, phrase2; " in told
    assert f"broken: the message template 7 'Parcel' uses {shipped}, by phrase2" in told
    kept = ums("channel", "refreshes", "wechatmp123").stdout
    assert "broken: the message template 7 'Parcel'" in kept
    assert kept.count("added: ") == 3


def test_a_channel_that_is_none_is_refused(ums: Ums) -> None:
    assert document(ums("channel", "show", "nowhere", "--json"), status=1)["code"] == 4040


def test_setting_nothing_is_a_fault_of_the_command_line(ums: Ums) -> None:
    assert ums("channel", "set", "wechatmp123").exit_code == 2


def test_a_channel_whose_calls_keep_failing_says_so_until_it_is_resumed(ums: Ums, sandbox_url: str) -> None:
    add(ums, sandbox_url)
    with opened_gateway() as gateway:
        break_channel(gateway, "wechatmp123")
    assert "ready, failing" in ums("channel", "list").stdout
    assert "connection_refused, since" in ums("channel", "show", "wechatmp123").stdout
    assert document(ums("channel", "show", "wechatmp123", "--json"))["failing"]
    assert ums("channel", "resume", "wechatmp123").exit_code == 0
    assert "failing" not in ums("channel", "list").stdout

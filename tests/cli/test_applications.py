"""Applications, what they may do and what they bring along, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.terminal import Ums, document

KEY, SECRET = "0123456789abcdef01234567", "fedcba987654321001234567"
APPID = "wx0123456789abcdef"


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    path = tmp_path / "secret.txt"
    path.write_text(f"{SECRET}\n", "utf-8")
    return f"@{path}"


def test_existing_credentials_are_brought_along(ums: Ums, secret_file: str) -> None:
    result = ums("application", "add", "shop", "--channel-key", KEY, "--master-secret", secret_file, "--json")
    assert document(result) == {"channel_key": KEY}
    assert SECRET not in result.output
    key = "AccessKey-of_old"
    result = ums("access-key", "create", "--access-key", key, "--master-secret", "-", "--json", given=SECRET)
    assert document(result) == {"access_key": key}
    assert "warning" not in result.stderr


def test_a_secret_on_the_command_line_works_with_a_warning(ums: Ums) -> None:
    result = ums("application", "add", "shop", "--channel-key", KEY, "--master-secret", SECRET)
    assert result.exit_code == 0
    assert "--master-secret @FILE" in result.stderr
    assert SECRET not in result.output


def test_unusable_credentials_are_refused_by_name(ums: Ums, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("", "utf-8")
    words = ("--channel-key", "a:b", "--master-secret", f"@{tmp_path / 'empty'}", "--json")
    refused = document(ums("application", "add", "shop", *words), status=1)
    assert refused["code"] == 4004
    errors = refused["errors"]
    assert isinstance(errors, dict)
    assert set(errors) == {"channel_key", "master_secret"}
    missing = document(ums("access-key", "create", "--master-secret", "@nowhere", "--json"), status=1)
    assert "master_secret" in str(missing["errors"])


def test_what_an_application_may_do_is_set_when_it_is_made_and_changed_later(ums: Ums, tmp_path: Path) -> None:
    ums("application", "add", "shop", "--rate-limit", "10", "--test-mode", "--preference", "sms, email")
    shown = document(ums("application", "show", "shop", "--json"))
    policy = shown["policy"]
    assert isinstance(policy, dict)
    assert (policy["rate_limit"], policy["test_mode"], shown["preference"]) == (10, True, ["sms", "email"])
    quiet = {"start": "22:00", "end": "08:00", "timezone": "Asia/Shanghai", "action": "refuse"}
    (tmp_path / "policy.json").write_text(json.dumps({"quiet_hours": quiet, "rate_limit": 5}), "utf-8")
    words = ("--policy", str(tmp_path / "policy.json"), "--rate-limit", "20", "--preference", "")
    shown = document(ums("application", "change", "shop", *words, "--json"))
    policy = shown["policy"]
    assert isinstance(policy, dict)
    assert (policy["rate_limit"], policy["test_mode"], shown["preference"]) == (20, False, [])
    assert policy["quiet_hours"] == quiet
    plain = ums("application", "show", "shop").stdout
    assert "22:00 to 08:00 Asia/Shanghai, refuse" in plain


@pytest.mark.parametrize("preference", ["fax", "sms,sms"])
def test_a_wrong_preference_is_a_fault_of_the_command_line(ums: Ums, preference: str) -> None:
    assert ums("application", "add", "shop", "--preference", preference).exit_code == 2


def test_a_wrong_policy_is_refused_by_its_path(ums: Ums) -> None:
    words = ("--policy", "-", "--json")
    refused = document(ums("application", "add", "shop", *words, given='{"rate_limit": -1}'), status=1)
    assert refused["errors"] == {"rate_limit": ["must be from 0 to 1000000000, not -1"]}


def test_an_application_is_renamed_closed_and_reopened(ums: Ums) -> None:
    ums("application", "add", "shop")
    assert document(ums("application", "change", "shop", "--name", "store", "--json"))["name"] == "store"
    assert document(ums("application", "close", "store", "--json"))["state"] == "closed"
    assert document(ums("application", "reopen", "store", "--json"))["state"] == "open"
    assert document(ums("application", "close", "shop", "--json"), status=1)["code"] == 4040


def test_changing_nothing_is_a_fault_of_the_command_line(ums: Ums) -> None:
    assert ums("application", "change", "shop").exit_code == 2


def test_a_secret_is_renewed(ums: Ums, secret_file: str) -> None:
    made = document(ums("application", "add", "shop", "--json"))
    renewed = document(ums("application", "renew-secret", "shop", "--json"))
    assert renewed["channel_key"] == made["channel_key"]
    assert renewed["master_secret"] != made["master_secret"]
    brought = document(ums("application", "renew-secret", "shop", "--master-secret", secret_file, "--json"))
    assert brought == {"channel_key": made["channel_key"]}


def add_channel(ums: Ums, code: str) -> None:
    words = ("--type", "wechatmp", "--set", f"appid={APPID}", "--set", "secret=-", "--json")
    assert document(ums("channel", "add", code, *words, given="hush"))["channel"] == code


def test_channels_are_granted_revoked_renamed_and_replaced(ums: Ums) -> None:
    ums("application", "add", "shop")
    for code in ("mp1", "mp2"):
        add_channel(ums, code)
    assert document(ums("application", "grant", "shop", "mp1", "--json"))["channels"] == {"wechatmp": "mp1"}
    replaced = document(ums("channel", "replace", "mp1", "--by", "mp2", "--bindings", "--json"))
    assert replaced == {"granted_to": ["shop"], "bindings": 0}
    assert document(ums("channel", "revoke", "mp2", "shop", "--json"))["granted_to"] == []
    assert document(ums("application", "revoke", "shop", "mp2", "--json"), status=1)["code"] == 4040
    assert document(ums("channel", "rename", "mp1", "Our shop", "--json"))["name"] == "Our shop"


def test_channels_are_closed_resumed_and_removed(ums: Ums) -> None:
    add_channel(ums, "mp1")
    assert document(ums("channel", "close", "mp1", "--json"))["state"] == "closed"
    assert document(ums("channel", "resume", "mp1", "--json"))["state"] == "ready"
    assert document(ums("channel", "remove", "mp1", "--json")) == {"removed": "mp1", "kept": False}
    assert document(ums("channel", "list", "--deleted", "--json"))["channels"] == []


def test_an_application_is_removed(ums: Ums) -> None:
    ums("application", "add", "shop")
    assert document(ums("application", "remove", "shop", "--json")) == {"removed": "shop", "kept_as": None}
    assert document(ums("application", "list", "--deleted", "--json"))["applications"] == []
    assert document(ums("application", "remove", "shop", "--json"), status=1)["code"] == 4040


def test_operators_are_listed_changed_and_removed(ums: Ums) -> None:
    ums("operator", "add", "boss", "--role", "admin")
    ums("operator", "add", "robot", "--role", "sender")
    assert document(ums("operator", "token", "robot", "--json"))["token"]
    listed = document(ums("operator", "list", "--json"))["operators"]
    assert isinstance(listed, list)
    assert [(item["name"], item["has_token"]) for item in listed if isinstance(item, dict)] == [
        ("boss", False),
        ("robot", True),
    ]
    assert document(ums("operator", "change", "robot", "--role", "viewer", "--json"))["role"] == "viewer"
    assert document(ums("operator", "remove", "boss", "--json"), status=1)["code"] == 4090
    assert document(ums("operator", "remove", "robot", "--json")) == {"removed": "robot"}
    assert document(ums("operator", "token", "robot", "--json"), status=1)["code"] == 4040
    assert "boss" in ums("operator", "list").stdout
    # an installation's own commands are nobody's changes
    assert document(ums("operator", "audit", "--json")) == {"audit": []}


def test_access_keys_are_listed_and_removed(ums: Ums) -> None:
    made = document(ums("access-key", "create", "--json"))["access_key"]
    listed = document(ums("access-key", "list", "--json"))["access_keys"]
    assert isinstance(listed, list)
    assert [item["access_key"] for item in listed if isinstance(item, dict)] == [made]
    assert str(made) in ums("access-key", "list").stdout
    assert document(ums("access-key", "remove", str(made), "--json")) == {"removed": made}
    assert document(ums("access-key", "remove", str(made), "--json"), status=1)["code"] == 4040
    assert document(ums("access-key", "list", "--json"))["access_keys"] == []

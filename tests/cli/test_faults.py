"""What a command says when it can't do its work."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.cli.terminal import Ums, document
from ums.cli import main


def test_every_wrong_setting_is_named_at_once(ums: Ums, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMS_PORT", "abc")
    monkeypatch.setenv("UMS_LOG_FORMAT", "xml")
    result = ums("channel", "list", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "UMS_PORT: 'abc' won't do" in result.stderr
    assert "UMS_LOG_FORMAT: 'xml' won't do" in result.stderr


def test_a_file_that_is_no_database_is_refused_in_a_sentence(ums: Ums, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ums.db").write_text("this is a letter, not a database\n" * 10, "utf-8")
    refused = document(ums("application", "list", "--json"), status=1)
    assert "file is not a database" in str(refused["message"])
    assert str(tmp_path / "home" / "ums.db") in str(refused["message"])


def test_a_database_that_cannot_be_opened_is_named(
    ums: Ums, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UMS_DATABASE_URL", f"sqlite:///{tmp_path / 'nowhere' / 'ums.db'}")
    refused = document(ums("application", "list", "--json"), status=1)
    assert refused["code"] == 5030
    assert str(tmp_path / "nowhere" / "ums.db") in str(refused["message"])


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unwritable to root")
def test_a_database_that_cannot_be_written_is_refused_before_anything_is_done(ums: Ums, tmp_path: Path) -> None:
    ums("application", "list")
    (tmp_path / "home" / "ums.db").chmod(0o400)
    refused = document(ums("application", "list", "--json"), status=1)
    assert "can't be written" in str(refused["message"])


def test_a_database_of_another_version_is_left_alone(ums: Ums, tmp_path: Path) -> None:
    ums("application", "add", "shop")
    with sqlite3.connect(tmp_path / "home" / "ums.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    connection.close()
    result = ums("application", "list")
    assert result.exit_code == 1
    assert "made by a newer version" in result.stderr
    assert document(ums("db", "check", "--json"), status=1)["state"] == "ahead"
    assert document(ums("db", "upgrade", "--json"), status=1)["changed"] is False


def test_the_tables_are_brought_up_once(ums: Ums) -> None:
    assert document(ums("db", "check", "--json"))["state"] == "empty"
    assert document(ums("db", "upgrade", "--json")) == {"state": "current", "changed": True}
    assert document(ums("db", "upgrade", "--json")) == {"state": "current", "changed": False}
    assert "up to date" in ums("db", "check").stdout


def test_a_home_that_cannot_be_made_is_named(ums: Ums, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("UMS_HOME", str(tmp_path / "file"))
    result = ums("application", "list")
    assert result.exit_code == 1
    assert str(tmp_path / "file") in result.stderr


def test_a_command_that_is_none_is_a_fault_of_the_command_line(ums: Ums) -> None:
    assert ums("sned").exit_code == 2


def commands(group: click.Group = main) -> Iterator[click.Command]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        assert command.name == name
        if isinstance(command, click.Group):
            yield from commands(command)
        else:
            yield command


def test_every_command_has_an_example_and_speaks_json() -> None:
    found = list(commands())
    assert len(found) > 20
    for command in found:
        assert "Example" in (command.help or ""), command.name
        assert any("--json" in parameter.opts for parameter in command.params), command.name


def test_a_refusal_that_standard_output_does_not_take_is_a_sentence_all_the_same(tmp_path: Path) -> None:
    environ = {**os.environ, "UMS_HOME": str(tmp_path), "PYTHONUNBUFFERED": ""}
    subprocess.run([sys.executable, "-m", "ums.cli", "db", "upgrade"], env=environ, check=True)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ums.cli", "channel", "show", "none", "--json"],
            env=environ,
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no channel 'none'" in done.stderr


def test_a_forgotten_home_does_not_stay_unnoticed(ums: Ums, tmp_path: Path) -> None:
    first, second = ums("channel", "list"), ums("channel", "list")
    assert f"a new installation, made in {tmp_path / 'home'}" in first.stderr
    assert second.stderr == ""

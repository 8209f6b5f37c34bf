"""Which commands there are, and what is loaded to say so."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete

from tests.cli.terminal import Ums
from ums.cli import COMMANDS, main

HEAVY = ("aiohttp", "alembic", "apscheduler", "Crypto", "flask", "pygments", "requests", "rich", "werkzeug")
"""Libraries that take long to load, and that most processes do without."""


def loaded_by(code: str, *names: str) -> set[str]:
    """Which of the modules a process of its own has loaded once it has run `code`."""
    asked = f"import sys; {code}; print(*[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_listed_is_there(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name


def test_help_says_what_every_command_is_for(ums: Ums) -> None:
    shown = ums("--help").stdout
    for name, place in COMMANDS.items():
        assert f"  {name} " in shown
        assert place.purpose in shown


@pytest.mark.parametrize(
    ("words", "begun", "offered"),
    [
        ([], "se", {"serve", "segment", "send"}),
        ([], "--v", {"--version"}),
        (
            ["channel"],
            "re",
            {"refresh", "refreshes", "remove", "rename", "renew-token", "replace", "resume", "revoke"},
        ),
        (["worker"], "--en", {"--engine"}),
    ],
)
def test_a_shell_completes_commands_and_options(words: list[str], begun: str, offered: set[str]) -> None:
    found = ShellComplete(main, {}, "ums", "_UMS_COMPLETE").get_completions(words, begun)
    assert {item.value for item in found} == offered


def test_help_loads_no_command() -> None:
    assert not loaded_by("from ums.cli import main; main(['--help'], standalone_mode=False)", "sqlalchemy", *HEAVY)


def test_a_sending_process_that_helps_loads_what_it_needs() -> None:
    assert not loaded_by("import ums.cli.serving.sending_side", *HEAVY)


def test_a_command_that_looks_at_the_tables_loads_what_it_needs() -> None:
    assert not loaded_by("import ums.cli.provider_events, ums.cli.messages", *HEAVY)

"""The command line as a person at a terminal, or a program, uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.terminal import Ums
from tests.databases import databases
from ums.cli import main


@pytest.fixture
def ums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ums:
    """Runs `ums …` on an installation of its own, in this process."""
    home = tmp_path / "home"
    monkeypatch.setenv("UMS_HOME", str(home))
    monkeypatch.setenv("UMS_DATABASE_URL", databases.url(home))

    def run(*words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(main, words, input=given)

    return run

"""Tests that need a service are skipped without it, and can't be skipped with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
SUBJECT = """
import pytest

@pytest.mark.browser
def test_that_skips_itself():
    pytest.skip("not in the mood")

@pytest.mark.browser
def test_that_runs():
    pass
"""


def outcome(directory: Path, *, browser: bool, ci: bool) -> tuple[int, str]:
    """The exit status and last line of a run in a directory of its own."""
    (directory / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")
    (directory / "test_subject.py").write_text(SUBJECT, "utf-8")
    (directory / "pytest.ini").write_text("[pytest]\nmarkers =\n    browser: needs a browser\n", "utf-8")
    (directory / "bin").mkdir()
    if browser:
        (directory / "bin" / "chromium").touch(mode=0o755)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(directory)],
        env={**os.environ, "PATH": str(directory / "bin"), "UMS_CI": "1" if ci else ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return run.returncode, run.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("browser", "ci", "status", "counts"),
    [
        (False, False, 0, "2 skipped"),
        (False, True, 0, "2 skipped"),
        (True, False, 0, "1 passed, 1 skipped"),
        (True, True, 1, "1 failed, 1 passed"),
    ],
)
def test_a_test_that_could_run_may_not_be_skipped(
    tmp_path: Path, browser: bool, ci: bool, status: int, counts: str
) -> None:
    found, line = outcome(tmp_path, browser=browser, ci=ci)
    assert (found, line.split(" in ")[0]) == (status, counts)


def test_settings_of_the_environment_are_not_seen() -> None:
    assert [name for name in os.environ if name.startswith("UMS_")] == []

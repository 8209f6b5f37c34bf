"""The repository speaks of the product, and is finished."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.rules.sources import ROOT

# Written so that this file doesn't hold what it looks for.
PATH = r"(?<![\w.:/)}>-])/(?:(?:home|Users|tmp|var/tmp|var/folders)/(?![A-Z]+\b)|root\b)"
"""A path below somebody's home, or a temporary directory: it leads nowhere on another machine.

A documented example names the owner in capitals, as in `NAME`.
"""
MARK = r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b"
WRONG = re.compile(f"{PATH}|{MARK}")
VENDORED = ("static/vendor/", "requirements.lock", "LICENSE")


def public_files() -> list[Path]:
    """What git has or would take."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, timeout=30).stdout.decode()
    return [ROOT / name for name in names.split("\0") if name and not any(part in name for part in VENDORED)]


def test_no_file_names_a_path_of_one_machine_or_is_marked_as_unfinished() -> None:
    found = []
    for path in filter(Path.is_file, public_files()):
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            found += [f"{path.relative_to(ROOT)}:{number} {match.group()}" for match in WRONG.finditer(line)]
    assert found == []


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        (["", "home", "zhangsan", "x.py"], True),
        (["", "Users", "zhangsan"], True),
        (["", "tmp", "x"], True),
        (["see ", "root", ".cache"], True),
        (["", "home", "NAME", "ums.toml"], False),
        (["https:", "", "provider.example", "home", "x"], False),
        (["", "var", "lib", "ums"], False),
    ],
)
def test_a_path_of_one_machine_is_told_from_others(parts: list[str], wrong: bool) -> None:
    assert bool(WRONG.search("/".join(parts))) is wrong

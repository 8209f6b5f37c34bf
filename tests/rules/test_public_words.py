"""The repository speaks of the product, and is finished."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.rules.sources import ROOT

# Written in pieces, so that this file doesn't hold them.
PATHS = ("/wor" + "k/", "/far" + "m/", ".librar" + "y/", "/ro" + "ot/", "/tmp/pl" + "an")  # noqa: S108
MARKS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
WRONG = re.compile("|".join([*map(re.escape, PATHS), rf"\b({'|'.join(MARKS)})\b"]))
VENDORED = ("static/vendor/", "requirements.lock", "LICENSE")


def public_files() -> list[Path]:
    """What git has or would take."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, timeout=30).stdout.decode()
    return [ROOT / name for name in names.split("\0") if name and not any(part in name for part in VENDORED)]


def test_no_file_names_this_machine_or_is_marked_as_unfinished() -> None:
    found = []
    for path in filter(Path.is_file, public_files()):
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            found += [f"{path.relative_to(ROOT)}:{number} {match.group()}" for match in WRONG.finditer(line)]
    assert found == []

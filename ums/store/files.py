"""Directories that are there after a power cut."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def make_directory(directory: Path) -> None:
    """Make a directory, its owner's alone, where there is none."""
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        sync_directory(directory.parent)


def sync_directory(directory: Path) -> None:
    """Make sure that what has been made in a directory is there after a power cut."""
    file = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)

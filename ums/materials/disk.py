"""Materials in a directory of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ums.materials.shelf import NotOnShelf, StorageFault

DRAFT = ".draft"


class DiskShelf:
    """One file for each material, its owner's alone; the directory is made with the first one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, name: str, source: IO[bytes], size: int) -> None:
        draft = self._draft(name)
        with _told():
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                _write(draft, source)
                draft.rename(self._directory / name)
                _sync(self._directory)
            except OSError:
                draft.unlink(missing_ok=True)
                raise

    def read(self, name: str) -> bytes:
        with _told():
            try:
                return (self._directory / name).read_bytes()
            except FileNotFoundError:
                raise NotOnShelf(name) from None

    def remove(self, name: str) -> None:
        with _told():
            for path in (self._draft(name), self._directory / name):
                path.unlink(missing_ok=True)

    def _draft(self, name: str) -> Path:
        return self._directory / f"{name}{DRAFT}"


def _write(path: Path, source: IO[bytes]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())


def _sync(directory: Path) -> None:
    """Make the names in a directory safe from a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise StorageFault(fault.strerror or str(fault)) from fault

"""The file of rejected rows, with the reasons."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ums.domain.sheet import REASON, escaped
from ums.services.sheets.sheet import wrong


class RejectedRows:
    """The file of rows that were not taken, as they came, with the reason in a column of its own."""

    def __init__(self, file: TextIO, width: int) -> None:
        self._writer = csv.writer(file)
        self._width = width
        self.count = 0

    def add(self, cells: Sequence[str], reason: str) -> None:
        """Write a row; cells beyond the header's come after the reason."""
        self.count += 1
        self.write([*cells[: self._width], *[""] * (self._width - len(cells)), reason, *cells[self._width :]])

    def write(self, cells: Sequence[str]) -> None:
        self._writer.writerow([escaped(cell) for cell in cells])


@contextmanager
def rejected_rows(path: Path, titles: Sequence[str]) -> Iterator[RejectedRows]:
    """Open the file of rejected rows at `path`; it is gone again at the end where there are none.

    Raises InvalidRequest where the file can't be made.
    """
    try:
        file = path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
    except OSError as error:
        raise wrong(f"{path}: rejected rows can't be written there ({error.strerror}).") from None
    rejected = RejectedRows(file, len(titles))
    try:
        rejected.write([*titles, REASON])
        yield rejected
    finally:
        file.close()
        if not rejected.count:
            path.unlink()

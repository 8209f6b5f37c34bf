"""CSV files, read a line at a time and in bounded memory, and the file of rejected rows.

A line is a row: line breaks inside quoted cells are refused, since no value may hold one, and so an
unclosed quote costs its own row and not the rest of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from ums.domain.directory import invalid
from ums.domain.errors import InvalidRequest
from ums.domain.sheet import REASON, escaped

LONGEST_LINE = 65_536
"""Characters."""
LONGEST_SHEET = 1_000_000
"""Rows without the header."""

_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"
_FOREIGN: dict[bytes, str] = {
    b"PK\x03\x04": "an Excel workbook (.xlsx)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}


class Line(NamedTuple):
    """One line of a sheet, numbered from 1; `whole` is false where it was too long to be kept."""

    number: int
    text: str
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A CSV file, how it is encoded, and how many lines it has below the header, blank ones included."""

    path: Path
    encoding: str
    rows: int

    @contextmanager
    def lines(self) -> Iterator[Iterator[Line]]:
        """Its lines, the header's first. Bytes that are no text become lone surrogates."""
        with self.path.open(encoding=self.encoding, errors="surrogateescape") as file:
            yield _lines(file)


def open_sheet(path: Path) -> Sheet:
    """Look through a file. Raises InvalidRequest where it can't be read, is no CSV file, or is too long."""
    if not path.is_file():
        raise _wrong(f"{path}: there is no such file.")
    try:
        with path.open("rb") as file:
            head = file.read(4)
            _check_kind(path, head)
            file.seek(0)
            encoding, lines = _measured(file)
    except OSError as error:
        raise _wrong(f"{path}: can't be read ({error.strerror}).") from None
    if lines == 0:
        raise _wrong(f"{path}: is empty; the first row must name the columns.")
    if lines - 1 > LONGEST_SHEET:
        raise _wrong(f"{path}: has {lines - 1:,} rows; at most {LONGEST_SHEET:,} are taken, so split it.")
    return Sheet(path=path, encoding="utf-8-sig" if head.startswith(_BOM) else encoding, rows=lines - 1)


def cells_of(line: Line) -> list[str]:
    """The cells of a line; none for a blank one. Raises BindingRefused for a line that is no row of a CSV file."""
    if not line.whole:
        raise invalid(f"the row is longer than {LONGEST_LINE:,} characters.")
    if not _is_text(line.text):
        raise invalid("the row holds bytes that are no text; save the file as UTF-8 and upload it again.")
    try:
        return next(csv.reader([line.text], strict=True), [])
    except csv.Error as error:
        raise invalid(
            f"the row's quotes don't match ({error}); a line break inside a cell can't be taken."
        ) from None


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
        raise _wrong(f"{path}: rejected rows can't be written there ({error.strerror}).") from None
    rejected = RejectedRows(file, len(titles))
    try:
        rejected.write([*titles, REASON])
        yield rejected
    finally:
        file.close()
        if not rejected.count:
            path.unlink()


def _check_kind(path: Path, head: bytes) -> None:
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise _wrong(f"{path}: is {kind}; only CSV is taken for now, so save it as CSV (UTF-8).")
    if path.suffix.lower() in {".xlsx", ".xls"}:
        raise _wrong(f"{path}: only CSV is taken for now, so save it as CSV (UTF-8).")


def _measured(file: BinaryIO) -> tuple[str, int]:
    """The encoding and the number of lines.

    Lines of Chinese in GB18030 are hardly ever valid UTF-8. Where most are, some are merely damaged.
    """
    lines = fits = misfits = 0
    while block := file.readline(_BLOCK):
        lines += 1 + block.count(b"\r") - block.endswith(b"\r\n") - block.endswith(b"\r")
        if not block.isascii():
            fits, misfits = (fits + 1, misfits) if _is_utf8(block) else (fits, misfits + 1)
    return "gb18030" if misfits > fits else "utf-8", lines


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_text(text: str) -> bool:
    """Whether nothing in it was left over by the decoder."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _lines(file: TextIO) -> Iterator[Line]:
    number = 0
    while text := file.readline(LONGEST_LINE + 1):
        number += 1
        whole = len(text) <= LONGEST_LINE or text.endswith("\n")
        last = text
        while not last.endswith("\n") and (last := file.readline(LONGEST_LINE)):
            whole = False
        yield Line(number, text.rstrip("\n"), whole)


def _wrong(message: str) -> InvalidRequest:
    return InvalidRequest(message, errors={"file": [message]})

"""CSV files, read a line at a time and in bounded memory.

A line is a row: line breaks inside quoted cells are refused, since no value may hold one, and so an
unclosed quote costs its own row and not the rest of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from ums.services.sheets.sheet import Line, Sheet, check_length, wrong

LONGEST_LINE = 65_536
"""Characters."""
SHOWN = 1000
"""Characters of a row without cells that are kept."""

_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"
_TOO_LONG = f"the row is longer than {LONGEST_LINE:,} characters."
_NO_TEXT = "the row holds bytes that are no text; save the file as UTF-8 and upload it again."


@contextmanager
def opened(path: Path) -> Iterator[Sheet]:
    """Look through a file, and open it. Raises InvalidRequest where it can't be read, is empty, or is too long."""
    try:
        with path.open("rb") as file:
            encoding, lines = _measured(file)
    except OSError as error:
        raise wrong(f"{path}: can't be read ({error.strerror}).") from None
    check_length(path, lines - 1)
    # bytes that are no text become lone surrogates
    with path.open(encoding=encoding, errors="surrogateescape") as text:
        yield Sheet(rows=lines - 1, lines=_lines(text))


def _measured(file: BinaryIO) -> tuple[str, int]:
    """The encoding and the number of lines.

    Lines of Chinese in GB18030 are hardly ever valid UTF-8. Where most are, some are merely damaged.
    """
    lines = fits = misfits = 0
    has_mark = False
    while block := file.readline(_BLOCK):
        has_mark = has_mark or (lines == 0 and block.startswith(_BOM))
        lines += 1 + block.count(b"\r") - block.endswith(b"\r\n") - block.endswith(b"\r")
        if not block.isascii():
            fits, misfits = (fits + 1, misfits) if _is_utf8(block) else (fits, misfits + 1)
    if has_mark:
        return "utf-8-sig", lines
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
        yield _line(number, text.rstrip("\n"), whole=whole)


def _line(number: int, text: str, *, whole: bool) -> Line:
    """The row that a line is."""
    if not whole:
        return Line(number, [], _TOO_LONG, text[:SHOWN])
    if not _is_text(text):
        return Line(number, [], _NO_TEXT, text[:SHOWN])
    try:
        return Line(number, next(csv.reader([text], strict=True), []))
    except csv.Error as error:
        fault = f"the row's quotes don't match ({error}); a line break inside a cell can't be taken."
        return Line(number, [], fault, text[:SHOWN])

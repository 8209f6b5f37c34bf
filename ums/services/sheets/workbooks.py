"""Excel workbooks (.xlsx), read by a process of its own.

A workbook of a kilobyte can claim a cell so far away that whoever reads it asks for half a terabyte, and the
library that reads them ends its process then. So the reader (`workbook_reader`) is a child with little memory and
time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from ums.domain.commands import Json
from ums.services.sheets.sheet import Line, Sheet, check_length, wrong

ROWS, FAULT = "rows", "fault"
"""What the reader's first line may hold."""
MOST_MEMORY = 1 << 30
"""Bytes of address space that the reader may have."""
MOST_CPU_SECONDS = 60

_READER = "ums.services.sheets.workbook_reader"


@contextmanager
def opened(path: Path) -> Iterator[Sheet]:
    """Open the first sheet of a workbook.

    Raises InvalidRequest where it is none, is locked, holds macros, is too long, or takes too much to read.
    """
    command = (sys.executable, "-m", _READER, str(path))
    with subprocess.Popen(  # noqa: S603 - our own program, and a path that isn't looked into
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as reader:
        try:
            assert reader.stdout is not None  # noqa: S101 - it was asked for
            rows = _rows(path, reader.stdout.readline())
            yield Sheet(rows=rows, lines=_lines(path, reader.stdout, rows + 1))
        finally:
            reader.kill()


def _rows(path: Path, head: str) -> int:
    """What the reader has found: so many rows below the header."""
    found: dict[str, Json] = json.loads(head) if head else {FAULT: _too_much()}
    if FAULT in found:
        raise wrong(f"{path}: {found[FAULT]}")
    rows = cast("int", found[ROWS]) - 1
    check_length(path, rows)
    return rows


def _lines(path: Path, output: IO[str], last: int) -> Iterator[Line]:
    """The rows as the reader tells them; the last one is always told, and so its end before that is seen."""
    number = 0
    for told in output:
        number, cells, fault = json.loads(told)
        yield Line(number, cells, fault)
    if number != last:
        raise wrong(f"{path}: {_too_much()} The rows up to {number:,} were looked at.")


def _too_much() -> str:
    return (
        f"reading it takes more than {MOST_MEMORY >> 20:,} MiB or {MOST_CPU_SECONDS} s. Often a stray cell far "
        "below or far to the right is why: delete such rows and columns, or save the sheet as CSV (UTF-8)."
    )

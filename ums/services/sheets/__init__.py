"""Sheets of bindings, read a row at a time: CSV files and Excel workbooks, and the file of rejected rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ums.services.sheets import csv_files, workbooks
from ums.services.sheets.rejected import RejectedRows, rejected_rows
from ums.services.sheets.sheet import Line, Sheet, wrong

__all__ = ["Line", "RejectedRows", "Sheet", "open_sheet", "rejected_rows"]

_WORKBOOK = b"PK\x03\x04"
_FOREIGN: dict[bytes, str] = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls), or one with a password; save it as .xlsx without one",
    b"\xff\xfe": "text in UTF-16; save it as CSV (UTF-8)",
    b"\xfe\xff": "text in UTF-16; save it as CSV (UTF-8)",
}


@contextmanager
def open_sheet(path: Path) -> Iterator[Sheet]:
    """Open a CSV file or an Excel workbook, of which the first sheet counts; what is in it decides, not its name.

    Raises InvalidRequest where it can't be read, is neither, or is too long.
    """
    if not path.is_file():
        raise wrong(f"{path}: there is no such file.")
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise wrong(f"{path}: can't be read ({error.strerror}).") from None
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise wrong(f"{path}: is {kind}.")
    opened = workbooks.opened if head == _WORKBOOK else csv_files.opened
    with opened(path) as sheet:
        yield sheet

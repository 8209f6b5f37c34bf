"""`python -m ums.services.sheets.workbook_reader FILE`: a workbook's first sheet as lines of JSON, within limits.

The first line is `{"rows": N}`, or `{"fault": "…"}` where it can't be read; then `[number, [cells], fault or null]`
for each row that isn't blank, and for the last.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ums.services.sheets.workbooks import FAULT, MOST_CPU_SECONDS, MOST_MEMORY, ROWS

if sys.platform != "win32":
    import resource

MOST_PARTS = 1000
"""Files in the archive that a workbook is; each sheet is one."""
MOST_UNPACKED = 2 << 30
"""Bytes that the parts say they take."""
EXACT = 10**15
"""Excel keeps fifteen digits of a number; those of longer ones have become noughts."""

Cell = str | float | bool | date | time | datetime | timedelta


class _Refused(Exception):
    """The workbook can't be taken; says why."""


def main(path: Path) -> None:
    """Write the sheet to standard output."""
    _limit()
    try:
        _check(path)
        sheet = _first_sheet(CalamineWorkbook.from_path(str(path)))
    except _Refused as refused:
        _tell({FAULT: str(refused)})
    except (BadZipFile, CalamineError, OSError) as error:
        _tell({FAULT: f"is no Excel workbook ({error})."})
    else:
        last = sheet.end[0] + 1 if sheet.end else 0
        _tell({ROWS: last})
        for row in _rows(sheet, last):
            _tell(row)


def _limit() -> None:
    """Have this process end where it asks for too much."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _check(path: Path) -> None:
    """Raises _Refused for what no sheet of bindings needs, and BadZipFile for what is no archive."""
    with ZipFile(path) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS:
        raise _Refused(f"the workbook has {len(parts):,} parts; at most {MOST_PARTS:,} are taken.")
    if any(part.flag_bits & 1 for part in parts):
        raise _Refused("the workbook is locked by a password; save it without one.")
    if any(part.filename.endswith("vbaProject.bin") for part in parts):
        raise _Refused("the workbook holds macros; save it as .xlsx.")
    if unpacked > MOST_UNPACKED:
        raise _Refused(f"the workbook unpacks to {unpacked:,} bytes; at most {MOST_UNPACKED:,} are taken.")


def _first_sheet(workbook: CalamineWorkbook) -> CalamineSheet:
    """The first sheet that people see. Raises _Refused where there is none."""
    for index, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible:
            return workbook.get_sheet_by_index(index)
    raise _Refused("the workbook has no visible sheet.")


def _rows(sheet: CalamineSheet, last: int) -> Iterator[tuple[int, list[str], str | None]]:
    """The rows that say something, and the last; each with its number and why it can't be taken, if it can't."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_text(cell) for cell in row]
        if any(cells) or number == last:
            yield number, cells, _fault(row)


def _text(cell: Cell) -> str:
    """A cell as a person reads it; whole numbers without a point, telephone numbers among them."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell).strip()


def _fault(row: Sequence[Cell]) -> str | None:
    """Why a row can't be taken as it stands in the workbook."""
    if any(isinstance(cell, float) and abs(cell) >= EXACT for cell in row):
        return (
            "a number has more digits than the 15 that Excel keeps; format its column as text and enter it again."
        )
    return None


def _tell(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

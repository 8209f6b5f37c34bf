"""Importing bindings from a sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ums.domain.binding import UserChange
from ums.domain.directory import BindingRefused, Directory, invalid
from ums.domain.errors import InvalidRequest
from ums.domain.sheet import Header, change_of, header_of
from ums.services.gateway import Gateway
from ums.services.sheets import Line, RejectedRows, open_sheet, rejected_rows
from ums.services.users import LONGEST_BATCH, directory_for, write

Progress = Callable[[int, int | None], None]
"""Told how many lines of the sheet are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What became of a sheet's rows; `rejected_file` holds the rejected ones with their reasons."""

    rows: int
    taken: int
    rejected: int
    rejected_file: Path | None


def import_file(gateway: Gateway, path: Path, channel: str | None, progress: Progress) -> ImportResult:
    """Set the bindings of the users in a CSV file or an Excel workbook, a thousand rows in a transaction.

    Values of a column whose title names no channel go to `channel`, or to the only channel of the type.
    A row that can't be taken, or names a user of a row before, goes to `<name>.rejected.csv` beside the
    file. Importing the same file again changes nothing more, so an import cut short is simply repeated.
    Raises InvalidRequest, before anything is stored, for a file or a header that can't be understood.
    """
    directory = directory_for(gateway, None)
    rejected_file = path.with_name(f"{path.stem}.rejected.csv")
    with open_sheet(path) as sheet:
        header = _header(sheet.lines, directory, channel)
        with rejected_rows(rejected_file, header.kept(header.titles)) as rejected:
            rows = _Rows(header, directory, rejected)
            for batch in _batches(sheet.lines):
                rows.taken += len(write(gateway, rows.changes(batch)))
                progress(batch[-1].number - 1, sheet.rows)
    return ImportResult(
        rows=rows.taken + rejected.count,
        taken=rows.taken,
        rejected=rejected.count,
        rejected_file=rejected_file if rejected.count else None,
    )


class _Rows:
    """The rows of one sheet, as they go by."""

    def __init__(self, header: Header, directory: Directory, rejected: RejectedRows) -> None:
        self.taken = 0
        self._header = header
        self._directory = directory
        self._rejected = rejected
        # Hashes, not userids: a million of them are 64 MB instead of 120.
        self._seen: set[int] = set()

    def changes(self, batch: Iterable[Line]) -> Iterator[UserChange]:
        """What the rows say; those that can't be taken are written down with the reason."""
        for line in batch:
            try:
                if line.fault is not None:
                    raise invalid(line.fault)
                if any(cell.strip() for cell in line.cells):
                    yield self._change(line.cells)
            except BindingRefused as refused:
                kept = self._header.kept(line.cells) if line.text is None else [line.text]
                self._rejected.add(kept, f"line {line.number}: {refused.message}")

    def _change(self, cells: list[str]) -> UserChange:
        if self._header.is_rejected(cells):
            raise invalid("its reason is still filled in; mend the row, empty that cell, and upload it again.")
        change = change_of(self._header, cells, self._directory)
        key = hash(change.userid)
        if key in self._seen:
            raise invalid(f"{change.userid} stands in a row above already; keep one of them.")
        self._seen.add(key)
        return change


def _header(lines: Iterator[Line], directory: Directory, channel: str | None) -> Header:
    first = next(lines)
    if first.fault is not None:
        raise InvalidRequest(f"The first row can't be read: {first.fault}")
    return header_of(first.cells, directory, channel)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, LONGEST_BATCH)):
        yield batch

"""What a sheet is to whoever imports it, however its file is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ums.domain.errors import InvalidRequest

LONGEST_SHEET = 1_000_000
"""Rows without the header."""


class Line(NamedTuple):
    """One row of a sheet: its number, from 1, and its cells; blank rows have none that says anything.

    Where it can't be taken, `fault` says why; where it can't even be told apart into cells, `text` is what stands
    there.
    """

    number: int
    cells: list[str]
    fault: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An opened sheet: how many rows it has below the header, blank ones included, and its lines, header first."""

    rows: int
    lines: Iterator[Line]


def wrong(message: str) -> InvalidRequest:
    """What to raise for a file that can't be taken at all."""
    return InvalidRequest(message, errors={"file": [message]})


def check_length(path: Path, rows: int) -> None:
    """Raises InvalidRequest for a sheet without a header, and for one with more rows below it than are taken."""
    if rows < 0:
        raise wrong(f"{path}: is empty; the first row must name the columns.")
    if rows > LONGEST_SHEET:
        raise wrong(f"{path}: has {rows:,} rows; at most {LONGEST_SHEET:,} are taken, so split it.")

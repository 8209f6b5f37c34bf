"""Sheets of bindings: what a header means, and what a row says of one user.

A column is named like a property (`wechatmp_openid`, `phone`, `tag`), and may say where its values stand
(`wechatmp_openid:wechatmp123`). Source: the hosted UMS's channel guides, "file upload".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ums.domain.address import check_userid
from ums.domain.binding import BindingChange, Operation, UserChange, checked
from ums.domain.directory import BindingRefused, Directory, invalid, listed
from ums.domain.errors import InvalidRequest
from ums.domain.shown import shown
from ums.domain.wire import COLUMNS, EVERYONE, BindScope, PropertyName

USERID = "userid"
REASON = "reason"
"""The column added to rejected rows; it is passed over when they are uploaded again."""
SEVERAL = ";"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Column(NamedTuple):
    """A column of values: where it stands in the row, what it is called, and where its values go."""

    position: int
    title: str
    name: PropertyName
    bind_id: str


class Header(NamedTuple):
    """The first row, understood; `titles` is as many cells as every row must have."""

    titles: tuple[str, ...]
    userid: int
    reason: int | None
    columns: tuple[Column, ...]

    def kept(self, cells: Sequence[str]) -> list[str]:
        """The cells without the one that gives the reason of an earlier rejection."""
        return [cell for position, cell in enumerate(cells) if position != self.reason]

    def is_rejected(self, cells: Sequence[str]) -> bool:
        """Whether a row still carries the reason why it was rejected before: nobody has mended it."""
        return self.reason is not None and self.reason < len(cells) and bool(cells[self.reason].strip())


def header_of(cells: Sequence[str], directory: Directory, channel: str | None) -> Header:
    """What the columns mean; those without a place go to `channel`, or to the only one there is.

    Raises InvalidRequest naming the column that is unknown, is there twice, or could go to several places.
    """
    titles = tuple(cell.strip() for cell in _without_blank_end(cells))
    if USERID not in titles:
        raise _wrong(
            f"the first row has no column {USERID}; known columns are {_known()}. Separate cells with commas."
        )
    for title in (USERID, REASON):
        if titles.count(title) > 1:
            raise _wrong(f"column {title} is there twice.")
    if channel is not None and channel not in directory.types:
        raise _wrong(
            f"there is no channel {shown(channel)} to upload to; there are {listed(sorted(directory.types))}."
        )
    columns = tuple(
        _column(index, title, directory, channel)
        for index, title in enumerate(titles)
        if title not in (USERID, REASON)
    )
    _check_places(columns, channel)
    return Header(titles, titles.index(USERID), titles.index(REASON) if REASON in titles else None, columns)


def change_of(header: Header, cells: Sequence[str], directory: Directory) -> UserChange:
    """What a row says of its user. Blank cells say nothing. Raises BindingRefused naming the column."""
    filled = _without_blank_end(cells)
    if len(filled) > len(header.titles):
        raise invalid(f"has {len(filled)} cells, but the first row has {len(header.titles)}.")
    if len(cells) < len(header.titles):
        raise invalid(f"has only {len(cells)} cells, but the first row has {len(header.titles)}.")
    userid = unescaped(cells[header.userid].strip())
    check_userid(userid)
    changes: list[BindingChange] = []
    for column in header.columns:
        values = _values(column, cells[column.position], directory)
        if values:
            changes.append(BindingChange(Operation.SET, column.name.wire, column.bind_id, values))
    return UserChange(userid, tuple(changes))


def _values(column: Column, cell: str, directory: Directory) -> tuple[str, ...]:
    if not cell:
        return ()
    parts = (part.strip() for part in unescaped(cell.strip()).split(SEVERAL))
    values = tuple(part for part in parts if part)
    if len(values) > 1 and not column.name.many:
        raise invalid(f"{column.title}: holds one value, not {len(values)}.")
    return checked(Operation.SET, column.name, values, directory, column.title)


def escaped(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def unescaped(cell: str) -> str:
    """The cell as it was before `escaped`."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def _column(index: int, title: str, directory: Directory, channel: str | None) -> Column:
    if not title:
        raise _wrong(f"column {index + 1} has no title; known columns are {_known()}.")
    plain, colon, bind_id = title.partition(":")
    name = COLUMNS.get(plain.strip())
    if name is None:
        raise _wrong(f"there is no column '{shown(title)}'; known are {_known()}.")
    if not colon:
        return Column(index, title, name, _place(name, title, directory, channel))
    try:
        directory.check(name, bind_id.strip(), shown(title))
    except BindingRefused as refused:
        raise _wrong(f"column {refused.message}") from None
    return Column(index, title, name, bind_id.strip())


def _place(name: PropertyName, title: str, directory: Directory, channel: str | None) -> str:
    """Where the values of a column go whose title doesn't say."""
    if name.scope is not BindScope.CHANNEL:
        return EVERYONE
    codes = sorted(directory.open_to[name.wire])
    if channel is not None and channel in codes:
        return channel
    if len(codes) == 1:
        return codes[0]
    if not codes:
        raise _wrong(f"column {title}: there is no {name.wire} channel yet; add one first.")
    raise _wrong(
        f"column {title}: there are several {name.wire} channels ({listed(codes)}); choose one for the upload, "
        f"or name it in the first row, as in {title}:{codes[0]}."
    )


def _check_places(columns: Sequence[Column], channel: str | None) -> None:
    places: dict[tuple[str, str], Column] = {}
    for column in columns:
        other = places.setdefault((column.name.wire, column.bind_id), column)
        if other is not column:
            raise _wrong(f"columns {shown(other.title)} and {shown(column.title)} go to the same place; keep one.")
    if channel is not None and not any(column.bind_id == channel for column in columns):
        raise _wrong(
            f"channel {shown(channel)} was chosen, but no column goes to it; known columns are {_known()}."
        )


def _without_blank_end(cells: Sequence[str]) -> Sequence[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _known() -> str:
    return f"{USERID}, {', '.join(COLUMNS)}, each but userid optionally followed by a colon and its place"


def _wrong(message: str) -> InvalidRequest:
    return InvalidRequest(f"The sheet can't be read: {message}", errors={"header": [message]})

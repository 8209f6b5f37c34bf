"""What an upload changes of users' addresses, for their history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ums.domain.binding import BindingEdit, BindingKey
from ums.domain.erasure import ERASED
from ums.domain.message import DAY
from ums.domain.person import Cause
from ums.domain.privacy import masked
from ums.domain.wire import TAG

CHANGES_KEPT = 730 * DAY
"""Seconds for which changes are kept: two years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingChange:
    """A user got an address (`bound`) or lost it; `by` says by what, as a channel's code or who did it.

    With Cause.UNFOLLOWED and Cause.FOLLOWED the address was his before and is his still.
    """

    userid: str
    property: str
    bind_id: str
    address: str = field(repr=False)
    bound: bool
    cause: Cause
    by: str = ""


CHANGES = ("bound", "unbound", "unreachable", "reachable")


def change_word(change: BindingChange) -> str:
    """What happened to the address, as one of CHANGES."""
    told = {Cause.UNFOLLOWED: "unreachable", Cause.FOLLOWED: "reachable"}
    return told.get(change.cause, "bound" if change.bound else "unbound")


def shown_address(change: BindingChange) -> str:
    """The address for screens: masked, or that it has been erased."""
    return change.address if change.address == ERASED else masked(change.address)


def changed_by(
    edits: Mapping[BindingKey, BindingEdit], held: Mapping[BindingKey, Sequence[str]], cause: Cause, by: str = ""
) -> list[BindingChange]:
    """What edits change, given what the users have; tags are no addresses.

    >>> edit = BindingEdit(replace=True, put=("o2",), drop=())
    >>> key = ("zhangsan", "wechatmp", "mp")
    >>> [(one.bound, one.cause.value) for one in changed_by({key: edit}, {key: ["o1"]}, Cause.UPLOAD)]
    [(False, 'replaced'), (True, 'upload')]
    """
    changes: list[BindingChange] = []
    for key, edit in edits.items():
        if key[1] == TAG.wire:
            continue
        before = held.get(key, ())
        if before:
            lost = [value for value in before if _goes(value, edit)]
            changes += _told(key, lost, Cause.REPLACED if edit.put else cause, by, bound=False)
        new = [value for value in edit.put if value not in before] if before else edit.put
        changes += _told(key, new, cause, by, bound=True)
    return changes


def _goes(value: str, edit: BindingEdit) -> bool:
    return value in edit.drop or (edit.replace and value not in edit.put)


def _told(
    key: BindingKey, addresses: Iterable[str], cause: Cause, by: str, *, bound: bool
) -> Iterator[BindingChange]:
    userid, name, bind_id = key
    for address in addresses:
        yield BindingChange(
            userid=userid, property=name, bind_id=bind_id, address=address, bound=bound, cause=cause, by=by
        )

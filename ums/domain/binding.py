"""Uploads of bindings: every documented shape of one user, made into one list of changes.

Three shapes are documented for `POST /v1/user/opt`, and all are taken, mixed as one likes::

    {"userid": "zhangsan", "set": {"wechatmp": {"wechatmp123": "oABC…"}}}    property, then binding identifier
    {"userid": "zhangsan", "set": {"wechatmp123": "oABC…"}}                  channel code
    {"userid": "zhangsan", "phone": {"all": "13800000000"}}                  without `set`

A sheet's column name stands for its property (`"wechatmp_openid": "oABC…"`) and needs no channel code
where there is one channel only. Source: the hosted UMS's REST API page "user", and its channel guides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from ums.domain.address import USERID_RULE, as_userid, check_text, check_userid, check_value
from ums.domain.commands import Json
from ums.domain.directory import BindingRefused, Directory, invalid, listed
from ums.domain.shown import shown
from ums.domain.wire import CHANNEL_TYPES, COLUMNS, EVERYONE, PROPERTIES, BindScope, PropertyName


class Operation(StrEnum):
    """What a change does to the values of one property under one binding identifier."""

    SET = "set"
    """These values and no others."""
    ADD = "add"
    """These values too; only where there may be many."""
    DELETE = "del"
    """Not these values; those that aren't there do no harm."""


class BindingChange(NamedTuple):
    """One change to one property under one binding identifier; at least one value."""

    operation: Operation
    property: str
    bind_id: str
    values: tuple[str, ...]


class UserChange(NamedTuple):
    """What an upload says of one user: sets first, then additions, then removals."""

    userid: str
    changes: tuple[BindingChange, ...]


class UserRefused(Exception):
    """One user of an upload can't be taken; `userid` is empty where there was none to read."""

    def __init__(self, userid: str, code: int, message: str) -> None:
        super().__init__(message)
        self.userid = userid
        self.code = code
        self.message = message


_Found = dict[tuple[str, str], tuple[str, ...]]
"""property, bind_id → values."""
_SECTIONS: Mapping[str, Operation] = {operation.value: operation for operation in Operation}
_MANY = [wire for wire, name in PROPERTIES.items() if name.many]


def normalise(item: Json, directory: Directory) -> UserChange:
    """One element of an upload, whatever its shape. Raises UserRefused, and nothing else."""
    userid = ""
    try:
        if not isinstance(item, dict):
            raise invalid(f"must be an object with a userid, not {_kind(item)}.")
        given = as_userid(item.get("userid"))
        if not isinstance(given, str):
            raise invalid(f"userid: {'is missing' if given is None else f'is {_kind(given)}'}; {USERID_RULE}.")
        userid = given
        check_userid(userid)
        return UserChange(userid, _Reading(directory).changes(item))
    except BindingRefused as refusal:
        raise UserRefused(shown(userid), refusal.code, refusal.message) from None


class _Reading:
    """The reading of one user's element: the changes found so far."""

    __slots__ = ("_additions", "_directory", "_removals", "_sets")

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._sets: _Found = {}
        self._additions: _Found = {}
        self._removals: _Found = {}

    def changes(self, item: dict[str, Json]) -> tuple[BindingChange, ...]:
        """All that the element says, sets first, then additions, then removals."""
        for name, given in item.items():
            if name in _SECTIONS:
                self._section(_SECTIONS[name], given)
            elif name != "userid":
                self._member(Operation.SET, name, given, "")
        changes = [BindingChange(Operation.SET, *place, values) for place, values in self._sets.items()]
        if self._additions or self._removals:
            changes += [BindingChange(Operation.ADD, *place, values) for place, values in self._additions.items()]
            changes += [BindingChange(Operation.DELETE, *place, values) for place, values in self._removals.items()]
        return tuple(changes)

    def _section(self, operation: Operation, given: Json) -> None:
        if given is None or given == []:
            return  # what isn't there, as some languages write it
        if not isinstance(given, dict):
            raise invalid(f"{operation}: must be an object of properties, not {_kind(given)}.")
        for member, value in given.items():
            self._member(operation, member, value, f"{operation}.")

    def _member(self, operation: Operation, member: str, given: Json, prefix: str) -> None:
        """A property, a column name or a channel code, with what is given for it."""
        name = PROPERTIES.get(member) or COLUMNS.get(member)
        if name is None:
            type_ = self._directory.types.get(member)
            if type_ is None:
                raise invalid(_unknown(member, prefix, self._directory))
            self._placed(operation, CHANNEL_TYPES[type_].property, {member: given}, prefix)
        elif isinstance(given, dict):
            self._placed(operation, name, given, f"{prefix}{member}.")
        else:
            path = prefix + member
            self._put(operation, name, self._bind_id(name, member, path), given, path)

    def _placed(self, operation: Operation, name: PropertyName, places: Mapping[str, Json], prefix: str) -> None:
        for bind_id, given in places.items():
            path = prefix + shown(bind_id)
            self._directory.check(name, bind_id, path)
            self._put(operation, name, bind_id, given, path)

    def _bind_id(self, name: PropertyName, member: str, path: str) -> str:
        """Where a value without a binding identifier goes."""
        if name.scope is BindScope.GLOBAL:
            return EVERYONE
        if member != name.column:
            where = self._directory.allowed(name)
            raise invalid(f"{path}: must be an object of channel codes and addresses; it stands under {where}.")
        return EVERYONE if name.scope is BindScope.SHARED else self._directory.only_code(name, path)

    def _put(self, operation: Operation, name: PropertyName, bind_id: str, given: Json, path: str) -> None:
        """Note the values given, having checked them."""
        if operation is Operation.ADD and not name.many:
            raise invalid(f"{path}: {name.wire} holds one value, so use set; add takes {', '.join(_MANY)}.")
        values = checked(operation, name, _texts(name, given, path), self._directory, path)
        if self._found(operation).setdefault((name.wire, bind_id), values) != values:
            raise invalid(f"{path}: {name.wire} is given twice for {bind_id}, and not alike; give it once.")

    def _found(self, operation: Operation) -> _Found:
        if operation is Operation.SET:
            return self._sets
        return self._additions if operation is Operation.ADD else self._removals


def checked(
    operation: Operation, name: PropertyName, values: tuple[str, ...], directory: Directory, path: str
) -> tuple[str, ...]:
    """The values, each once, in order. Raises BindingRefused naming `path` for one that can't be bound."""
    for index, value in enumerate(values):
        where = f"{path}.{index}" if len(values) > 1 else path
        if operation is Operation.DELETE:
            check_text(value, where)
        else:
            check_value(value, name, directory, where)
    return values if len(values) == 1 else tuple(dict.fromkeys(values))


def _texts(name: PropertyName, given: Json, path: str) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if not name.many and isinstance(given, list) and len(given) == 1 and isinstance(given[0], str):
        return (given[0],)
    if not name.many:
        raise invalid(f"{path}: must be one text, not {_kind(given)}.")
    if not isinstance(given, list):
        raise invalid(f"{path}: must be a list of texts, not {_kind(given)}.")
    if not given:
        raise invalid(f"{path}: is an empty list; leave it out to keep what is bound, or remove values with del.")
    texts = tuple(value for value in given if isinstance(value, str))
    if len(texts) < len(given):
        index = next(index for index, value in enumerate(given) if not isinstance(value, str))
        raise invalid(f"{path}.{index}: must be a text, not {_kind(given[index])}.")
    return texts


def _unknown(member: str, prefix: str, directory: Directory) -> str:
    codes = sorted(directory.codes)
    sections = "" if prefix else f"userid, {', '.join(_SECTIONS)}, "
    aliases = [column for column in COLUMNS if column not in PROPERTIES]
    also = f"; or the channel codes {listed(codes)}" if codes else ""
    return (
        f"{prefix}{shown(member)}: no such member; known are {sections}{', '.join(PROPERTIES)}; "
        f"the column names {', '.join(aliases)}{also}."
    )


def _kind(value: Json) -> str:
    """What a JSON value is, for a sentence."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "a number"


class BindingEdit(NamedTuple):
    """The changes to one property under one binding identifier, taken together.

    With `replace` what was bound before goes, except for what is put; `put` is in order; `drop` goes too.
    """

    replace: bool
    put: tuple[str, ...]
    drop: tuple[str, ...]


BindingKey = tuple[str, str, str]
"""userid, property, bind_id."""


def edits_of(users: Iterable[UserChange]) -> dict[BindingKey, BindingEdit]:
    """What remains to be done when the changes are applied one after the other."""
    edits: dict[BindingKey, BindingEdit] = {}
    for userid, changes in users:
        for operation, name, bind_id, values in changes:
            key = (userid, name, bind_id)
            before = edits.get(key)
            if before is None:
                before = _NOTHING
            edits[key] = _after(before, operation, values)
    return edits


_NOTHING = BindingEdit(False, (), ())


def _after(before: BindingEdit, operation: Operation, values: tuple[str, ...]) -> BindingEdit:
    if operation is Operation.SET:
        return BindingEdit(True, values, ())
    if operation is Operation.ADD:
        put = dict.fromkeys((*before.put, *values))
        return before._replace(put=tuple(put), drop=tuple(value for value in before.drop if value not in put))
    drop = dict.fromkeys((*before.drop, *values))
    return before._replace(put=tuple(value for value in before.put if value not in drop), drop=tuple(drop))

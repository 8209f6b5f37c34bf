"""Where a caller may bind: the channels that exist, and the binding identifiers open to him."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ums.domain.errors import InvalidRequest, NotAllowed
from ums.domain.shown import shown
from ums.domain.wire import CHANNEL_TYPES, EVERYONE, PROPERTIES, BindScope, PropertyName


class BindingRefused(Exception):
    """One binding, or one user, can't be taken; `code` is the number on the wire, `message` says why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> BindingRefused:
    """Refused for what it says (4004)."""
    return BindingRefused(InvalidRequest.code, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """What one caller's upload is checked against; make it with `for_application` or `for_everything`.

    `types` maps every channel code to its channel type; `keys` and `codes` are the ChannelKeys and
    channel codes the caller may write under; `patterns` says what a valid value looks like, by property.
    `open_to` maps each property to the binding identifiers it may stand under for this caller.
    `everything` is true for the AccessKey and for operators: a binding identifier they can't use is
    a mistake, for an application it may also be somebody else's.
    """

    types: Mapping[str, str]
    keys: frozenset[str]
    codes: frozenset[str]
    patterns: Mapping[str, re.Pattern[str]]
    open_to: Mapping[str, frozenset[str]]
    everything: bool

    @classmethod
    def for_application(
        cls,
        key: str,
        granted: frozenset[str],
        types: Mapping[str, str],
        patterns: Mapping[str, re.Pattern[str]] | None = None,
    ) -> Self:
        """What the application with the ChannelKey `key` and the channels `granted` may write."""
        return cls._made(types, frozenset({key}), granted, patterns or {}, everything=False)

    @classmethod
    def for_everything(
        cls, keys: frozenset[str], types: Mapping[str, str], patterns: Mapping[str, re.Pattern[str]] | None = None
    ) -> Self:
        """What the AccessKey's holder and operators may write: under every existing key and channel."""
        return cls._made(types, keys, frozenset(types), patterns or {}, everything=True)

    @classmethod
    def _made(
        cls,
        types: Mapping[str, str],
        keys: frozenset[str],
        codes: frozenset[str],
        patterns: Mapping[str, re.Pattern[str]],
        *,
        everything: bool,
    ) -> Self:
        shared = keys | {EVERYONE}
        by_scope = {BindScope.SHARED: shared, BindScope.GLOBAL: frozenset({EVERYONE})}
        open_to = {
            wire: by_scope.get(name.scope)
            or frozenset(code for code in codes if CHANNEL_TYPES[types[code]].property is name)
            for wire, name in PROPERTIES.items()
        }
        return cls(types=types, keys=keys, codes=codes, patterns=patterns, open_to=open_to, everything=everything)

    def check(self, name: PropertyName, bind_id: str, path: str) -> None:
        """Raises BindingRefused (4004, or 4030 outside the caller's scope) where `name` can't stand there."""
        if bind_id not in self.open_to[name.wire]:
            raise self._refusal(name, bind_id, path)

    def only_code(self, name: PropertyName, path: str) -> str:
        """The channel a value without channel code goes to: the only one of the property's type.

        Raises BindingRefused saying which there are, where there is none or more than one.
        """
        codes = sorted(self.open_to[name.wire])
        if len(codes) == 1:
            return codes[0]
        if not codes:
            raise invalid(f"{path}: there is no {name.wire} channel that you may use; ask for one to be granted.")
        raise invalid(
            f"{path}: there are several {name.wire} channels ({listed(codes)}); say which, "
            f'as in "{name.wire}": {{"{codes[0]}": …}}.'
        )

    def _refusal(self, name: PropertyName, bind_id: str, path: str) -> BindingRefused:
        where = self.allowed(name)
        if name.scope is BindScope.GLOBAL:
            return invalid(f"{path}: {name.wire} is the same for everyone and stands under {where}.")
        if self._is_misplaced(name, bind_id):
            return invalid(f"{path}: {name.wire} can't stand under {shown(bind_id)}; it stands under {where}.")
        if self.everything:
            return invalid(f"{path}: there is no {shown(bind_id)}; {name.wire} stands under {where}.")
        return BindingRefused(
            NotAllowed.code, f"{path}: {shown(bind_id)} is not yours; you may write {name.wire} under {where}."
        )

    def _is_misplaced(self, name: PropertyName, bind_id: str) -> bool:
        """Whether the caller may use `bind_id`, but not for this property."""
        return bind_id == EVERYONE or bind_id in self.keys or bind_id in self.codes

    def allowed(self, name: PropertyName) -> str:
        """Where the caller may put `name`, for a sentence."""
        if name.scope is BindScope.GLOBAL:
            return f'"{EVERYONE}" (or without a binding identifier)'
        if name.scope is BindScope.CHANNEL:
            codes = sorted(self.open_to[name.wire])
            return f"the code of a channel for {name.wire}: {listed(codes) if codes else 'there is none yet'}"
        own = "the ChannelKey of an application" if self.everything else f"your own ChannelKey ({min(self.keys)})"
        return f'"{EVERYONE}" or {own}'


LISTED = 10


def listed(words: list[str]) -> str:
    """Words for a sentence, the first ten of them."""
    rest = f" and {len(words) - LISTED} more" if len(words) > LISTED else ""
    return ", ".join(words[:LISTED]) + rest

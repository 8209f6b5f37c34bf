"""Which users carry a tag, are in a segment, are visible at all: as SQL, and as one application sees it.

Conditions here are about a row of `users` that the statement around them names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, exists, false, not_, or_, select
from sqlalchemy.orm import Session

from ums.domain.segment import AllOf, AnyOf, BoundOn, Filter, Has, Hasnt, Not, Tagged, channels_of, tags_of
from ums.domain.sender import Sender
from ums.domain.wire import CHANNEL_TYPES, EVERYONE, TAG, BindScope, bind_ids
from ums.store import directories
from ums.store.models import BindingRow, UserRow
from ums.store.users import ACTIVE

users = cast("Table", UserRow.__table__)
bindings = cast("Table", BindingRow.__table__)

_held = bindings.alias("held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one application may see: values under `all`, its ChannelKey and the codes of its channels."""

    channel_key: str
    codes: tuple[str, ...]

    @classmethod
    def of(cls, sender: Sender) -> Scope:
        return cls(channel_key=sender.channel_key, codes=tuple(channel.code for channel in sender.granted))

    @property
    def seen_under(self) -> tuple[str, ...]:
        """The binding identifiers."""
        return (EVERYONE, self.channel_key, *self.codes)


def visible(scope: Scope) -> ColumnElement[bool]:
    """The application may see something of the user."""
    return _holds(_held.c.bind_id.in_(scope.seen_under))


def tag_places(session: Session, tags: Collection[str], scope: Scope | None) -> dict[str, str | None]:
    """Under which binding identifier each tag counts; None: under any, as for operators.

    A tag counts under the ChannelKey where any user carries it there, else under `all` (UMS contract,
    "resolution for user-type targets").
    """
    if scope is None:
        return dict.fromkeys(tags)
    if not tags:
        return {}
    own = [
        exists().where(
            bindings.c.property == TAG.wire,
            bindings.c.bind_id == scope.channel_key,
            bindings.c.value == tag,
            bindings.c.state == ACTIVE,
        )
        for tag in tags
    ]
    found = session.execute(select(*own)).one()
    return {tag: scope.channel_key if is_own else EVERYONE for tag, is_own in zip(tags, found, strict=True)}


def tagged(tags: Sequence[str], places: Mapping[str, str | None]) -> ColumnElement[bool]:
    """The user carries one of the tags, at its place."""
    by_place: dict[str | None, list[str]] = {}
    for tag in tags:
        by_place.setdefault(places[tag], []).append(tag)
    return or_(
        false(),
        *(
            _holds(
                _held.c.property == TAG.wire,
                *(() if place is None else (_held.c.bind_id == place,)),
                _held.c.value.in_(found),
                _held.c.state == ACTIVE,
            )
            for place, found in by_place.items()
        ),
    )


def in_segment(session: Session, wanted: Filter, scope: Scope | None) -> ColumnElement[bool]:
    """The filter takes the user in, as the application sees him; as an operator does without one."""
    types = directories.channel_types(session) if channels_of(wanted) else {}
    return _Translation(scope, tag_places(session, tags_of(wanted), scope), types).of(wanted)


@dataclass(frozen=True, slots=True)
class _Translation:
    """`places` says where each tag counts, `types` maps channel codes to channel types."""

    scope: Scope | None
    places: Mapping[str, str | None]
    types: Mapping[str, str]

    def of(self, wanted: Filter) -> ColumnElement[bool]:
        match wanted:
            case Tagged(tags=tags):
                return tagged(tags, self.places)
            case Has(property=name):
                return self._has(name)
            case Hasnt(property=name):
                return not_(self._has(name))
            case BoundOn(channel=code):
                return self._bound_on(code)
            case Not(filter=inner):
                return not_(self.of(inner))
            case AllOf(filters=filters):
                return and_(*map(self.of, filters))
            case AnyOf(filters=filters):
                return or_(*map(self.of, filters))

    def _has(self, name: str) -> ColumnElement[bool]:
        seen = () if self.scope is None else (_held.c.bind_id.in_(self.scope.seen_under),)
        return _holds(_held.c.property == name, *seen, _held.c.state == ACTIVE)

    def _bound_on(self, code: str) -> ColumnElement[bool]:
        """False for a channel that is gone, or isn't the application's."""
        if code not in self.types or (self.scope is not None and code not in self.scope.codes):
            return false()
        name = CHANNEL_TYPES[self.types[code]].property
        held = [_held.c.property == name.wire, _held.c.state == ACTIVE]
        if self.scope is not None or name.scope is BindScope.CHANNEL:
            key = EVERYONE if self.scope is None else self.scope.channel_key
            held.append(_held.c.bind_id.in_(bind_ids(name, code, key)))
        return _holds(*held)


def _holds(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(_held.c.id).where(_held.c.user_id == users.c.id, *conditions).correlate(users).exists()

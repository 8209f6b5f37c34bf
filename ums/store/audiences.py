"""Which users a message is for, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    exists,
    func,
    literal_column,
    not_,
    select,
    union,
)
from sqlalchemy.orm import Session

from ums.domain.audience import Audience
from ums.domain.segment import needed_tags
from ums.domain.user_list import ListKind
from ums.domain.wire import TAG
from ums.store import segments
from ums.store.matching import Scope, bindings, in_segment, tag_places, tagged, users, visible
from ums.store.models import ListedRow, ListRow
from ums.store.users import ACTIVE

__all__ = ["Member", "Scope", "count", "listed_out", "select_page"]

_lists = cast("Table", ListRow.__table__)
_listed = cast("Table", ListedRow.__table__)

_carrier = bindings.alias("carrier")

_Ways = list[Select[int, str]]
"""Statements that select members; the audience is what any of them finds."""


class Member(NamedTuple):
    """One user of an audience; pages are in the order of `id`."""

    id: int
    userid: str


def select_page(session: Session, audience: Audience, scope: Scope, after: int, limit: int) -> list[Member]:
    """At most `limit` users of the audience by id, from the first after `after`; fewer are the last.

    Only users of whom the application may see something are in any audience. Userids that no user has are
    in none, nor is anybody in one of addresses, or of a segment that is gone.
    """
    found = _found(session, audience, scope, after)
    if found is None:
        return []
    # columns are named by position, as a compound statement has no others
    rows = session.connection().execute(found.order_by(literal_column("1")).limit(limit)).all()
    return list(map(Member._make, rows))


def count(session: Session, audience: Audience, scope: Scope | None) -> int:
    """How many users `select_page` finds in all; without `scope` as an operator sees them."""
    found = _found(session, audience, scope, 0)
    if found is None:
        return 0
    return session.connection().execute(select(func.count()).select_from(found.subquery())).scalar_one()


def listed_out(session: Session, userids: Sequence[str], black_id: int | None, white_id: int | None) -> set[str]:
    """Which of at most 1,000 userids the lists keep out; all of them where a list is gone."""
    if _is_gone(session, ListKind.BLACKLIST, black_id):
        return set(userids)
    black = _on_list(session, ListKind.BLACKLIST, black_id, userids)
    if white_id is None:
        return black
    return black | (set(userids) - _on_list(session, ListKind.WHITELIST, white_id, userids))


def _on_list(session: Session, kind: ListKind, number: int | None, userids: Sequence[str]) -> set[str]:
    if number is None:
        return set()
    query = select(_listed.c.userid).where(_listed.c.list_id == _list_id(kind, number))
    return set(session.connection().execute(query.where(_listed.c.userid.in_(userids))).scalars())


def _is_gone(session: Session, kind: ListKind, number: int | None) -> bool:
    """Whether a list that a message names was deleted: whom it kept out nobody knows any more."""
    if number is None:
        return False
    query = select(_lists.c.id).where(_lists.c.kind == kind, _lists.c.number == number)
    return session.connection().execute(query).first() is None


def _found(
    session: Session, audience: Audience, scope: Scope | None, after: int
) -> Select[int, str] | CompoundSelect[int, str] | None:
    """The audience as one statement; None where it is nobody."""
    if _is_gone(session, ListKind.BLACKLIST, audience.black_id):
        return None
    ways = _ways(session, audience, scope, after)
    if not ways:
        return None
    return ways[0] if len(ways) == 1 else union(*ways)


def _ways(session: Session, audience: Audience, scope: Scope | None, after: int) -> _Ways:
    """The audience as statements that each walk one index in the order of users.

    Where tags are asked for, each tag is a way of its own: its carriers stand in the index in the order of
    users, so a page costs what it holds and not what there is. Databases merge such ways without sorting.
    """
    if audience.addresses or _asks_nothing(audience):
        return []
    conditions = _listing(audience)
    starting = audience.tags
    if audience.segment_id is not None:
        segment = segments.by_id(session, audience.segment_id)
        if segment is None:
            return []
        conditions.append(in_segment(session, segment.filter, scope))
        starting = needed_tags(segment.filter) if starting is None else starting
    if starting is not None and scope is not None and audience.userids is None:
        return _carriers(tag_places(session, starting, scope), after, conditions)
    if audience.tags is not None:
        conditions.append(tagged(audience.tags, tag_places(session, audience.tags, scope)))
    if scope is not None:
        conditions.append(visible(scope))
    if audience.userids is not None:
        conditions.append(users.c.userid.in_(audience.userids))
    return [select(users.c.id, users.c.userid).where(users.c.id > after, *conditions)]


def _asks_nothing(audience: Audience) -> bool:
    marks = (audience.userids, audience.tags, audience.segment_id)
    return not audience.everyone and all(mark is None for mark in marks)


def _carriers(places: dict[str, str | None], after: int, conditions: list[ColumnElement[bool]]) -> _Ways:
    return [
        select(_carrier.c.user_id, users.c.userid)
        .join(users, users.c.id == _carrier.c.user_id)
        .where(
            _carrier.c.property == TAG.wire,
            _carrier.c.bind_id == place,
            _carrier.c.value == tag,
            _carrier.c.user_id > after,
            _carrier.c.state == ACTIVE,
            *conditions,
        )
        for tag, place in places.items()
    ]


def _listing(audience: Audience) -> list[ColumnElement[bool]]:
    """What the black- and the whitelist ask of a user."""
    conditions: list[ColumnElement[bool]] = []
    if audience.black_id is not None:
        conditions.append(not_(_is_listed(ListKind.BLACKLIST, audience.black_id)))
    if audience.white_id is not None:
        conditions.append(_is_listed(ListKind.WHITELIST, audience.white_id))
    return conditions


def _is_listed(kind: ListKind, number: int) -> ColumnElement[bool]:
    return exists().where(_listed.c.list_id == _list_id(kind, number), _listed.c.userid == users.c.userid)


def _list_id(kind: ListKind, number: int) -> ColumnElement[int]:
    return select(_lists.c.id).where(_lists.c.kind == kind, _lists.c.number == number).scalar_subquery()

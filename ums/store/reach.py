"""What users are reached by, looked up in bulk for routing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar, cast

from sqlalchemy import Table, and_, bindparam, select, text
from sqlalchemy.orm import Session

from ums.store.audiences import Member
from ums.store.bulk import chunks, fetched
from ums.store.models import BindingRow, UserRow
from ums.store.users import ACTIVE

K = TypeVar("K", int, str)

Wanted = Mapping[str, tuple[str, tuple[str, ...]]]
"""Channel types → a property and the binding identifiers where it may stand, in order: the first that holds
any value, even a retired one, is the one that counts."""
Reached = dict[K, dict[str, list[str]]]
"""Users → channel type → addresses in use; none where all that count are retired."""

Bound = tuple[K, str, str, str, str]
"""A user, and one binding: property, binding identifier, value, state."""

_users = cast("Table", UserRow.__table__)
_bindings = cast("Table", BindingRow.__table__)

_IN_PLACE = and_(
    _bindings.c.property.in_(bindparam("properties", expanding=True)),
    _bindings.c.bind_id.in_(bindparam("bind_ids", expanding=True)),
)
_BINDING = (_bindings.c.property, _bindings.c.bind_id, _bindings.c.value, _bindings.c.state)
_OF_USERIDS = (
    select(_users.c.userid, *_BINDING)
    .select_from(_users.outerjoin(_bindings, and_(_bindings.c.user_id == _users.c.id, _IN_PLACE)))
    .where(_users.c.userid.in_(bindparam("userids", expanding=True)))
    .order_by(_bindings.c.id)
)
_OF_ONE = text("""
    SELECT users.userid, bindings.property, bindings.bind_id, bindings.value, bindings.state
    FROM users LEFT JOIN bindings ON bindings.user_id = users.id
    WHERE users.userid = :userid ORDER BY bindings.id
""")
"""For sends to one user, of which there are thousands a second: all his bindings are fewer than a list is long."""
_BETWEEN = (
    select(_bindings.c.user_id, *_BINDING)
    .where(_bindings.c.user_id.between(bindparam("first"), bindparam("last")), _IN_PLACE)
    .order_by(_bindings.c.id)
)
_OF_IDS = (
    select(_bindings.c.user_id, *_BINDING)
    .where(_bindings.c.user_id.in_(bindparam("ids", expanding=True)), _IN_PLACE)
    .order_by(_bindings.c.id)
)

DENSE = 4
"""A page is read as one range where the range holds at most so many times its users."""


def of_userids(session: Session, userids: Sequence[str], wanted: Wanted) -> Reached[str]:
    """What users are reached by. Unknown userids are left out."""
    if len(userids) == 1:
        return _of_rows(fetched(session, _OF_ONE, {"userid": userids[0]}, _bound), wanted)
    found: Reached[str] = {}
    for chunk in chunks(userids):
        found |= _of_rows(
            session.connection().execute(_OF_USERIDS, {**_places(wanted), "userids": chunk}).all(), wanted
        )
    return found


def _bound(*row: str) -> Bound[str]:
    userid, name, bind_id, value, state = row
    return userid, name, bind_id, value, state


def _of_rows(rows: Sequence[Bound[str]], wanted: Wanted) -> Reached[str]:
    """Every user that there is a row of, also one that nothing reaches."""
    return {row[0]: {} for row in rows} | _gather(rows, wanted)


def of_members(session: Session, members: Sequence[Member], wanted: Wanted) -> Reached[int]:
    """What the members of a page are reached by, by their ids; those that nothing reaches are left out."""
    if not members:
        return {}
    first, last = members[0].id, members[-1].id
    if last - first < DENSE * len(members):
        asked = _BETWEEN, {**_places(wanted), "first": first, "last": last}
    else:
        asked = _OF_IDS, {**_places(wanted), "ids": [member.id for member in members]}
    return _gather(session.connection().execute(*asked).all(), wanted)


def _places(wanted: Wanted) -> dict[str, object]:
    return {
        "properties": sorted({name for name, _ in wanted.values()}),
        "bind_ids": sorted({bind_id for _, bind_ids in wanted.values() for bind_id in bind_ids}),
    }


def _gather(rows: Sequence[Bound[K]], wanted: Wanted) -> Reached[K]:
    """Sort bindings under their users and channel types, those in the first places first."""
    found: Reached[K] = {}
    for rank in range(max((len(bind_ids) for _, bind_ids in wanted.values()), default=0)):
        places = {
            (name, bind_ids[rank]): type_ for type_, (name, bind_ids) in wanted.items() if rank < len(bind_ids)
        }
        for user, bound in _in_places(rows, places).items():
            found[user] = bound | found.get(user, {})
    return found


def _in_places(rows: Iterable[Bound[K]], places: Mapping[tuple[str, str], str]) -> Reached[K]:
    found: Reached[K] = {}
    for user, name, bind_id, value, state in rows:
        type_ = places.get((name, bind_id))
        if type_ is not None:
            live = found.setdefault(user, {}).setdefault(type_, [])
            if state == ACTIVE:
                live.append(value)
    return found

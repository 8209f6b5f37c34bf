"""What users are reached by, looked up in bulk for routing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar, cast

from sqlalchemy import Select, Table, TextClause, and_, bindparam, select, text
from sqlalchemy.orm import Session

from ums.domain.routing import Unfollowed
from ums.store.audiences import Member
from ums.store.bulk import chunks
from ums.store.direct import fetched, rows_of
from ums.store.models import BindingRow, UserRow
from ums.store.users import ACTIVE

K = TypeVar("K", int, str)

Wanted = Mapping[str, tuple[str, tuple[str, ...]]]
"""Channel types → a property and the binding identifiers where it may stand, in order: the first that holds
any value, even a retired one, is the one that counts."""
Followed = Mapping[str, int]
"""Properties of which only those addresses are wanted that aren't known not to follow a channel: which."""
Reached = dict[K, dict[str, list[str]]]
"""Users → channel type → addresses in use; none where all that count are retired, or `Unfollowed`."""

Bound = tuple[K, str, str, str, str]
"""A user, and one binding: property, binding identifier, value, state."""

_users = cast("Table", UserRow.__table__)
_bindings = cast("Table", BindingRow.__table__)

_IN_PLACE = and_(
    # as an expression: by the bare column SQLite would look through all that is bound in the place, of every user
    _bindings.c.property.concat("").in_(bindparam("properties", expanding=True)),
    _bindings.c.bind_id.in_(bindparam("bind_ids", expanding=True)),
)
_BINDING = (_bindings.c.property, _bindings.c.bind_id, _bindings.c.value)
UNFOLLOWED = "unfollowed"
"""The state of a binding in use whose address doesn't follow."""


@lru_cache(maxsize=16)
def _state(followed: int) -> str:
    """The state of a binding, where `followed` properties are wanted of followers only; nothing else is joined."""
    if not followed:
        return "bindings.state"
    channels = " ".join(f"WHEN :followed_{one} THEN :by_{one}" for one in range(followed))
    return f"""
        CASE WHEN bindings.state = '{ACTIVE}' AND EXISTS (
            SELECT 1 FROM follows
            WHERE follows.channel_id = CASE bindings.property {channels} END AND follows.address = bindings.value
              AND NOT follows.following) THEN '{UNFOLLOWED}' ELSE bindings.state END
    """  # noqa: S608 - nothing but the names of parameters and constants is put in


@lru_cache(maxsize=16)
def _of_userids(followed: int) -> Select[Bound[str]]:
    return (
        select(_users.c.userid, *_BINDING, text(_state(followed)))
        .select_from(_users.outerjoin(_bindings, and_(_bindings.c.user_id == _users.c.id, _IN_PLACE)))
        .where(_users.c.userid.in_(bindparam("userids", expanding=True)))
        .order_by(_bindings.c.id)
    )


@lru_cache(maxsize=16)
def _of_one(followed: int) -> TextClause:
    """For sends to one user, thousands a second: all his bindings are fewer than a list is long."""
    return text(f"""
        SELECT users.userid, bindings.property, bindings.bind_id, bindings.value, {_state(followed)}
        FROM users LEFT JOIN bindings ON bindings.user_id = users.id
        WHERE users.userid = :userid ORDER BY bindings.id
    """)  # noqa: S608


@lru_cache(maxsize=16)
def _of_ids(followed: int) -> Select[Bound[int]]:
    return (
        select(_bindings.c.user_id, *_BINDING, text(_state(followed)))
        .where(_bindings.c.user_id.in_(bindparam("ids", expanding=True)), _IN_PLACE)
        .order_by(_bindings.c.user_id, _bindings.c.id)
    )


NOBODY: Followed = {}
DENSE = 4
"""A page is read as one range where the range holds at most so many times its users."""


def of_userids(
    session: Session, userids: Sequence[str], wanted: Wanted, followed: Followed = NOBODY
) -> Reached[str]:
    """What users are reached by. Unknown userids are left out."""
    channels = _channels(followed)
    if len(userids) == 1:
        asked = {"userid": userids[0], **channels}
        return _of_rows(fetched(session, _of_one(len(followed)), asked, _bound), wanted)
    found: Reached[str] = {}
    for chunk in chunks(userids):
        values = {**_places(wanted), **channels, "userids": chunk}
        rows = session.connection().execute(_of_userids(len(followed)), values).all()
        found |= _of_rows(cast("Sequence[Bound[str]]", rows), wanted)
    return found


def _channels(followed: Followed) -> dict[str, str | int]:
    """The parameters of `_state`."""
    return {
        name: value
        for number, (property_, channel_id) in enumerate(followed.items())
        for name, value in ((f"followed_{number}", property_), (f"by_{number}", channel_id))
    }


def _bound(*row: str) -> Bound[str]:
    userid, name, bind_id, value, state = row
    return userid, name, bind_id, value, state


def _of_rows(rows: Sequence[Bound[str]], wanted: Wanted) -> Reached[str]:
    """Every user that there is a row of, also one that nothing reaches."""
    return {row[0]: {} for row in rows} | _gather(rows, wanted)


def of_members(
    session: Session, members: Sequence[Member], wanted: Wanted, followed: Followed = NOBODY
) -> Reached[int]:
    """What the members of a page are reached by, by their ids; those that nothing reaches are left out."""
    if not members:
        return {}
    first, last = members[0].id, members[-1].id
    places, channels = _places(wanted), _channels(followed)
    if last - first < DENSE * len(members):
        properties, bind_ids = places["properties"], places["bind_ids"]
        values = {"first": first, "last": last} | _numbered("property", properties) | _numbered("bind_id", bind_ids)
        statement = _between(len(properties), len(bind_ids), len(followed))
        return _gather(rows_of(session, statement, values | channels), wanted)
    asked = {**places, **channels, "ids": [member.id for member in members]}
    rows = session.connection().execute(_of_ids(len(followed)), asked).all()
    return _gather(cast("Sequence[Bound[int]]", rows), wanted)


@lru_cache(maxsize=64)
def _between(properties: int, bind_ids: int, followed: int) -> TextClause:
    """What is bound in so many places to users whose ids are near one another: the way of millions of users."""
    return text(f"""
        SELECT user_id, property, bind_id, value, {_state(followed)} FROM bindings
        WHERE user_id BETWEEN :first AND :last
          AND property || '' IN ({_marks("property", properties)}) AND bind_id IN ({_marks("bind_id", bind_ids)})
        ORDER BY user_id, id
    """)  # noqa: S608 - nothing but the names of parameters is put in


def _marks(name: str, count: int) -> str:
    return ", ".join(f":{name}_{number}" for number in range(count))


def _numbered(name: str, values: Sequence[str]) -> dict[str, object]:
    return {f"{name}_{number}": value for number, value in enumerate(values)}


def _places(wanted: Wanted) -> dict[str, list[str]]:
    return {
        "properties": sorted({name for name, _ in wanted.values()}),
        "bind_ids": sorted({bind_id for _, bind_ids in wanted.values() for bind_id in bind_ids}),
    }


def _gather(rows: Sequence[Bound[K]], wanted: Wanted) -> Reached[K]:
    """Sort bindings under their users and channel types, those in the first places first."""
    ranks = max((len(bind_ids) for _, bind_ids in wanted.values()), default=0)
    found: Reached[K] = {}
    for rank in reversed(range(ranks)):
        places = {
            (name, bind_ids[rank]): type_ for type_, (name, bind_ids) in wanted.items() if rank < len(bind_ids)
        }
        bound = _in_places(rows, places)
        if found:
            for user, earlier in bound.items():
                found[user] = found.get(user, {}) | earlier
        else:
            found = bound
    return found


def _in_places(rows: Iterable[Bound[K]], places: Mapping[tuple[str, str], str]) -> Reached[K]:
    found: Reached[K] = {}
    for user, name, bind_id, value, state in rows:
        type_ = places.get((name, bind_id))
        if type_ is not None:
            of_user = found.get(user)
            if of_user is None:
                of_user = found[user] = {}
            live = of_user.get(type_)
            if live is None:
                live = of_user[type_] = []
            if state == ACTIVE:
                live.append(value)
            elif state == UNFOLLOWED and not live:
                of_user[type_] = Unfollowed()
    return found

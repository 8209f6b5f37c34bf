"""Users and their bindings: written in bulk, looked up in bulk for routing, shown a page at a time.

Uploads and routing deal with a thousand users at once, so they speak to the tables directly, without an
object for each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, exists, literal_column, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import UpdateBase

from ums.domain.binding import BindingEdit, BindingKey
from ums.domain.views import BindingView
from ums.domain.wire import TAG
from ums.store import follows
from ums.store.bulk import Row, chunks, run_for_all
from ums.store.models import BindingRow, UserRow

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

ACTIVE = "active"
RETIRED = "retired"

_users = cast("Table", UserRow.__table__)
_bindings = cast("Table", BindingRow.__table__)

_ACTIVE: ColumnElement[str] = literal_column(f"'{ACTIVE}'")

_PLACE = and_(
    _bindings.c.user_id == bindparam("at_user"),
    _bindings.c.property == bindparam("at_property"),
    _bindings.c.bind_id == bindparam("at_bind_id"),
)
_CLEAR = delete(_bindings).where(_PLACE)
_CLEAR_BUT = _CLEAR.where(_bindings.c.value != bindparam("at_value"))
_DROP = _CLEAR.where(_bindings.c.value == bindparam("at_value"))
_RETIRE = (
    update(_bindings)
    .where(
        _bindings.c.property == bindparam("at_property"),
        _bindings.c.bind_id == bindparam("at_bind_id"),
        _bindings.c.value == bindparam("at_value"),
        _bindings.c.state == _ACTIVE,
    )
    .values(state=literal_column(f"'{RETIRED}'"), cause=bindparam("for_cause"), updated_at=bindparam("at_time"))
)


class KnownUser(NamedTuple):
    """A user, with those of his bindings that may be seen."""

    userid: str
    bindings: tuple[BindingView, ...]


def write_users(
    session: Session,
    userids: Sequence[str],
    edits: Mapping[BindingKey, BindingEdit],
    now: float,
    *,
    cause: str = "",
    known_ids: Mapping[str, int] | None = None,
) -> None:
    """Make the users that aren't there yet, and apply the edits to the users' bindings.

    `userids` holds, once each, all users that the edits speak of. A retired value that is put again is
    active again. `cause` is what the values that are put show. `known_ids` are those of the users that are there,
    if they have been looked up in this transaction.
    """
    ids = _ids(session, userids) if known_ids is None else dict(known_ids)
    missing = [userid for userid in userids if userid not in ids]
    if missing:
        add = _add(session.get_bind().dialect.name)
        run_for_all(session, add, [{"new_userid": userid, "at_time": now} for userid in missing])
        ids.update(_ids(session, missing))
    work = _Work([], [], [], [])
    for (userid, name, bind_id), edit in edits.items():
        work.note(
            {
                "at_user": ids[userid],
                "at_property": name,
                "at_bind_id": bind_id,
                "at_time": now,
                "for_cause": cause,
            },
            edit,
        )
    run_for_all(session, _CLEAR, work.cleared)
    run_for_all(session, _CLEAR_BUT, work.cleared_but)
    run_for_all(session, _DROP, work.dropped)
    run_for_all(session, _put(session.get_bind().dialect.name), work.put)
    follows.forget_refusals(session, work.put)


class _Work(NamedTuple):
    """The rows that edits are made of, by statement."""

    cleared: list[Row]
    cleared_but: list[Row]
    dropped: list[Row]
    put: list[Row]

    def note(self, place: dict[str, str | int | float | None], edit: BindingEdit) -> None:
        rows = [{**place, "at_value": value} for value in edit.put]
        self.put.extend(rows)
        if edit.drop:
            self.dropped.extend({**place, "at_value": value} for value in edit.drop)
        if edit.replace and len(rows) == 1:
            self.cleared_but.extend(rows)
        elif edit.replace:
            self.cleared.append(place)


def delete_users(session: Session, userids: Sequence[str]) -> set[str]:
    """Remove users with all their bindings; answers which of them there were."""
    ids = _ids(session, userids)
    for chunk in chunks(list(ids.values())):
        session.connection().execute(delete(_users).where(_users.c.id.in_(chunk)))
    return set(ids)


def ids_of(session: Session, userids: Sequence[str]) -> dict[str, int]:
    """The ids of those of the users that there are."""
    return _ids(session, userids)


def addresses_of(session: Session, ids: Mapping[str, int]) -> dict[BindingKey, list[str]]:
    """What users, by userid and id, are reached by, in use or not; tags are no addresses."""
    userids = {id_: userid for userid, id_ in ids.items()}
    found: dict[BindingKey, list[str]] = {}
    for chunk in chunks(list(userids)):
        query = select(_bindings.c.user_id, _bindings.c.property, _bindings.c.bind_id, _bindings.c.value).where(
            _bindings.c.user_id.in_(chunk), _bindings.c.property != TAG.wire
        )
        for user_id, name, bind_id, value in session.connection().execute(query):
            found.setdefault((userids[user_id], name, bind_id), []).append(value)
    return found


def known(session: Session, userids: Sequence[str]) -> set[str]:
    """Which of these userids there are."""
    return set(_ids(session, userids))


def retire_addresses(session: Session, addresses: Iterable[tuple[str, str, str, str]], now: float) -> None:
    """Put addresses out of use until they are uploaded again, whoever they are bound to.

    Each is a property, a binding identifier, the value, and the cause.
    """
    places: list[Row] = [
        {"at_property": name, "at_bind_id": bind_id, "at_value": value, "for_cause": cause, "at_time": now}
        for name, bind_id, value, cause in addresses
    ]
    run_for_all(session, _RETIRE, places)


def by_userid(session: Session, userid: str, seen_under: Sequence[str] | None) -> KnownUser | None:
    """A user with the bindings under `seen_under` (None: all)."""
    id_ = session.scalar(select(_users.c.id).where(_users.c.userid == userid))
    if id_ is None:
        return None
    return KnownUser(userid, _bindings_of(session, [id_], seen_under)[id_])


def page(
    session: Session,
    *,
    after: str,
    limit: int,
    seen_under: Sequence[str] | None = None,
    tag: str | None = None,
    tagged_under: Sequence[str] = (),
) -> list[KnownUser]:
    """At most `limit` users by userid, from the first after `after`.

    With `seen_under` only those who have a binding there; with `tag` only those who carry it under one
    of `tagged_under`.
    """
    query = (
        select(_users.c.id, _users.c.userid).where(_users.c.userid > after).order_by(_users.c.userid).limit(limit)
    )
    if seen_under is not None:
        query = query.where(
            exists().where(_bindings.c.user_id == _users.c.id, _bindings.c.bind_id.in_(list(seen_under)))
        )
    if tag is not None:
        query = query.where(_users.c.id.in_(select(_bindings.c.user_id).where(_carries(tag, tagged_under))))
    rows = session.execute(query).all()
    bindings = _bindings_of(session, [id_ for id_, _ in rows], seen_under)
    return [KnownUser(userid, bindings[id_]) for id_, userid in rows]


def _carries(tag: str, tagged_under: Sequence[str]) -> ColumnElement[bool]:
    return and_(
        _bindings.c.property == TAG.wire,
        _bindings.c.bind_id.in_(list(tagged_under)),
        _bindings.c.value == tag,
        _bindings.c.state == ACTIVE,
    )


def _bindings_of(
    session: Session, ids: Sequence[int], seen_under: Sequence[str] | None
) -> dict[int, tuple[BindingView, ...]]:
    columns = (_bindings.c.property, _bindings.c.bind_id, _bindings.c.value, _bindings.c.state, _bindings.c.cause)
    query = select(_bindings.c.user_id, *columns).where(_bindings.c.user_id.in_(list(ids)))
    if seen_under is not None:
        query = query.where(_bindings.c.bind_id.in_(list(seen_under)))
    found: dict[int, list[BindingView]] = {id_: [] for id_ in ids}
    for user_id, name, bind_id, value, state, cause in session.execute(
        query.order_by(_bindings.c.property, _bindings.c.bind_id, _bindings.c.id)
    ):
        found[user_id].append(BindingView(property=name, bind_id=bind_id, value=value, state=state, cause=cause))
    return {id_: tuple(bindings) for id_, bindings in found.items()}


def _ids(session: Session, userids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(userids):
        query = select(_users.c.userid, _users.c.id).where(_users.c.userid.in_(chunk))
        found.update(session.connection().execute(query).all())
    return found


@cache
def _add(dialect: str) -> UpdateBase:
    new = _insert(dialect)(_users).values(userid=bindparam("new_userid"), created_at=bindparam("at_time"))
    return new.on_conflict_do_nothing(index_elements=["userid"])


@cache
def _put(dialect: str) -> UpdateBase:
    """A value that is there stays as it is; a retired one becomes active."""
    put = _insert(dialect)(_bindings).values(
        user_id=bindparam("at_user"),
        property=bindparam("at_property"),
        bind_id=bindparam("at_bind_id"),
        value=bindparam("at_value"),
        state=_ACTIVE,
        cause=bindparam("for_cause"),
        updated_at=bindparam("at_time"),
    )
    return put.on_conflict_do_update(
        index_elements=["user_id", "property", "bind_id", "value"],
        set_={"state": _ACTIVE, "cause": put.excluded.cause, "updated_at": put.excluded.updated_at},
        where=_bindings.c.state != _ACTIVE,
    )


def _insert(dialect: str) -> type[postgresql.Insert] | type[sqlite.Insert]:
    """The insert that knows ON CONFLICT, which SQLAlchemy keeps for each database by itself."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # the one that is used alone, for what they cost to load

        return postgresql.Insert
    from sqlalchemy.dialects import sqlite

    return sqlite.Insert

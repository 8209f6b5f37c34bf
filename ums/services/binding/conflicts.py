"""Two userids for one person, or two addresses of his on one channel: listed until somebody decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ums.domain.errors import Conflict, InvalidRequest, NotFound
from ums.domain.operator import Operator
from ums.domain.person import Cause, Owner, Place
from ums.domain.views import Page
from ums.logs import get_logger
from ums.services.audits import COMMAND_LINE
from ums.services.binding.bindings import give
from ums.services.gateway import Gateway
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import conflicts as store
from ums.store import identities
from ums.store.db import Session

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An address of a person, and the userids that have it."""

    place: Place
    owners: tuple[Owner, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictView:
    """A conflict, and what it is about as things are now."""

    conflict: store.Conflict
    claims: tuple[Claim, ...]


def page(
    gateway: Gateway, state: str = store.OPEN, cursor: str | None = None, limit: int = PAGE
) -> Page[ConflictView]:
    """Conflicts in a state, in the order in which they came.

    Raises InvalidRequest for a state, a cursor or a limit that won't do.
    """
    check_limit(limit)
    if state not in store.STATES:
        text = f"must be one of {', '.join(store.STATES)}."
        raise InvalidRequest(f"state: {text}", errors={"state": [text]})
    with gateway.database.read() as session:
        found = store.page(session, state, after=after_id(cursor), limit=limit + 1)
        views = [_view(session, one) for one in found]
    return page_of(views, limit, lambda view: str(view.conflict.id))


def count_open(gateway: Gateway) -> int:
    """How many wait for a decision."""
    with gateway.database.read() as session:
        return store.count_open(session)


def show(gateway: Gateway, conflict_id: int) -> ConflictView:
    """One conflict. Raises NotFound."""
    with gateway.database.read() as session:
        return _view(session, _found(session, conflict_id))


def settle(gateway: Gateway, operator: Operator | None, conflict_id: int, userid: str) -> ConflictView:
    """Bind all addresses of the person to one of the userids; whoever else had one loses it.

    `operator` is None at the command line. Raises NotFound, InvalidRequest for a userid that it isn't about, and
    Conflict where it has been decided already.
    """
    by, now = _name(operator), gateway.clock.now()
    with gateway.database.write() as session:
        conflict = _found(session, conflict_id)
        if userid not in conflict.userids:
            text = f"must be one of {', '.join(conflict.userids)}."
            raise InvalidRequest(f"userid: {text}", errors={"userid": [text]})
        _decide(session, conflict, store.SETTLED, by, userid, now)
        for place in identities.places(session, conflict.person):
            give(session, userid, place, Cause.OPERATOR, now, by=by)
        # whatever else stood against it is decided with it
        store.over(session, conflict.person, userid, now)
        view = _view(session, _found(session, conflict_id))
    log.info("a conflict was settled", action="conflict_settled", conflict=conflict_id, userid=userid, operator=by)
    return view


def keep_apart(gateway: Gateway, operator: Operator | None, conflict_id: int) -> ConflictView:
    """Leave everything as it is, and don't list it again while it is about the same users.

    Raises NotFound, and Conflict where it has been decided already.
    """
    by, now = _name(operator), gateway.clock.now()
    with gateway.database.write() as session:
        conflict = _found(session, conflict_id)
        _decide(session, conflict, store.APART, by, "", now)
        view = _view(session, _found(session, conflict_id))
    log.info("a conflict stays apart", action="conflict_apart", conflict=conflict_id, operator=by)
    return view


def _decide(session: Session, conflict: store.Conflict, state: str, by: str, decision: str, now: float) -> None:
    if not store.decide(session, conflict.id, state, by=by, decision=decision, now=now):
        raise Conflict(f"The conflict {conflict.id} has been decided already; it is {conflict.state}.")


def _found(session: Session, conflict_id: int) -> store.Conflict:
    conflict = store.find(session, conflict_id)
    if conflict is None:
        raise NotFound(f"There is no conflict {conflict_id}.")
    return conflict


def _view(session: Session, conflict: store.Conflict) -> ConflictView:
    places: Sequence[Place] = identities.places(session, conflict.person)
    owners = identities.owners(session, places)
    claims = tuple(Claim(place=place, owners=tuple(owners[place])) for place in places)
    return ConflictView(conflict=conflict, claims=claims)


def _name(operator: Operator | None) -> str:
    return COMMAND_LINE if operator is None else operator.name

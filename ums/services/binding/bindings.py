"""A user's address on a channel: bound, unbound, with a row of history for each change.

Everything here happens within the transaction of whoever calls.
"""

from __future__ import annotations

from collections.abc import Sequence

from ums.domain.binding import BindingEdit
from ums.domain.errors import Conflict, Problem
from ums.domain.person import Cause, Place
from ums.store import binding_changes, identities, users
from ums.store.binding_changes import BindingChange
from ums.store.db import Session


class AddressTaken(Problem):
    """The address is bound to somebody else; nothing was changed."""

    status = Conflict.status
    code = Conflict.code

    def __init__(self) -> None:
        super().__init__(
            "This account is bound to another user already; nothing was changed. Unbind it there first, "
            "or have an operator decide."
        )


def bind(session: Session, userid: str, place: Place, cause: Cause, now: float, *, by: str = "") -> bool:
    """Bind an address to a user, in the place of the one he had there; whether that changes anything.

    The user is made where there is none. Raises AddressTaken where it is somebody else's.
    """
    owners = [owner.userid for owner in identities.owners(session, [place])[place]]
    if any(owner != userid for owner in owners):
        raise AddressTaken
    return give(session, userid, place, cause, now, by=by)


def give(session: Session, userid: str, place: Place, cause: Cause, now: float, *, by: str = "") -> bool:
    """As `bind`, but whoever else has the address loses it."""
    changes: list[BindingChange] = []
    for owner in identities.owners(session, [place])[place]:
        if owner.userid != userid:
            _drop(session, owner.userid, place, [place.address], now)
            changes.append(_change(owner.userid, place, cause, by, bound=False))
    binding_changes.add(session, changes, now)
    return hold(session, userid, place, cause, now, by=by) or bool(changes)


def hold(session: Session, userid: str, place: Place, cause: Cause, now: float, *, by: str = "") -> bool:
    """As `bind`, but others may have the address as well: for what people share, such as a phone."""
    before = identities.held(session, userid, place)
    changes: list[BindingChange] = []
    for address in before:
        if address != place.address:
            changes.append(_change(userid, place._replace(address=address), Cause.REPLACED, by, bound=False))
    if place.address not in before:
        changes.append(_change(userid, place, cause, by, bound=True))
    edit = BindingEdit(replace=True, put=(place.address,), drop=())
    told = f"{cause.value}: {by}" if by else cause.value
    users.write_users(session, [userid], {(userid, place.property, place.bind_id): edit}, now, cause=told)
    binding_changes.add(session, changes, now)
    return bool(changes)


def unbind(session: Session, userid: str, place: Place, cause: Cause, now: float, *, by: str = "") -> list[str]:
    """Take a user's address in a place away: the one that `place` names or, where it names none, all there.

    The addresses that he has lost.
    """
    before = identities.held(session, userid, place)
    lost = [address for address in before if place.address in ("", address)]
    if lost:
        _drop(session, userid, place, lost, now)
        changes = [_change(userid, place._replace(address=address), cause, by, bound=False) for address in lost]
        binding_changes.add(session, changes, now)
    return lost


def _drop(session: Session, userid: str, place: Place, addresses: Sequence[str], now: float) -> None:
    edit = BindingEdit(replace=False, put=(), drop=tuple(addresses))
    users.write_users(session, [userid], {(userid, place.property, place.bind_id): edit}, now)


def _change(userid: str, place: Place, cause: Cause, by: str, *, bound: bool) -> BindingChange:
    return BindingChange(
        userid=userid,
        property=place.property,
        bind_id=place.bind_id,
        address=place.address,
        bound=bound,
        cause=cause,
        by=by,
    )

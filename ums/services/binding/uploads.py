"""What uploads, removals and operators change of users' addresses: told in their history, and followed up.

An upload of a thousand users costs a select and an insert for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ums.domain.binding import BindingEdit, BindingKey
from ums.domain.binding_history import BindingChange, changed_by
from ums.domain.erasure import ERASED
from ums.domain.person import Cause, Place
from ums.services.binding import bindings, joining
from ums.services.gateway import Gateway
from ums.store import backfills, binding_changes, identities, users
from ums.store.db import Session


def write(
    gateway: Gateway, session: Session, userids: Sequence[str], edits: Mapping[BindingKey, BindingEdit], by: str
) -> None:
    """Make the users that aren't there yet and apply the edits; `by` is whoever uploads them."""
    now = gateway.clock.now()
    ids = users.ids_of(session, userids)
    held = users.addresses_of(session, ids)
    users.write_users(session, userids, edits, now, known_ids=ids)
    changes = changed_by(edits, held, Cause.UPLOAD, by)
    binding_changes.add(session, changes, now)
    _follow(gateway, session, changes)


def take_away(gateway: Gateway, userid: str, name: str, bind_id: str, by: str) -> bool:
    """Take what a user has under a binding identifier away, as an operator wants it; whether he had anything."""
    place = Place(0, bind_id, name, bind_id, "")
    with gateway.database.write() as session:
        lost = bindings.unbind(session, userid, place, Cause.OPERATOR, gateway.clock.now(), by=by)
        joining.review_lost(gateway, session, _by_channel(session, [(name, bind_id, address) for address in lost]))
    return bool(lost)


def remove(gateway: Gateway, session: Session, userids: Sequence[str]) -> set[str]:
    """Remove users with all their bindings; answers which of them there were.

    Their history goes on, and names no address any more.
    """
    held = users.addresses_of(session, users.ids_of(session, userids))
    removed = users.delete_users(session, userids)
    every = {key: BindingEdit(replace=True, put=(), drop=()) for key in held}
    changes = changed_by(every, held, Cause.REMOVED)
    binding_changes.add(session, changes, gateway.clock.now())
    binding_changes.erase_users(session, list(removed), ERASED)
    _follow(gateway, session, changes)
    return removed


def _follow(gateway: Gateway, session: Session, changes: Sequence[BindingChange]) -> None:
    """What is known of new addresses goes on to whom they are bound; conflicts about lost ones may be over.

    On channels that were backfilled, new ones of which nothing is known are to be asked about.
    """
    if not changes:
        return
    begun = backfills.begun(session)
    if not begun and not identities.is_any(session):
        return
    new, lost = (
        _by_channel(session, [(one.property, one.bind_id, one.address) for one in changes if one.bound is bound])
        for bound in (True, False)
    )
    for channel_id in begun & new.keys():
        identities.list_unasked(session, channel_id, new[channel_id], gateway.clock.now())
    joining.settle_uploaded(gateway, session, new)
    joining.review_lost(gateway, session, lost)


def _by_channel(session: Session, places: Iterable[tuple[str, str, str]]) -> dict[int, list[str]]:
    """Addresses by channel, given each with its property and its binding identifier."""
    channels = identities.channels_by_place(session)
    found: defaultdict[int, list[str]] = defaultdict(list)
    for name, bind_id, address in places:
        for channel_id in channels.get((name, bind_id), ()):
            found[channel_id].append(address)
    return found

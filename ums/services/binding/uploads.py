"""What uploads and removals change of users' addresses: told in their history, and followed by what joins them.

Everything here happens within the transaction of whoever calls, and costs an upload of a thousand users a select
and an insert.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ums.domain.binding import BindingEdit, BindingKey
from ums.domain.binding_history import BindingChange, changed_by
from ums.domain.erasure import ERASED
from ums.domain.person import Cause
from ums.services.binding import joining
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
    _join(gateway, session, changes)


def remove(gateway: Gateway, session: Session, userids: Sequence[str]) -> set[str]:
    """Remove users with all their bindings; answers which of them there were.

    Their history goes on, and names no address any more.
    """
    held = users.addresses_of(session, users.ids_of(session, userids))
    removed = users.delete_users(session, userids)
    every = {key: BindingEdit(replace=True, put=(), drop=()) for key in held}
    binding_changes.add(session, changed_by(every, held, Cause.REMOVED), gateway.clock.now())
    binding_changes.erase_users(session, list(removed), ERASED)
    return removed


def _join(gateway: Gateway, session: Session, changes: Sequence[BindingChange]) -> None:
    """What is known of the addresses that are new goes on to whom they are bound.

    On channels that were backfilled, those of which nothing is known are to be asked about.
    """
    new = [change for change in changes if change.bound]
    if not new:
        return
    begun = backfills.begun(session)
    if not begun and not identities.is_any(session):
        return
    channels = identities.channels_by_place(session)
    addresses: defaultdict[int, list[str]] = defaultdict(list)
    for change in new:
        for channel_id in channels.get((change.property, change.bind_id), ()):
            addresses[channel_id].append(change.address)
    for channel_id in begun & addresses.keys():
        identities.list_unasked(session, channel_id, addresses[channel_id], gateway.clock.now())
    joining.settle_uploaded(gateway, session, addresses)

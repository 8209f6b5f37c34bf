"""Who follows an account and no longer does: kept, and told in the history of whoever has the address.

Everything here happens within the transaction of whoever calls.
"""

from __future__ import annotations

from ums.domain.binding_history import BindingChange
from ums.domain.follow import Follow, ToldBy
from ums.domain.person import Cause
from ums.store import binding_changes, channels, follows, identities
from ums.store.db import Session


def tell(session: Session, channel_id: int, follow: Follow, told_by: ToldBy, now: float) -> None:
    """Keep what is told, unless something later is known; a change of it is a row in its users' history."""
    before = follows.is_following(session, channel_id, follow.address)
    follows.tell(session, channel_id, follow, told_by)
    after = follows.is_following(session, channel_id, follow.address)
    # of whom nothing was known he was taken for a follower
    if after is None or after == (before is not False):
        return
    channel = channels.by_id(session, channel_id)
    if channel is None:
        return
    place = identities.place_of(channel_id, channel.code, channel.type, follow.address)
    cause = Cause.FOLLOWED if after else Cause.UNFOLLOWED
    changes = [
        BindingChange(
            userid=owner.userid,
            property=place.property,
            bind_id=place.bind_id,
            address=place.address,
            bound=True,
            cause=cause,
            by=channel.code,
        )
        for owner in identities.owners(session, [place])[place]
    ]
    binding_changes.add(session, changes, now)

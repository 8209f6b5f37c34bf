"""Who doesn't follow isn't called with what only followers get, and a refusal tells who doesn't.

Routing has asked before; what was queued then, or names addresses of its caller's own, is asked once more where it
is about to be called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ums.dispatch.job import Job, Result, Settled
from ums.domain.follow import NOT_FOLLOWING, Follow, ToldBy
from ums.domain.outcome import AddressFault, BadAddress
from ums.services.binding import followers
from ums.store import follows
from ums.store.db import Session


def to_followers(session: Session, made: Sequence[Job | Result], now: float) -> Sequence[Job | Result]:
    """The jobs but for those whose address is known not to follow; for these, results that say so."""
    asked: defaultdict[int, list[str]] = defaultdict(list)
    for one in made:
        if isinstance(one, Job) and one.prepared.to_followers:
            asked[one.claimed.channel_id].append(one.claimed.address)
    if not asked:
        return made
    strangers = {
        (channel_id, address)
        for channel_id, addresses in asked.items()
        for address in follows.not_following(session, channel_id, addresses)
    }
    return [
        one.uncalled(BadAddress(NOT_FOLLOWING, scope=AddressFault.FOLLOW), now)
        if isinstance(one, Job) and one.prepared.to_followers and one.place in strangers
        else one
        for one in made
    ]


def settle(session: Session, others: Sequence[Settled]) -> None:
    """Whom providers have refused for not following doesn't follow, as of the second of the call."""
    for one in others:
        called_at, claimed = one.result.called_at, one.result.claimed
        if one.settlement.unfollows and called_at is not None:
            follow = Follow(claimed.address, following=False, at=float(int(called_at)))
            followers.tell(session, claimed.channel_id, follow, ToldBy.REFUSAL, called_at)

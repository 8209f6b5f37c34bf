"""The messages of one lane share it evenly: a small one gets through promptly while a large one is sent.

A claim looks at up to `LOOKS` of a lane's messages and takes as much of each, in the order in which its deliveries
are due. What one doesn't need the others get. Where there are more messages, or more than `LARGE` large ones, the
next claim goes on where this one ended. A message alone in its lane is claimed by a plain walk along what is due.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ums.domain.message import Priority
from ums.store import outbox, shares
from ums.store.claims import NO_CREDIT, Credit
from ums.store.db import Session
from ums.store.endpoints import EndpointState
from ums.store.outbox import Claimed, Lane
from ums.store.shares import Waiting

LOOKS = 64
"""Messages that one claim looks at, at most (twice as many where it comes round to the first)."""
LARGE = 4
"""Messages with more than one thing due that one claim serves, at most: each is a statement of its own."""
CreditOf = Callable[[int], Credit]
"""What a message's deliveries are claimed as holding."""
KEPT_PLACES = 4096
"""Lanes of which a process remembers where it was."""


class _Place(NamedTuple):
    """Where the last claim in a lane ended: the message looked at last (0: there were no more), and served last."""

    looked: int = 0
    served: int = 0


class _Sight(NamedTuple):
    """Messages with something due, in turn; `last` was looked at last, `is_all`: there are no others."""

    due: Sequence[Waiting]
    last: int
    is_all: bool


class Turns:
    """Whose turn it is in each lane, as far as one process knows: it begins anew with each start."""

    def __init__(self) -> None:
        self._places: OrderedDict[Lane, _Place] = OrderedDict()

    def claim(
        self,
        session: Session,
        owner: str,
        endpoint: EndpointState,
        priority: Priority,
        *,
        now: float,
        limit: int,
        credit_of: CreditOf,
    ) -> list[Claimed]:
        """Take up to `limit` deliveries that are due in a lane, as many of each message; as `outbox.claim`."""
        lane = Lane(endpoint.channel_id, endpoint.name, priority)
        sight = _look(session, lane, now, self._places.get(lane, _Place()))
        if sight.is_all and len(sight.due) < 2:
            credit = credit_of(sight.due[0].message_id) if sight.due else NO_CREDIT
            return outbox.claim(session, owner, endpoint, priority, now=now, limit=limit, credit=credit)
        served = _in_turn(sight.due, limit)
        claimed = _shared(session, owner, lane, served, now, limit, credit_of)
        self._remember(lane, _place(sight, served))
        if len(claimed) < limit and not sight.is_all:
            claimed += outbox.claim(session, owner, endpoint, priority, now=now, limit=limit - len(claimed))
        return claimed

    def foresee(self, session: Session, lane: Lane, now: float) -> None:
        """Ask ahead for what the next claim in a lane looks at first."""
        after = self._places.get(lane, _Place()).looked
        shares.foresee_look(session, lane, now, after=after, most=LOOKS)

    def _remember(self, lane: Lane, place: _Place) -> None:
        self._places[lane] = place
        self._places.move_to_end(lane)
        if len(self._places) > KEPT_PLACES:
            self._places.popitem(last=False)


def _look(session: Session, lane: Lane, now: float, place: _Place) -> _Sight:
    """The messages whose turn it is: those after the one looked at last, then from the first on."""
    ahead = shares.look(session, lane, now, after=place.looked, most=LOOKS)
    if ahead.last is not None:
        return _Sight(ahead.due, ahead.last, is_all=False)
    if not place.looked:
        return _Sight(_after(place.served, ahead.due), 0, is_all=True)
    again = shares.look(session, lane, now, after=0, most=LOOKS)
    behind = [one for one in again.due if one.message_id <= place.looked]
    is_all = again.last is None or again.last >= place.looked
    return _Sight([*ahead.due, *behind], again.last or 0, is_all=is_all)


def _after(served: int, messages: Sequence[Waiting]) -> Sequence[Waiting]:
    """The messages in turn, beginning after the one served last."""
    behind = [one for one in messages if one.message_id <= served]
    return [*messages[len(behind) :], *behind]


def _in_turn(due: Sequence[Waiting], limit: int) -> Sequence[Waiting]:
    """The first of the messages, as many as one claim serves."""
    large = [place for place, one in enumerate(due) if one.second is not None]
    return due[: min(limit, large[LARGE] if len(large) > LARGE else limit)]


def _place(sight: _Sight, served: Sequence[Waiting]) -> _Place:
    """Where a claim ends: at the last message that it serves, or, where those are all, at the first."""
    is_cut = len(sight.due) > len(served)
    if sight.is_all:
        return _Place(served=sight.due[len(served) - 1 if is_cut else 0].message_id)
    return _Place(looked=served[-1].message_id if is_cut else sight.last)


def _shared(
    session: Session,
    owner: str,
    lane: Lane,
    messages: Sequence[Waiting],
    now: float,
    limit: int,
    credit_of: CreditOf,
) -> list[Claimed]:
    """As much of each message, and what some don't need of the others.

    All messages that have one thing due are claimed together, the others one after the other: so the second is not
    given an address that the first has just been, to wait for it.
    """
    claimed = shares.claim_these(session, owner, [one.first for one in messages if one.second is None], now=now)
    hungry = [one.message_id for one in messages if one.second is not None]
    while hungry and len(claimed) < limit:
        each, still = -(-(limit - len(claimed)) // len(hungry)), []
        for message_id in hungry:
            share = min(each, limit - len(claimed))
            if not share:
                continue
            credit = credit_of(message_id)
            got = shares.claim(session, owner, lane, message_id, now=now, limit=share, credit=credit)
            claimed += got
            if len(got) == share:
                still.append(message_id)
        hungry = still
    return claimed

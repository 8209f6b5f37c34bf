"""One person's addresses brought together: by what the provider says, or by one visit that showed two of them.

Everything here happens within the transaction of whoever calls.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ums.domain.person import Cause, Clash, Joining, Place, Preference
from ums.domain.person import join as joining
from ums.logs import get_logger
from ums.sdk.people import HasFollowerList, Person
from ums.services.binding.bindings import give
from ums.services.gateway import Gateway
from ums.store import binding_changes, channels, conflicts, identities
from ums.store.db import Session

log = get_logger(__name__)


def meet(gateway: Gateway, session: Session, channel_id: int, person: Person, *, asked: bool = True) -> str:
    """Keep whom the provider says somebody is, and bind what is his; the person he is here.

    Where it said nothing by which it joins his addresses, and can be asked for it, that is done by the clock.
    """
    now = gateway.clock.now()
    asked = asked and (bool(person.union) or not lists_followers(gateway, session, channel_id))
    key = identities.note(session, channel_id, person.address, person.union, now, asked=asked)
    settle(gateway, session, key, Cause.UNION)
    return key


def lists_followers(gateway: Gateway, session: Session, channel_id: int) -> bool:
    """Whether a channel's provider lists who follows, and says who they are."""
    channel = channels.by_id(session, channel_id)
    plugin = None if channel is None else gateway.registry.by_type.get(channel.type)
    return isinstance(plugin, HasFollowerList)


def bring_together(gateway: Gateway, session: Session, one: str, other: str, shown: Collection[Place] = ()) -> bool:
    """Two addresses, those `shown`, came in one visit: whether they can be one person's, and are now."""
    if one != other:
        if not identities.may_be_one(session, one, other):
            return False
        identities.merge(session, one, other)
        conflicts.follow(session, one, other)
    settle(gateway, session, one, Cause.VISIT, shown)
    return True


def settle(
    gateway: Gateway,
    session: Session,
    person: str,
    cause: Cause = Cause.UNION,
    shown: Collection[Place] = (),
) -> Joining:
    """Bind all addresses of a person to the userid that one of them has, unless something stands against it.

    What was unbound by somebody's will stays so, unless its person has just `shown` it himself.
    """
    now = gateway.clock.now()
    places = identities.places(session, person)
    if len(places) < 2:
        return Joining()
    decision = _decided(gateway, session, places, shown)
    if decision.clash is not None:
        conflicts.tell(session, person, decision.clash, decision.userids, now)
        return decision
    if decision.by is None:
        return decision
    is_preferred = len(decision.userids) > 1
    stands = _bind_all(session, decision, Cause.PREFERENCE if is_preferred else cause, now, replacing=is_preferred)
    if stands:
        conflicts.tell(session, person, Clash.ADDRESSES, [decision.userid], now)
    else:
        conflicts.over(session, person, decision.userid, now)
    return replace(decision, bind=tuple(place for place in decision.bind if place not in stands))


def _decided(gateway: Gateway, session: Session, places: Sequence[Place], shown: Collection[Place]) -> Joining:
    decision = joining(places, identities.owners(session, places), _preference(gateway))
    bind = (one for one in decision.bind if one in shown or not binding_changes.is_withdrawn(session, one))
    return replace(decision, bind=tuple(bind))


def settle_uploaded(gateway: Gateway, session: Session, addresses: Mapping[int, Sequence[str]]) -> None:
    """Addresses, by channel, were bound by an upload: what joins them to others follows."""
    for person in identities.persons_among(session, addresses):
        settle(gateway, session, person)


def review_lost(gateway: Gateway, session: Session, addresses: Mapping[int, Sequence[str]]) -> None:
    """Addresses, by channel, were taken from users: what was a conflict about them may be none any more.

    Nothing is bound by that: whoever took an address away wants it gone.
    """
    now = gateway.clock.now()
    for person in identities.persons_among(session, addresses):
        if conflicts.is_open(session, person):
            places = identities.places(session, person)
            decision = _decided(gateway, session, places, ())
            if decision.clash is None and not any(_others(session, decision.userid, one) for one in decision.bind):
                conflicts.over(session, person, decision.userid, now)


def _others(session: Session, userid: str, place: Place) -> list[str]:
    """What else a user has where this address would be bound."""
    return [held for held in identities.held(session, userid, place) if held != place.address]


def _bind_all(session: Session, decision: Joining, cause: Cause, now: float, *, replacing: bool) -> list[Place]:
    """Bind what is to be bound; where the user has another address already, that stays, and is told."""
    stands = []
    for place in decision.bind:
        if not replacing and _others(session, decision.userid, place):
            stands.append(place)
            continue
        by = decision.by.code if decision.by else ""
        give(session, decision.userid, place, cause, now, by=by)
        log.info("an address was joined", action="address_joined", channel=place.code, cause=cause.value, by=by)
    return stands


def _preference(gateway: Gateway) -> Preference:
    return Preference(gateway.settings.binding_preference)

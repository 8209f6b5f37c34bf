"""One person's addresses brought together: by what the provider says, or by one visit that showed two of them.

Everything here happens within the transaction of whoever calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ums.domain.person import Cause, Clash, Joining, Place, Preference
from ums.domain.person import join as joining
from ums.logs import get_logger
from ums.sdk.people import Person
from ums.services.binding.bindings import give
from ums.services.gateway import Gateway
from ums.store import conflicts, identities
from ums.store.db import Session

log = get_logger(__name__)


def meet(gateway: Gateway, session: Session, channel_id: int, person: Person, *, asked: bool = True) -> str:
    """Keep whom the provider says somebody is, and bind what is his; the person he is here."""
    now = gateway.clock.now()
    key = identities.note(session, channel_id, person.address, person.union, now, asked=asked)
    settle(gateway, session, key, Cause.UNION)
    return key


def bring_together(gateway: Gateway, session: Session, one: str, other: str) -> bool:
    """Two addresses were shown in one visit: whether they can be one person's, and are now."""
    if one == other:
        return True
    if not identities.may_be_one(session, one, other):
        return False
    identities.merge(session, one, other)
    conflicts.follow(session, one, other)
    settle(gateway, session, one, Cause.VISIT)
    return True


def settle(gateway: Gateway, session: Session, person: str, cause: Cause = Cause.UNION) -> Joining:
    """Bind all addresses of a person to the userid that one of them has, unless something stands against it."""
    now = gateway.clock.now()
    places = identities.places(session, person)
    if len(places) < 2:
        return Joining()
    decision = joining(places, identities.owners(session, places), _preference(gateway))
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
    return decision


def settle_uploaded(gateway: Gateway, session: Session, addresses: Mapping[int, Sequence[str]]) -> None:
    """Addresses, by channel, were bound by an upload: what joins them to others follows."""
    for person in identities.persons_among(session, addresses):
        settle(gateway, session, person)


def _bind_all(session: Session, decision: Joining, cause: Cause, now: float, *, replacing: bool) -> list[Place]:
    """Bind what is to be bound; where the user has another address already, that stays, and is told."""
    stands = []
    for place in decision.bind:
        others = [held for held in identities.held(session, decision.userid, place) if held != place.address]
        if others and not replacing:
            stands.append(place)
            continue
        by = decision.by.code if decision.by else ""
        give(session, decision.userid, place, cause, now, by=by)
        log.info("an address was joined", action="address_joined", channel=place.code, cause=cause.value, by=by)
    return stands


def _preference(gateway: Gateway) -> Preference:
    return Preference(gateway.settings.binding_preference)

"""What the ledger of credits would refuse of a message that isn't sent: a dry run asks it as the sending side does,
and reserves nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from ums.domain.commands import Json
from ums.domain.credit import CreditPlace
from ums.domain.delivery import DeliveryStatus
from ums.domain.errors import Conflict
from ums.domain.routing import Blocked, Leg, Obstacle, Plan
from ums.domain.rule import left_for
from ums.domain.sender import Sender
from ums.services.accounts import Account, account_by_id
from ums.services.credits import needed, tries_unknown
from ums.services.gateway import Gateway
from ums.services.planning import Ways, route_users
from ums.store import credits
from ums.store.db import Session


class Need(NamedTuple):
    """The template of which a content needs a credit, and whether it is sent where nothing is known of it."""

    template: str
    tries_unknown: bool


Needs = Mapping[int, Need]
"""By channel, for those of a message's channels that ask for credits."""


def needs_of(session: Session, gateway: Gateway, plan: Plan, contents: Mapping[str, Mapping[str, Json]]) -> Needs:
    """What a message needs on its channels; a test message, and one on a channel that can't be used, nothing."""
    found: dict[int, Need] = {}
    for type_, way in {} if plan.test else plan.routes.items():
        if way.closed:
            continue
        try:
            account = account_by_id(gateway, way.channel_id)
        except Conflict:
            continue
        need = need_of(session, account, gateway.registry.content(type_, contents[type_]))
        if need is not None:
            found[way.channel_id] = need
    return found


def need_of(session: Session, account: Account, content: object) -> Need | None:
    """What a content needs on a channel."""
    template = needed(session, account, content)
    return None if template is None else Need(template, tries_unknown(account))


def foreseen(session: Session, plan: Plan, sender: Sender, needs: Needs, ways: Ways, now: float) -> Ways:
    """The ways that users really have: whom a channel's ledger refuses goes on along the rule, or has none."""
    if not needs:
        return ways
    settled: dict[str, Sequence[Leg] | Blocked] = {}
    obstacles: defaultdict[str, dict[str, Obstacle]] = defaultdict(dict)
    while ways:
        spent = refused(session, needs, chain.from_iterable(map(_legs, ways.values())))
        moving: defaultdict[int, list[str]] = defaultdict(list)
        for userid, found in ways.items():
            legs = _legs(found)
            left = [leg for leg in legs if (leg.route.channel_id, leg.address) not in spent]
            if left:
                settled[userid] = left
                continue
            obstacles[userid] |= found.obstacles if isinstance(found, Blocked) else without_credit(legs)
            settled[userid] = Blocked(obstacles[userid])
            if legs and _goes_on(plan, legs):
                moving[legs[0].step + 1].append(userid)
        ways = {}
        for step, userids in moving.items():
            ways |= route_users(session, plan, sender, userids, now, first_step=step)
    return settled


def _legs(found: Sequence[Leg] | Blocked) -> Sequence[Leg]:
    return () if isinstance(found, Blocked) else found


def without_credit(legs: Sequence[Leg]) -> dict[str, Obstacle]:
    """What stands in the way of legs that the ledger refuses."""
    return {leg.route.code: Obstacle.NO_CREDIT for leg in legs}


def _goes_on(plan: Plan, legs: Sequence[Leg]) -> bool:
    """Whether the rule leaves the step of these legs where all of them are refused."""
    step = legs[0].step
    statuses = {leg.route.type: [DeliveryStatus.REJECTED] for leg in legs}
    is_left = left_for(plan.rule.steps[step], statuses, {}, waited=False) is not None
    return is_left and step + 1 < len(plan.rule.steps)


def refused(session: Session, needs: Needs, legs: Iterable[Leg]) -> set[tuple[int, str]]:
    """The addresses, with their channel, that have no credit left for what is sent there."""
    asked = [
        (CreditPlace(leg.route.channel_id, leg.address, need.template), need)
        for leg in legs
        if (need := needs.get(leg.route.channel_id)) is not None
    ]
    left = credits.left_among(session, [place for place, _ in asked])
    return {
        (place.channel_id, place.address) for place, need in asked if left.get(place, int(need.tries_unknown)) <= 0
    }

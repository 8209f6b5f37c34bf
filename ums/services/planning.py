"""From a message to its plan: which channel each of its contents goes out on, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ums.domain import rehearsal
from ums.domain.audience import Audience
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest, RuleNotValid
from ums.domain.rehearsal import rehearsed
from ums.domain.routing import CAPPED, KEPT_OUT, UNKNOWN_USER, Blocked, Bound, Leg, Plan, Route, route
from ums.domain.rule import ALL_AT_ONCE, FIRST_REACHABLE, Rule, all_at_once, first_reachable
from ums.domain.sender import Granted, Sender
from ums.domain.views import ChannelState
from ums.domain.wire import CHANNEL_TYPES, DEFAULT_PREFERENCE, bind_ids
from ums.registry import Registry
from ums.store import audiences, reach, rules, user_sends
from ums.store.audiences import Member
from ums.store.db import Session
from ums.store.deliveries import Kind, NewDeliveries, Own
from ums.store.reach import Followed, Wanted

Ways = Mapping[str, Sequence[Leg] | Blocked]
"""userid → the deliveries to make for him, or why there are none."""


def rule_for(session: Session, rule_id: int, types: Iterable[str], sender: Sender) -> Rule:
    """The rule a message names.

    Raises RuleNotValid for one that doesn't exist, InvalidRequest for one with other channel types.
    """
    if rule_id == ALL_AT_ONCE:
        return all_at_once(types)
    if rule_id == FIRST_REACHABLE:
        return first_reachable(types, sender.preference or DEFAULT_PREFERENCE)
    kept = rules.by_id(session, rule_id)
    if kept is None:
        text = f"there is no rule {rule_id}; 0 is every channel at once, -1 the first that reaches the user"
        raise RuleNotValid(f"rule_id: {text}.", errors={"rule_id": [text]})
    if kept.rule.channels != set(types):
        wanted = ", ".join(f"msg_{type_}" for type_ in CHANNEL_TYPES if type_ in kept.rule.channels)
        text = f"rule {rule_id} is for exactly {wanted}; give these, or another rule"
        raise InvalidRequest(f"rule_id: {text}.", errors={"rule_id": [text]})
    return kept.rule


def plan_for(
    registry: Registry,
    sender: Sender,
    contents: Mapping[str, Mapping[str, Json] | None],
    rule: Rule,
    *,
    test: bool,
) -> Plan:
    """The plan of a message; channel types that are no longer granted lead nowhere.

    `test` is what the message was accepted as, whatever its application's policy says by now.
    """
    granted = {channel.type: channel for channel in sender.granted}
    plan = Plan(
        routes={type_: _route(registry, granted.get(type_), type_, contents[type_]) for type_ in contents},
        rule=rule,
    )
    return rehearsed(plan) if test else plan


def _route(registry: Registry, granted: Granted | None, type_: str, content: Mapping[str, Json] | None) -> Route:
    if granted is None or type_ not in registry:
        return Route(type=type_, channel_id=0, code=type_, endpoint="", closed=True)
    way = registry.way(type_, content)
    return Route(
        type=type_,
        channel_id=granted.channel_id,
        code=granted.code,
        endpoint=way.endpoint,
        to_followers=way.to_followers,
        parked=granted.state is ChannelState.PARKED,
        failing=granted.failing,
        closed=granted.state is ChannelState.CLOSED,
    )


def route_listed(session: Session, plan: Plan, sender: Sender, audience: Audience, now: float) -> Ways:
    """The ways of an audience that the caller has listed himself; addresses of his own stand under no userid."""
    if audience.addresses:
        return {"": legs_to(plan, audience.addresses)}
    userids = tuple(dict.fromkeys(audience.userids or ()))
    kept_out = audiences.listed_out(session, userids, audience.black_id, audience.white_id)
    ways = route_users(session, plan, sender, [userid for userid in userids if userid not in kept_out], now)
    return {userid: KEPT_OUT if userid in kept_out else ways[userid] for userid in userids}


def legs_to(plan: Plan, addresses: Mapping[str, Sequence[str]]) -> list[Leg]:
    """A delivery to each of the addresses that a caller knows himself."""
    return [Leg(plan.routes[type_], address, 0) for type_ in addresses for address in addresses[type_]]


def route_users(
    session: Session, plan: Plan, sender: Sender, userids: Sequence[str], now: float, *, first_step: int = 0
) -> dict[str, list[Leg] | Blocked]:
    """The legs of each user, from `first_step` of the rule on, or why there are none.

    Whether a user has had enough for now is asked before the first step only: a message that was let through
    may fall over.
    """
    found = bound_to(session, plan, sender, userids)
    ways = {
        userid: UNKNOWN_USER if userid not in found else route(plan, found[userid], first_step=first_step)
        for userid in userids
    }
    return ways if first_step else _capped(session, sender, ways, now)


def bound_to(session: Session, plan: Plan, sender: Sender, userids: Sequence[str]) -> Mapping[str, Bound]:
    """What users are reached by on the routes of a plan. Unknown userids are left out."""
    found = reach.of_userids(session, userids, _wanted(plan, sender), _followed(plan))
    return {**found, **rehearsal.addresses_of(userids, plan.routes)} if plan.test else found


def route_members(
    session: Session, plan: Plan, sender: Sender, members: Sequence[Member], now: float
) -> dict[str, list[Leg] | Blocked]:
    """The legs of each member of a page, or why there are none."""
    found = reach.of_members(session, members, _wanted(plan, sender), _followed(plan))
    nowhere: dict[str, list[str]] = {}
    ways = {userid: route(plan, found.get(id_, nowhere)) for id_, userid in members}
    return _capped(session, sender, ways, now)


def _capped(
    session: Session, sender: Sender, ways: dict[str, list[Leg] | Blocked], now: float
) -> dict[str, list[Leg] | Blocked]:
    """The ways, but for those users who have had as much as the application may send them."""
    cap = sender.policy.frequency_cap
    if cap is None:
        return ways
    reached = [userid for userid, found in ways.items() if not isinstance(found, Blocked)]
    used_up = user_sends.used_up(session, sender.application_id, cap, reached, now)
    return ways | dict.fromkeys(used_up, CAPPED)


def _wanted(plan: Plan, sender: Sender) -> Wanted:
    """Where each channel type's addresses stand: the property, and the binding identifiers in order."""
    wanted = {}
    for type_, way in plan.routes.items():
        name = CHANNEL_TYPES[type_].property
        wanted[type_] = name.wire, bind_ids(name, way.code, sender.channel_key)
    return wanted


def _followed(plan: Plan) -> Followed:
    """Of which properties only the addresses of followers will do; a test message goes to anybody."""
    if plan.test:
        return {}
    return {
        CHANNEL_TYPES[type_].property.wire: way.channel_id for type_, way in plan.routes.items() if way.to_followers
    }


def deliveries_of(ways: Ways, rule: Rule, now: float) -> NewDeliveries:
    """The rows that ways become, kinds in the order in which they come up."""
    looks = _looks(rule, now)
    made: dict[tuple[int | None, str, int, str, str], list[Own]] = {}
    for userid, found in ways.items():
        if isinstance(found, Blocked):
            made.setdefault((None, "", 0, "", found.reason()), []).append((userid, "", None))
            continue
        for way, address, step, cause in found:
            made.setdefault((way.channel_id, way.endpoint, step, cause, ""), []).append((userid, address, None))
    return {
        Kind(channel_id, endpoint, step, cause, looks[step] if channel_id else None, reason): own
        for (channel_id, endpoint, step, cause, reason), own in made.items()
    }


def fallbacks_of(
    legs: Mapping[str, Sequence[Leg]], replaced: Mapping[str, int], rule: Rule, now: float
) -> NewDeliveries:
    """The rows that follow deliveries of an earlier step: the legs of users, and which delivery each replaces."""
    looks = _looks(rule, now)
    made: dict[Kind, list[Own]] = {}
    for userid, taken in legs.items():
        for way, address, step, cause in taken:
            kind = Kind(way.channel_id, way.endpoint, step, cause, looks[step])
            made.setdefault(kind, []).append((userid, address, replaced[userid]))
    return made


def recipients_of(ways: Ways) -> int:
    """How many users, or addresses outside the user store, they are for."""
    return sum(1 if userid else len(found) for userid, found in ways.items())


def _looks(rule: Rule, now: float) -> list[float | None]:
    """When the rule looks again at each of its steps; the last has nothing after it."""
    return [now + step.wait if step.looks_again else None for step in rule.steps[:-1]] + [None]

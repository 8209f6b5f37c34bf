"""From a message to its plan: which channel each of its contents goes out on, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ums.domain.audience import Audience
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest, RuleNotValid
from ums.domain.routing import CAPPED, KEPT_OUT, UNKNOWN_USER, Blocked, Leg, Plan, Route, route
from ums.domain.rule import ALL_AT_ONCE, FIRST_REACHABLE, Rule, all_at_once, first_reachable
from ums.domain.views import ChannelState
from ums.domain.wire import CHANNEL_TYPES, DEFAULT_PREFERENCE, bind_ids
from ums.registry import Registry
from ums.store import audiences, rules, user_sends, users
from ums.store.db import Session
from ums.store.messages import NewDelivery
from ums.store.routes import Granted, Sender

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


def plan_for(registry: Registry, sender: Sender, contents: Mapping[str, Mapping[str, Json]], rule: Rule) -> Plan:
    """The plan of a message; channel types that are no longer granted lead nowhere."""
    granted = {channel.type: channel for channel in sender.granted}
    return Plan(
        routes={type_: _route(registry, granted.get(type_), type_, contents[type_]) for type_ in contents},
        rule=rule,
    )


def _route(registry: Registry, granted: Granted | None, type_: str, content: Mapping[str, Json]) -> Route:
    if granted is None or type_ not in registry:
        return Route(type=type_, channel_id=0, code=type_, endpoint="", closed=True)
    plugin = registry[type_]
    return Route(
        type=type_,
        channel_id=granted.channel_id,
        code=granted.code,
        endpoint=plugin.endpoint(plugin.message_schema().load(dict(content))),
        parked=granted.state is ChannelState.PARKED,
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

    Whether a user has had enough for now is asked once, before the first step: a message that was let through
    may fall over.
    """
    ways = _ways(session, plan, sender, userids, first_step)
    cap = sender.policy.frequency_cap
    if cap is None or first_step:
        return ways
    capped = user_sends.used_up(session, sender.application_id, cap, userids, now)
    return {
        userid: CAPPED if userid in capped and not isinstance(found, Blocked) else found
        for userid, found in ways.items()
    }


def _ways(
    session: Session, plan: Plan, sender: Sender, userids: Sequence[str], first_step: int
) -> dict[str, list[Leg] | Blocked]:
    wanted = {type_: _wanted(type_, way, sender) for type_, way in plan.routes.items()}
    found = users.addresses_of(session, userids, wanted)
    return {
        userid: UNKNOWN_USER if userid not in found else route(plan, found[userid], first_step=first_step)
        for userid in userids
    }


def _wanted(type_: str, way: Route, sender: Sender) -> tuple[str, tuple[str, ...]]:
    """Where a channel type's addresses stand: the property, and the binding identifiers in order."""
    name = CHANNEL_TYPES[type_].property
    return name.wire, bind_ids(name, way.code, sender.channel_key)


def deliveries_of(ways: Ways, rule: Rule, now: float) -> list[NewDelivery]:
    """The rows that ways become."""
    return [row for userid, found in ways.items() for row in _rows(userid, found, rule, now)]


def recipients_of(ways: Ways) -> int:
    """How many users, or addresses outside the user store, they are for."""
    return sum(1 if userid else len(found) for userid, found in ways.items())


def _rows(userid: str, found: Sequence[Leg] | Blocked, rule: Rule, now: float) -> list[NewDelivery]:
    if isinstance(found, Blocked):
        return [NewDelivery(userid, None, "", "", 0, reason=found.reason())]
    return [delivery_of_leg(userid, leg, rule, now) for leg in found]


def delivery_of_leg(
    userid: str, leg: Leg, rule: Rule, now: float, *, fallback_of: int | None = None
) -> NewDelivery:
    """The row that a leg becomes."""
    way, step = leg.route, rule.steps[leg.step]
    looks_again = step.looks_again and leg.step + 1 < len(rule.steps)
    look_at = now + step.wait if looks_again else None
    return NewDelivery(
        userid, way.channel_id, way.endpoint, leg.address, leg.step, "", fallback_of, leg.cause, look_at
    )

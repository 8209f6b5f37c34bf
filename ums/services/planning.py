"""From a message to its plan: which channel each of its contents goes out on, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ums.domain import rehearsal
from ums.domain.commands import Json
from ums.domain.errors import RuleNotValid
from ums.domain.rehearsal import rehearsed
from ums.domain.routing import UNKNOWN_USER, Addresses, Blocked, Leg, Plan, Route, route
from ums.domain.rule import ALL_AT_ONCE, FIRST_REACHABLE, Rule, all_at_once, first_reachable
from ums.domain.views import ChannelState
from ums.domain.wire import CHANNEL_TYPES, DEFAULT_PREFERENCE, bind_ids
from ums.registry import Registry
from ums.store import users
from ums.store.db import Session
from ums.store.messages import NewDelivery
from ums.store.routes import Granted, Sender


def rule_for(rule_id: int, types: Iterable[str], sender: Sender) -> Rule:
    """The rule a message names. Raises RuleNotValid for one that doesn't exist."""
    if rule_id == ALL_AT_ONCE:
        return all_at_once(types)
    if rule_id == FIRST_REACHABLE:
        return first_reachable(types, sender.preference or DEFAULT_PREFERENCE)
    raise RuleNotValid(
        f"There is no rule {rule_id}; use 0 (every channel at once) or -1 (the first that reaches the user).",
        errors={"rule_id": [f"there is no rule {rule_id}"]},
    )


def plan_for(
    registry: Registry, sender: Sender, contents: Mapping[str, Mapping[str, Json]], rule: Rule, *, test: bool
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


def route_users(
    session: Session, plan: Plan, sender: Sender, userids: Sequence[str], *, first_step: int = 0
) -> dict[str, list[Leg] | Blocked]:
    """The legs of each user, from `first_step` of the rule on, or why there are none."""
    wanted = {type_: _wanted(type_, way, sender) for type_, way in plan.routes.items()}
    found = users.addresses_of(session, userids, wanted)
    if plan.test:
        for userid, bound in rehearsal.addresses_of(userids, plan.routes).items():
            found[userid] = {type_: Addresses(live) for type_, live in bound.items()}
    return {
        userid: UNKNOWN_USER if userid not in found else route(plan, found[userid], first_step=first_step)
        for userid in userids
    }


def _wanted(type_: str, way: Route, sender: Sender) -> tuple[str, tuple[str, ...]]:
    """Where a channel type's addresses stand: the property, and the binding identifiers in order."""
    name = CHANNEL_TYPES[type_].property
    return name.wire, bind_ids(name, way.code, sender.channel_key)


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

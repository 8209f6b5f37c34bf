"""Which channels one user gets a message on: the decision at the heart of the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ums.domain.credit import NO_CREDIT
from ums.domain.follow import NOT_FOLLOWING
from ums.domain.rule import Condition, Rule


class Obstacle(StrEnum):
    """Why a user can't be reached on a channel."""

    NOT_BOUND = "not_bound"
    """No address of this user is bound to the channel."""
    ADDRESS_RETIRED = "address_retired"
    """The provider refused the address for good; it counts again once it is bound anew."""
    NOT_FOLLOWING = NOT_FOLLOWING
    """He doesn't follow the account, and the message is one that only followers get."""
    NO_CREDIT = NO_CREDIT
    """He has allowed no more messages by this template."""
    CHANNEL_PARKED = "channel_parked"
    """An operator must mend the channel first, and the user has another one."""
    CHANNEL_FAILING = "channel_failing"
    """The channel's calls keep failing, and the user has another one."""
    CHANNEL_CLOSED = "channel_closed"
    """An operator has closed the channel."""
    UNKNOWN_USER = "unknown_user"
    """No such userid has ever been uploaded."""
    KEPT_OUT = "kept_out"
    """He is on the message's blacklist, or not on its whitelist."""
    FREQUENCY_CAP = "frequency_cap"
    """He has had as many messages of the application as it may send him in this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One channel that a message may take: the channel of its type that the application is granted.

    `endpoint` is the provider's endpoint that the message's content goes to; with `to_followers` only followers
    get it. What goes to one that is `parked` or `failing` waits.
    """

    type: str
    channel_id: int
    code: str
    endpoint: str
    parked: bool = False
    failing: bool = False
    closed: bool = False
    to_followers: bool = False

    @property
    def holds(self) -> bool:
        """Whether a message that goes this way has to wait."""
        return self.parked or self.failing


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that routing needs to know of one message: its routes by type, its rule, and whether it is a test."""

    routes: Mapping[str, Route]
    rule: Rule
    test: bool = False
    open_ways: Sequence[Sequence[tuple[str, Route]]] = field(init=False, repr=False)
    """For each step of the rule, the channel types on which something can go now."""

    def __post_init__(self) -> None:
        ways = (((type_, self.routes[type_]) for type_ in step.channels) for step in self.rule.steps)
        open_ways = tuple(tuple(way for way in step if not (way[1].holds or way[1].closed)) for step in ways)
        object.__setattr__(self, "open_ways", open_ways)


Bound = Mapping[str, Sequence[str]]
"""What one user is reached by: channel type → addresses in use; none of them where all are retired."""


class Unfollowed(list[str]):
    """No address in use, since he doesn't follow."""


class Leg(NamedTuple):
    """One delivery to make: to this address, on this route, as part of this step of the rule.

    `cause` says why a later step was taken at once: the obstacles on the channels before it.
    """

    route: Route
    address: str
    step: int
    cause: str = ""


class Blocked(NamedTuple):
    """No delivery can be made: the obstacle on each channel tried, by channel code (or for the user)."""

    obstacles: Mapping[str, Obstacle]

    def reason(self) -> str:
        """One line, such as `"wechatmp123: not_bound, wechatoa456: address_retired"`."""
        return told(self.obstacles)


def told(obstacles: Mapping[str, StrEnum]) -> str:
    """What stood in the way on each channel, in one line; of the user himself where the code is empty."""
    return ", ".join(
        f"{code}: {obstacle.value}" if code else obstacle.value for code, obstacle in obstacles.items()
    )


UNKNOWN_USER = Blocked({"": Obstacle.UNKNOWN_USER})
KEPT_OUT = Blocked({"": Obstacle.KEPT_OUT})
CAPPED = Blocked({"": Obstacle.FREQUENCY_CAP})


def route(plan: Plan, bound: Bound, *, first_step: int = 0) -> list[Leg] | Blocked:
    """The deliveries to make for one user, from `first_step` of the rule on.

    A channel that is parked or fails counts as an obstacle only where a later look finds another way; where nothing
    else reaches the user, the delivery waits on it.
    """
    if first_step < len(plan.open_ways):
        # nearly everybody is reached by the first step: millions of users come this way
        legs = _ready(plan, first_step, bound)
        if legs:
            return legs
    return _route_with_obstacles(plan, bound, first_step)


def _ready(plan: Plan, step: int, bound: Bound) -> list[Leg]:
    """The legs of one step that can go now."""
    return [Leg(way, address, step) for type_, way in plan.open_ways[step] for address in bound.get(type_, ())]


def _route_with_obstacles(plan: Plan, bound: Bound, first_step: int) -> list[Leg] | Blocked:
    obstacles: dict[str, Obstacle] = {}
    waiting: list[Leg] = []
    for step in range(first_step, len(plan.rule.steps)):
        legs = _ready(plan, step, bound)
        if legs:
            return [leg._replace(cause=told(obstacles)) for leg in legs]
        waiting = waiting or _waiting(plan, step, bound)
        obstacles |= _obstacles(plan, step, bound)
        if Condition.UNREACHABLE not in plan.rule.steps[step].on:
            break
    return waiting or Blocked(obstacles)


def _waiting(plan: Plan, step: int, bound: Bound) -> list[Leg]:
    """The legs of one step that wait for their channel."""
    ways = (plan.routes[type_] for type_ in plan.rule.steps[step].channels)
    held = (way for way in ways if way.holds and not way.closed)
    return [Leg(way, address, step) for way in held for address in bound.get(way.type, ())]


def _obstacles(plan: Plan, step: int, bound: Bound) -> dict[str, Obstacle]:
    """What stands in the way on each channel of a step that has no leg that can go now."""
    ways = (plan.routes[type_] for type_ in plan.rule.steps[step].channels)
    return {way.code: obstacle(way, bound.get(way.type)) or _hold(way) for way in ways}


def _hold(way: Route) -> Obstacle:
    """Why what goes this way has to wait."""
    return Obstacle.CHANNEL_PARKED if way.parked else Obstacle.CHANNEL_FAILING


def obstacle(way: Route, live: Sequence[str] | None) -> Obstacle | None:
    """What keeps a user with these addresses from being reached this way, however long one waits."""
    if way.closed:
        return Obstacle.CHANNEL_CLOSED
    if live is None:
        return Obstacle.NOT_BOUND
    if live:
        return None
    return Obstacle.NOT_FOLLOWING if isinstance(live, Unfollowed) else Obstacle.ADDRESS_RETIRED

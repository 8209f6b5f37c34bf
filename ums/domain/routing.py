"""Which channels one user gets a message on: the decision at the heart of the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ums.domain.rule import Condition, Rule


class Obstacle(StrEnum):
    """Why a user can't be reached on a channel."""

    NOT_BOUND = "not_bound"
    """No address of this user is bound to the channel."""
    ADDRESS_RETIRED = "address_retired"
    """The provider refused the address for good; it counts again once it is bound anew."""
    CHANNEL_PARKED = "channel_parked"
    """An operator must mend the channel first, and the user has another one."""
    CHANNEL_CLOSED = "channel_closed"
    """An operator has closed the channel."""
    UNKNOWN_USER = "unknown_user"
    """No such userid has ever been uploaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One channel that a message may take: the channel of its type that the application is granted.

    `endpoint` is the provider's endpoint that the message's content goes to.
    """

    type: str
    channel_id: int
    code: str
    endpoint: str
    parked: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that routing needs to know of one message: its routes by type, its rule, and whether it is a test."""

    routes: Mapping[str, Route]
    rule: Rule
    test: bool = False


class Addresses(NamedTuple):
    """One user's addresses for one channel type; `retired` when only dead ones are left."""

    live: Sequence[str]
    retired: bool = False


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


def route(plan: Plan, addresses: Mapping[str, Addresses], *, first_step: int = 0) -> list[Leg] | Blocked:
    """The deliveries to make for one user, from `first_step` of the rule on.

    `addresses` maps channel types to what is bound. A parked channel counts as an obstacle only where a
    later look finds another way; where nothing else reaches the user, the delivery waits on it.
    """
    obstacles: dict[str, Obstacle] = {}
    waiting: list[Leg] = []
    for step in range(first_step, len(plan.rule.steps)):
        cause = told(obstacles)
        legs, parked = _step_legs(plan, step, addresses, obstacles)
        if legs:
            return [leg._replace(cause=cause) for leg in legs] if cause else legs
        waiting = waiting or parked
        if Condition.UNREACHABLE not in plan.rule.steps[step].on:
            break
    return waiting or Blocked(obstacles)


def _step_legs(
    plan: Plan, step: int, addresses: Mapping[str, Addresses], obstacles: dict[str, Obstacle]
) -> tuple[list[Leg], list[Leg]]:
    """The legs of one step that can go now, and those that a parked channel holds; obstacles are noted."""
    ready: list[Leg] = []
    parked: list[Leg] = []
    for type_ in plan.rule.steps[step].channels:
        way = plan.routes[type_]
        bound = addresses.get(type_)
        obstacle = _obstacle(way, bound)
        if obstacle is not None:
            obstacles[way.code] = obstacle
        elif bound is not None:
            (parked if way.parked else ready).extend(Leg(way, address, step) for address in bound.live)
            if way.parked:
                obstacles[way.code] = Obstacle.CHANNEL_PARKED
    return ready, parked


def _obstacle(way: Route, bound: Addresses | None) -> Obstacle | None:
    if way.closed:
        return Obstacle.CHANNEL_CLOSED
    if bound is None:
        return Obstacle.NOT_BOUND
    if not bound.live:
        return Obstacle.ADDRESS_RETIRED if bound.retired else Obstacle.NOT_BOUND
    return None

"""A rule: how the channels of one message follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ums.domain.delivery import DeliveryStatus

ALL_AT_ONCE = 0
"""The built-in rule of a message without one: every reachable channel of the `msg_…` given."""
FIRST_REACHABLE = -1
"""The built-in rule that tries channels in order of preference and moves on when one is refused."""


class Condition(StrEnum):
    """Why a step is left for the next one."""

    UNREACHABLE = "unreachable"
    REJECTED = "rejected"


REJECTIONS = frozenset({DeliveryStatus.REJECTED, DeliveryStatus.FAILED})
"""What the condition `rejected` covers: never `unconfirmed`, which may have been taken."""


StepItem = dict[str, list[str]]
"""A step as JSON: `{"channels": […], "on": […]}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Channel types sent together, and the conditions under which the next step follows."""

    channels: tuple[str, ...]
    on: frozenset[Condition] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An ordered list of steps; the last one has nowhere to go."""

    steps: tuple[Step, ...]


def rule_items(rule: Rule) -> list[StepItem]:
    """The rule as JSON, in the admin API's shape of steps."""
    return [{"channels": list(step.channels), "on": sorted(step.on)} for step in rule.steps]


def rule_of(items: Iterable[StepItem]) -> Rule:
    """The rule that `rule_items` wrote."""
    return Rule(
        steps=tuple(
            Step(channels=tuple(item["channels"]), on=frozenset(Condition(word) for word in item["on"]))
            for item in items
        )
    )


def all_at_once(types: Iterable[str]) -> Rule:
    """Rule 0 for the channel types of one message."""
    return Rule(steps=(Step(channels=tuple(types)),))


def first_reachable(types: Iterable[str], preference: Sequence[str]) -> Rule:
    """Rule -1: one step for each type, in order of preference; types it doesn't name come last."""
    order = {type_: position for position, type_ in enumerate(preference)}
    ranked = sorted(types, key=lambda type_: order.get(type_, len(order)))
    leaving = frozenset({Condition.UNREACHABLE, Condition.REJECTED})
    return Rule(steps=tuple(Step(channels=(type_,), on=leaving) for type_ in ranked))


def moves_on_after(rule: Rule, step: int, statuses: Iterable[DeliveryStatus]) -> bool:
    """Whether a user's deliveries of `step`, standing at `statuses`, let the next step follow.

    Every channel of the step must have been refused, and there must be a next step.
    """
    if step + 1 >= len(rule.steps) or Condition.REJECTED not in rule.steps[step].on:
        return False
    return all(status in REJECTIONS for status in statuses)

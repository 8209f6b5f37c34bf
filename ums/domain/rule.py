"""A rule: how the channels of one message follow one another.

A rule is a list of steps; a step is a set of channel types that are sent together, with the conditions
under which it is left for the next one. It is left when every channel of it meets one of its conditions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypedDict

from ums.domain.delivery import DeliveryStatus

ALL_AT_ONCE = 0
"""The built-in rule of a message without one: every reachable channel of the `msg_…` given."""
FIRST_REACHABLE = -1
"""The built-in rule that tries channels in order of preference and moves on when one is refused."""


class Condition(StrEnum):
    """Why a step is left for the next one."""

    UNREACHABLE = "unreachable"
    """The user has no usable address on the channel, or the channel was removed before a provider had it."""
    REJECTED = "rejected"
    """The provider refused, or lost it: the delivery is `rejected` or `failed`, never `unconfirmed`."""
    NOT_DELIVERED = "not_delivered"
    """After the step's wait it is neither delivered nor clicked, for whatever reason."""
    NOT_CLICKED = "not_clicked"
    """After the step's wait it is not clicked."""


AFTER_WAIT = frozenset({Condition.NOT_DELIVERED, Condition.NOT_CLICKED})
"""The conditions that a step's `wait` gives time to."""

REJECTIONS = frozenset({DeliveryStatus.REJECTED, DeliveryStatus.FAILED})
"""What the condition `rejected` covers: never `unconfirmed`, which may have been taken."""

_ARRIVED = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.CLICKED})


class StepItem(TypedDict):
    """A step as JSON."""

    channels: list[str]
    on: list[str]
    wait: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Channel types sent together, the conditions under which the next step follows, and the wait in seconds."""

    channels: tuple[str, ...]
    on: frozenset[Condition] = frozenset()
    wait: int = 0

    @property
    def looks_again(self) -> bool:
        """Whether something can follow from its wait being over."""
        return bool(self.on & AFTER_WAIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An ordered list of steps; the last one has nowhere to go."""

    steps: tuple[Step, ...]

    @property
    def channels(self) -> frozenset[str]:
        """Every channel type of the rule."""
        return frozenset(type_ for step in self.steps for type_ in step.channels)


def rule_items(rule: Rule) -> list[StepItem]:
    """The rule as JSON, in the admin API's shape of steps."""
    return [{"channels": list(step.channels), "on": sorted(step.on), "wait": step.wait} for step in rule.steps]


def rule_of(items: Iterable[StepItem]) -> Rule:
    """The rule that `rule_items` wrote."""
    return Rule(
        steps=tuple(
            Step(
                channels=tuple(item["channels"]),
                on=frozenset(Condition(word) for word in item["on"]),
                # messages of an earlier version were stored without it
                wait=item.get("wait", 0),
            )
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


class Reporting(NamedTuple):
    """What a channel can report of a message: whether it was delivered, whether it was clicked."""

    delivery: bool = False
    click: bool = False


SILENT = Reporting()


def left_for(
    step: Step,
    statuses: Mapping[str, Collection[DeliveryStatus]],
    reporting: Mapping[str, Reporting],
    *,
    waited: bool,
) -> dict[str, Condition] | None:
    """Why one user's step is left: the condition that each of its channels meets; None where it is not left.

    `statuses` holds where the user's deliveries of the step stand, by channel type (none: unreachable there);
    `reporting` what each channel can report; `waited` whether the step's wait is over. A condition that the
    channel can't report never fires.
    """
    met: dict[str, Condition] = {}
    for type_ in step.channels:
        condition = _met(step.on, statuses.get(type_, ()), reporting.get(type_, SILENT), waited=waited)
        if condition is None:
            return None
        met[type_] = condition
    return met


def _met(
    on: frozenset[Condition], statuses: Collection[DeliveryStatus], reporting: Reporting, *, waited: bool
) -> Condition | None:
    """The first condition that a channel's deliveries all meet.

    While a step is not left, what was withdrawn in it has lost its channel.
    """
    if all(status is DeliveryStatus.CANCELLED for status in statuses):
        return Condition.UNREACHABLE if Condition.UNREACHABLE in on else None
    if Condition.REJECTED in on and all(status in REJECTIONS for status in statuses):
        return Condition.REJECTED
    if not waited:
        return None
    if Condition.NOT_DELIVERED in on and reporting.delivery and not any(status in _ARRIVED for status in statuses):
        return Condition.NOT_DELIVERED
    clicked = any(status is DeliveryStatus.CLICKED for status in statuses)
    return Condition.NOT_CLICKED if Condition.NOT_CLICKED in on and reporting.click and not clicked else None

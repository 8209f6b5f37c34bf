"""Rules as operators write and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from ums.api.schemas.strict import NextPage, OneOfWords, Seconds, StrictSchema, Text, Whole, WordList
from ums.domain.message import DAY
from ums.domain.rule import Condition, Rule, Step, rule_items
from ums.domain.wire import CHANNEL_TYPES
from ums.services.names import LARGEST_ID, LONGEST_NAME
from ums.store.rules import KeptRule

LONGEST_WAIT = 7 * DAY
"""Seconds."""
MOST_STEPS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRequest:
    """A rule as it is asked for; without `id` it gets the next free one."""

    name: str
    rule: Rule
    id: int | None = None


class _StepMembers(TypedDict, total=False):
    channels: list[str]
    on: list[str]
    wait: int


class StepSchema(StrictSchema):
    """One step of a rule."""

    channels = WordList(
        OneOfWords(tuple(CHANNEL_TYPES)),
        shortest=1,
        required=True,
        metadata={"description": "The channel types that are sent together."},
    )
    on = WordList(
        OneOfWords(tuple(Condition)),
        metadata={"description": "When every channel meets one of these, the next step follows."},
    )
    wait = Whole(
        0,
        LONGEST_WAIT,
        metadata={"description": "Seconds given to `not_delivered` and `not_clicked`, which need it."},
    )

    @post_load
    def make(self, data: _StepMembers, **_: object) -> Step:
        return Step(
            channels=tuple(data["channels"]),
            on=frozenset(map(Condition, data.get("on", ()))),
            wait=data.get("wait", 0),
        )


class _RuleMembers(TypedDict, total=False):
    id: int
    name: str
    steps: list[Step]


class RuleBody(StrictSchema):
    """A rule."""

    id = Whole(1, LARGEST_ID, metadata={"description": "The number that messages name it by; the next free one."})
    name = Text(longest=LONGEST_NAME, required=True, metadata={"description": "What operators call it."})
    steps = fields.List(fields.Nested(StepSchema()), required=True, metadata={"description": "In order."})

    @validates_schema
    def check_steps(self, data: _RuleMembers, **_: object) -> None:
        faults = step_faults(data["steps"])
        if faults:
            raise ValidationError(faults)

    @post_load
    def make(self, data: _RuleMembers, **_: object) -> RuleRequest:
        return RuleRequest(id=data.get("id"), name=data["name"], rule=Rule(steps=tuple(data["steps"])))


def step_faults(steps: list[Step]) -> dict[str, list[str]]:
    """What is wrong with steps taken together, by path."""
    if not 1 <= len(steps) <= MOST_STEPS:
        return {"steps": [f"must be 1 to {MOST_STEPS} steps, not {len(steps)}"]}
    faults: dict[str, list[str]] = {}
    seen: dict[str, int] = {}
    for number, step in enumerate(steps):
        again = [type_ for type_ in step.channels if seen.setdefault(type_, number) != number]
        if again or len(set(step.channels)) < len(step.channels):
            faults[f"steps.{number}.channels"] = ["a channel type stands once in a rule"]
        if step.looks_again and not step.wait:
            faults[f"steps.{number}.wait"] = [
                "not_delivered and not_clicked need a wait of 1 second or more: nothing is delivered at once"
            ]
        if not step.on and number + 1 < len(steps):
            text = f"must say when this step is left, or the next is never taken: some of {', '.join(Condition)}"
            faults[f"steps.{number}.on"] = [text]
    return faults


class _StepShown(Schema):
    channels = fields.List(fields.String())
    on = fields.List(fields.String())
    wait = fields.Integer()


class RuleEntry(Schema):
    """A rule as it is kept."""

    id = fields.Integer()
    name = fields.String()
    steps = fields.List(fields.Nested(_StepShown))
    created_at = Seconds(metadata={"description": "Unix seconds."})
    updated_at = Seconds(metadata={"description": "Unix seconds."})


class RuleSchema(RuleEntry):
    """One rule."""

    code = fields.Constant(0)


class RulesSchema(Schema):
    """A page of rules, by id."""

    code = fields.Constant(0)
    rules = fields.List(fields.Nested(RuleEntry), attribute="items")
    next = NextPage()


def rule_document(kept: KeptRule) -> Mapping[str, object]:
    """What `RuleSchema` renders."""
    return {
        "id": kept.id,
        "name": kept.name,
        "steps": rule_items(kept.rule),
        "created_at": kept.created_at,
        "updated_at": kept.updated_at,
    }

"""How a message is sent: its `option`, its rule, its callback."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from marshmallow import ValidationError, fields, post_load, validates_schema

from ums.api.schemas.lenient import LenientSchema, Mark
from ums.api.schemas.strict import Flag, Members, Text, Whole
from ums.domain.commands import CallbackChoice, Json
from ums.domain.errors import BothLists
from ums.domain.message import DAY, DEFAULT_TIME_TO_LIVE, Priority
from ums.domain.rule import ALL_AT_ONCE
from ums.sdk.call import json_body

LONGEST_TIME_TO_LIVE = 30 * DAY
"""Seconds."""
LONGEST_URL = 2048
LARGEST_NUMBER = 2**31 - 1
LARGEST_PARAMS = 16 * 1024
"""Bytes; a post of receipts holds them a hundred times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOption:
    """The `option` of a send; `priority` None: as is usual for what is sent."""

    sendno: str | None = None
    owner: str | None = None
    black_id: int | None = None
    white_id: int | None = None
    priority: Priority | None = None
    send_at: int | None = None
    time_to_live: int = DEFAULT_TIME_TO_LIVE
    dry_run: bool = False


def refuse_both(given: Collection[str], place: str) -> None:
    """Raises BothLists where a blacklist and a whitelist are given at `place`."""
    if "black_id" in given and "white_id" in given:
        text = "black_id and white_id must not be given together"
        raise BothLists(f"{place}: {text}.", errors={place: [text]})


class _OptionMembers(TypedDict, total=False):
    sendno: str
    owner: str
    black_id: int
    white_id: int
    priority: int
    send_at: int
    time_to_live: int
    dry_run: bool


class OptionSchema(LenientSchema):
    """How a message is sent."""

    numbered = frozenset({"black_id", "white_id", "priority"})

    sendno = Mark(metadata={"description": "Your own number for this send; it comes back in the answer."})
    owner = Text(metadata={"description": "Who submits it, in your own system."})
    black_id = Whole(1, LARGEST_NUMBER, metadata={"description": "Users on this blacklist get nothing."})
    white_id = Whole(1, LARGEST_NUMBER, metadata={"description": "Only users on this whitelist get anything."})
    priority = Whole(
        1,
        3,
        metadata={"description": "1 high, 2 medium, 3 low; 2 for targeted sends and 3 for broadcasts by default."},
    )
    send_at = Whole(
        0,
        2**53,
        metadata={"description": "When sending begins, in unix seconds, at most 30 days ahead; now by default."},
    )
    time_to_live = Whole(
        1,
        LONGEST_TIME_TO_LIVE,
        metadata={
            "description": "Seconds from then after which what no provider has is expired; a day by default."
        },
    )
    dry_run = Flag(
        metadata={"description": "Only tell how many would get it on which channel, and who can't and why."}
    )

    @validates_schema(skip_on_field_errors=False)
    def refuse_both_lists(self, data: _OptionMembers, **_: object) -> None:
        refuse_both(data.keys(), "option")

    @post_load
    def make(self, data: _OptionMembers, **_: object) -> SendOption:
        return SendOption(
            sendno=data.get("sendno"),
            owner=data.get("owner"),
            black_id=data.get("black_id"),
            white_id=data.get("white_id"),
            priority=Priority(data["priority"]) if "priority" in data else None,
            send_at=data.get("send_at"),
            time_to_live=data.get("time_to_live", DEFAULT_TIME_TO_LIVE),
            dry_run=data.get("dry_run", False),
        )


class _CallbackMembers(TypedDict, total=False):
    url: str
    params: dict[str, Json]


class CallbackSchema(LenientSchema):
    """Where this message's receipts go."""

    url = Text(longest=LONGEST_URL, metadata={"description": "One of the application's verified URLs."})
    params = Members(
        metadata={"description": f"Comes back in each receipt; at most {LARGEST_PARAMS} bytes of JSON."}
    )

    @validates_schema
    def check_size(self, data: _CallbackMembers, **_: object) -> None:
        size = len(json_body(data.get("params", {})))
        if size > LARGEST_PARAMS:
            text = f"must be at most {LARGEST_PARAMS} bytes of JSON, not {size}: it comes back in each receipt"
            raise ValidationError({"params": [text]})

    @post_load
    def make(self, data: _CallbackMembers, **_: object) -> CallbackChoice:
        return CallbackChoice(url=data.get("url"), params=data.get("params", {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a message is sent."""

    rule_id: int
    option: SendOption
    callback: CallbackChoice | None


class MannerMembers(TypedDict, total=False):
    """What `MannerSchema` reads."""

    rule_id: int
    option: SendOption
    callback: CallbackChoice


class MannerSchema(LenientSchema):
    """How a message is sent."""

    rule_id = Whole(
        -LARGEST_NUMBER,
        LARGEST_NUMBER,
        metadata={
            "description": "0 (the default): every channel at once. -1: the first that reaches the user. "
            "Else a rule that an operator has made."
        },
    )
    option = fields.Nested(OptionSchema())
    callback = fields.Nested(CallbackSchema())


def manner_given(data: MannerMembers) -> Manner:
    """The manner that these members make."""
    return Manner(
        rule_id=data.get("rule_id", ALL_AT_ONCE),
        option=data.get("option", SendOption()),
        callback=data.get("callback"),
    )

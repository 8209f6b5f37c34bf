"""An application's policy as operators write and read it."""

from __future__ import annotations

import re
from typing import TypedDict
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from ums.api.schemas.strict import Flag, OneOfWords, StrictSchema, Text, Whole, kind
from ums.domain.commands import Json
from ums.domain.message import DAY
from ums.domain.policy import AtQuietHours, FrequencyCap, Policy, QuietHours, minutes_of

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
MOST = 10**9


class _ClockTime(Text):
    """What a clock shows, from 00:00 to 23:59."""

    def read(self, value: object) -> str:
        text = super().read(value)
        if not _TIME.fullmatch(text):
            raise ValidationError(f"must be a time such as 22:00, not {kind(value)}")
        return text

    def json_schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": f"^{_TIME.pattern}$", "example": "22:00"}


class _TimeZone(Text):
    """A time zone by its name."""

    def read(self, value: object) -> str:
        text = super().read(value)
        try:
            ZoneInfo(text)
        except (LookupError, OSError, ValueError):
            raise ValidationError(f"must be a time zone such as Asia/Shanghai, not {kind(value)}") from None
        return text

    def json_schema(self) -> dict[str, Json]:
        return {**super().json_schema(), "example": "Asia/Shanghai"}


class _QuietHoursMembers(TypedDict, total=False):
    start: str
    end: str
    timezone: str
    action: str


class QuietHoursSchema(StrictSchema):
    """When nothing is sent."""

    start = _ClockTime(required=True, metadata={"description": "Such as 22:00."})
    end = _ClockTime(required=True, metadata={"description": "Such as 08:00; before `start` it is the next day's."})
    timezone = _TimeZone(required=True, metadata={"description": "Such as Asia/Shanghai."})
    action = OneOfWords(
        tuple(AtQuietHours), metadata={"description": "hold (the default): sent when they are over; or refuse."}
    )

    @validates_schema
    def check_length(self, data: _QuietHoursMembers, **_: object) -> None:
        if data.get("start") == data.get("end"):
            raise ValidationError("must differ from start", "end")

    @post_load
    def make(self, data: _QuietHoursMembers, **_: object) -> QuietHours:
        return QuietHours(
            start=minutes_of(data["start"]),
            end=minutes_of(data["end"]),
            timezone=data["timezone"],
            action=AtQuietHours(data.get("action", AtQuietHours.HOLD)),
        )


class _CapMembers(TypedDict):
    messages: int
    seconds: int


class FrequencyCapSchema(StrictSchema):
    """How many messages one user gets in a while."""

    messages = Whole(1, MOST, required=True, metadata={"description": "How many, counting those a provider took."})
    seconds = Whole(1, 30 * DAY, required=True, metadata={"description": "Within how many seconds."})

    @post_load
    def make(self, data: _CapMembers, **_: object) -> FrequencyCap:
        return FrequencyCap(messages=data["messages"], seconds=data["seconds"])


class _PolicyMembers(TypedDict, total=False):
    rate_limit: int
    daily_broadcasts: int
    quiet_hours: QuietHours | None
    frequency_cap: FrequencyCap | None
    needs_approval: bool
    checks_words: bool
    test_mode: bool


class PolicySchema(StrictSchema):
    """What an application may do; what isn't given is as by default."""

    rate_limit = Whole(0, MOST, metadata={"description": "Requests a minute; 600 by default, 0 without limit."})
    daily_broadcasts = Whole(0, MOST, metadata={"description": "Broadcasts a day; 0 (the default) without limit."})
    quiet_hours = fields.Nested(QuietHoursSchema(), allow_none=True)
    frequency_cap = fields.Nested(FrequencyCapSchema(), allow_none=True)
    needs_approval = Flag(metadata={"description": "Its messages wait for an operator's approval."})
    checks_words = Flag(metadata={"description": "Its messages are refused for sensitive words; true by default."})
    test_mode = Flag(metadata={"description": "No provider is called; some userids play each outcome."})

    @post_load
    def make(self, data: _PolicyMembers, **_: object) -> Policy:
        return Policy(**data)


class _QuietHoursShown(Schema):
    start = fields.String(metadata={"example": "22:00"})
    end = fields.String(metadata={"example": "08:00"})
    timezone = fields.String(metadata={"example": "Asia/Shanghai"})
    action = fields.String(metadata={"enum": list(AtQuietHours)})


class _FrequencyCapShown(Schema):
    messages = fields.Integer()
    seconds = fields.Integer()


class PolicyShownSchema(Schema):
    """What an application may do, in full."""

    rate_limit = fields.Integer(metadata={"description": "Requests a minute; 0 without limit."})
    daily_broadcasts = fields.Integer(metadata={"description": "Broadcasts a day; 0 without limit."})
    quiet_hours = fields.Nested(_QuietHoursShown, allow_none=True)
    frequency_cap = fields.Nested(_FrequencyCapShown, allow_none=True)
    needs_approval = fields.Boolean()
    checks_words = fields.Boolean()
    test_mode = fields.Boolean()

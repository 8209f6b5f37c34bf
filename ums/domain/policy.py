"""What an operator allows an application, and keeps from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ums.domain.json import Json

DEFAULT_RATE_LIMIT = 600


class AtQuietHours(StrEnum):
    """What becomes of a message that comes in quiet hours."""

    HOLD = "hold"
    """It is sent when they are over."""
    REFUSE = "refuse"
    """It is refused with 1015038."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `start` to `end`, minutes after midnight in `timezone`, nothing is sent; `end` may be the next day's."""

    start: int
    end: int
    timezone: str
    action: AtQuietHours = AtQuietHours.HOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyCap:
    """At most `messages` to one user within `seconds`, counting those that a provider took."""

    messages: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An application's limits and switches.

    `rate_limit` is requests a minute, `daily_broadcasts` broadcasts a day (0: without limit, for both).
    `needs_approval` keeps its messages until an operator approves them. `checks_words` refuses sensitive words.
    `test_mode` calls no provider.
    """

    rate_limit: int = DEFAULT_RATE_LIMIT
    daily_broadcasts: int = 0
    quiet_hours: QuietHours | None = None
    frequency_cap: FrequencyCap | None = None
    needs_approval: bool = False
    checks_words: bool = True
    test_mode: bool = False


def policy_item(policy: Policy) -> dict[str, Json]:
    """The policy as JSON, in the admin API's shape."""
    return {
        "rate_limit": policy.rate_limit,
        "daily_broadcasts": policy.daily_broadcasts,
        "quiet_hours": None if policy.quiet_hours is None else _quiet_item(policy.quiet_hours),
        "frequency_cap": None if policy.frequency_cap is None else _cap_item(policy.frequency_cap),
        "needs_approval": policy.needs_approval,
        "checks_words": policy.checks_words,
        "test_mode": policy.test_mode,
    }


def _quiet_item(quiet: QuietHours) -> dict[str, Json]:
    return {
        "start": clock_time(quiet.start),
        "end": clock_time(quiet.end),
        "timezone": quiet.timezone,
        "action": quiet.action.value,
    }


def _cap_item(cap: FrequencyCap) -> dict[str, Json]:
    return {"messages": cap.messages, "seconds": cap.seconds}


def policy_of(item: Mapping[str, Json]) -> Policy:
    """The policy that `policy_item` wrote; what it doesn't name is as by default."""
    quiet, cap = item.get("quiet_hours"), item.get("frequency_cap")
    return Policy(
        rate_limit=_number(item, "rate_limit", DEFAULT_RATE_LIMIT),
        daily_broadcasts=_number(item, "daily_broadcasts", 0),
        quiet_hours=_quiet_hours(quiet) if isinstance(quiet, dict) else None,
        frequency_cap=_cap(cap) if isinstance(cap, dict) else None,
        needs_approval=bool(item.get("needs_approval", False)),
        checks_words=bool(item.get("checks_words", True)),
        test_mode=bool(item.get("test_mode", False)),
    )


def clock_time(minutes: int) -> str:
    """Minutes after midnight as a clock shows them.

    >>> clock_time(1350)
    '22:30'
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"


def minutes_of(time: str) -> int:
    """Minutes after midnight of what a clock shows.

    >>> minutes_of("22:30")
    1350
    """
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)


def _quiet_hours(item: Mapping[str, Json]) -> QuietHours:
    return QuietHours(
        start=minutes_of(str(item["start"])),
        end=minutes_of(str(item["end"])),
        timezone=str(item["timezone"]),
        action=AtQuietHours(str(item["action"])),
    )


def _cap(item: Mapping[str, Json]) -> FrequencyCap:
    return FrequencyCap(messages=_number(item, "messages", 0), seconds=_number(item, "seconds", 0))


def _number(item: Mapping[str, Json], name: str, default: int) -> int:
    value = item.get(name, default)
    return value if isinstance(value, int) else default

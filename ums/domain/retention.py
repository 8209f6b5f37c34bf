"""How long what was sent is kept, and what is still known of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ums.domain.json import Json
from ums.domain.message import DAY


class Kind(StrEnum):
    """What is kept for a time of its own; each is the name of its table."""

    DELIVERIES = "deliveries"
    """With the contents and the audience of their message, once the last of them goes."""
    ATTEMPTS = "attempts"
    RECEIPTS = "receipts"
    CREDIT_MOVEMENTS = "credit_movements"
    MESSAGES = "messages"
    """What is left of a message: what it was, and how many deliveries became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Days for which each kind is kept after its end; 0 is for ever (attempts: as long as their delivery)."""

    deliveries: int
    attempts: int
    messages: int

    def days(self, kind: Kind) -> int:
        """For how long one kind is kept by itself."""
        match kind:
            case Kind.DELIVERIES | Kind.CREDIT_MOVEMENTS:
                return self.deliveries
            case Kind.ATTEMPTS | Kind.RECEIPTS:
                return self.attempts
            case Kind.MESSAGES:
                return self.messages

    def before(self, kind: Kind, now: float) -> float | None:
        """Until when something must have ended to be over at `now` (unix seconds); None: nothing ever is."""
        days = self.days(kind)
        return now - days * DAY if days else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """How much of a kind is over: when the oldest row ended (None: there is none), and about how many rows.

    `more` says that they weren't counted to the end.
    """

    kind: Kind
    days: int
    oldest: float | None
    rows: int
    more: bool = False


class Outcome(NamedTuple):
    """How deliveries of a message ended; `channel` is a channel code, None for unreachable users."""

    channel: str | None
    status: str
    reason: str


class Ending(NamedTuple):
    """One delivery that goes: how it ended, and whether another channel took over from it."""

    outcome: Outcome
    fell_over: bool


class Number(NamedTuple):
    """How many deliveries ended so, and how many of them were followed by another channel."""

    total: int
    fell_over: int


def counts_of(purged: Sequence[Json]) -> dict[Outcome, Number]:
    """What a message's row says of its deliveries that are kept no more."""
    found: dict[Outcome, Number] = {}
    for item in purged:
        assert isinstance(item, list)  # noqa: S101 - what `purged_items` makes
        channel, status, reason, count, fell_over = item
        outcome = Outcome(None if channel is None else str(channel), str(status), str(reason))
        found[outcome] = Number(int(str(count)), int(str(fell_over)))
    return found


def purged_items(counts: Mapping[Outcome, Number]) -> list[Json]:
    """The same as it stands in the message's row."""
    return [[*outcome, *number] for outcome, number in counts.items()]


def added(counts: Mapping[Outcome, Number], endings: Iterable[Ending]) -> dict[Outcome, Number]:
    """The counts with some more deliveries among them.

    >>> added({}, [Ending(Outcome("app1", "clicked", ""), False)])
    {Outcome(channel='app1', status='clicked', reason=''): Number(total=1, fell_over=0)}
    """
    sums = dict(counts)
    for outcome, fell_over in endings:
        number = sums.get(outcome, Number(0, 0))
        sums[outcome] = Number(number.total + 1, number.fell_over + fell_over)
    return sums

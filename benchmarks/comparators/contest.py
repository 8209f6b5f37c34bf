"""Contestants take turns, so that a busy machine is as hard on one as on the others."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.machine import load
from benchmarks.stand_in import Counted, StandIn
from ums.domain.commands import Json

GATEWAY = "gateway"


class Turn(NamedTuple):
    """One contestant's turn: how many messages, in how many seconds, and what was wrong with it."""

    calls: int
    seconds: float
    fault: str = ""

    @property
    def rate(self) -> float:
        return self.calls / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """Somebody who sends. `lacks`: what the gateway does and he doesn't; `unavailable`: why he can't take part."""

    key: str
    label: str
    lacks: str
    calls: int
    take_turn: Callable[[], Turn]
    unavailable: str = ""


@dataclass(slots=True)
class Standing:
    """What a contestant has done so far; `ratios` are the gateway's rate by his in the same round."""

    contestant: Contestant
    rates: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    left_out: str = ""
    loads: list[float] = field(default_factory=list)
    """The load average around each turn."""

    def document(self) -> dict[str, Json]:
        """For programs, and for the report."""
        return {
            "key": self.contestant.key,
            "label": self.contestant.label,
            "lacks": self.contestant.lacks,
            "calls": self.contestant.calls,
            "rates": [round(rate, 1) for rate in self.rates],
            "rate": round(statistics.median(self.rates), 1) if self.rates else None,
            "ratios": [round(ratio, 3) for ratio in self.ratios],
            "ratio": round(statistics.median(self.ratios), 2) if self.ratios else None,
            "left_out": self.left_out,
            "faults": list(self.faults),
            "load_begin": self.loads[0] if self.loads else None,
            "load_end": self.loads[-1] if self.loads else None,
        }


def counted_turn(stand_in: StandIn, calls: int, send: Callable[[], float]) -> Turn:
    """Have `send` send; its seconds count only where the stand-in saw each message once, each to somebody else."""
    stand_in.forget()
    seconds = send()
    counted = stand_in.counted()
    return Turn(calls, seconds, "" if counted == (calls, calls) else _wrong(counted, calls))


def _wrong(counted: Counted, calls: int) -> str:
    return f"the stand-in counted {counted.sent} messages to {counted.openids} people, not {calls}"


def contest(
    contestants: Sequence[Contestant], rounds: int, *, go_on: Callable[[], str], told: Callable[[str], None]
) -> list[Standing]:
    """Everybody's turn, `rounds` times; the gateway first. Each turn is `told`.

    `go_on` says why no further turn is to be begun, or nothing; the gateway's own first one is begun in any case.
    """
    standings = [Standing(one, left_out=one.unavailable) for one in contestants]
    for _ in range(rounds):
        _round([standing for standing in standings if not standing.left_out], go_on, told)
    return standings


def _round(standings: Iterable[Standing], go_on: Callable[[], str], told: Callable[[str], None]) -> None:
    """Who has had a turn before just has one less, where there is no time."""
    gateway = 0.0
    for standing in standings:
        is_first = standing.contestant.key == GATEWAY and not standing.rates
        why_not = "" if is_first else go_on()
        if why_not:
            standing.left_out = "" if standing.rates else why_not
            told(f"{standing.contestant.label}: {why_not}")
            continue
        before = load()
        turn = _turn_of(standing.contestant)
        standing.loads += [before, load()]
        told(f"{standing.contestant.label}: {turn.fault or f'{turn.rate:,.0f} a second'}")
        if turn.fault:
            standing.faults.append(turn.fault)
            continue
        standing.rates.append(turn.rate)
        if standing.contestant.key == GATEWAY:
            gateway = turn.rate
        elif gateway:
            standing.ratios.append(gateway / turn.rate)


def _turn_of(contestant: Contestant) -> Turn:
    """One contestant's trouble is told, and is no reason to measure the others in vain."""
    try:
        return contestant.take_turn()
    except Exception as error:
        return Turn(contestant.calls, 0.0, f"{type(error).__name__}: {error}")

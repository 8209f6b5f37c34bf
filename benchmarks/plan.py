"""What is measured, how large, and how long it may take. Nothing here does I/O."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.gateway import CELERY, EMBEDDED, POSTGRESQL, SQLITE

CAPPED = 64
"""Calls in flight in each process where the machine is not to be the limit."""
EFFICIENCY = (128, 256)
"""Other caps of a single process: what of in flight ÷ latency is left."""
PROCESSES = (1, 2, 4)
HERE = 2
"""Processes for what is measured with one number of them: as many as `ums serve` runs on two processors or more."""
COMPARATORS_SHARE = 0.45
"""What part of the time the comparators may take, so that some is left for growth however busy the machine is."""
KINDS = ((EMBEDDED, SQLITE), (EMBEDDED, POSTGRESQL), (CELERY, POSTGRESQL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many messages each comparator sends in a turn: of the slow ones few, since a rate is what is told."""

    rounds: int
    gateway: int
    bare: int
    threads: int
    apprise: int
    celery_default: int
    celery_tuned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row about growth. Without `in_flight`, as many calls as the gateway makes by itself."""

    engine: str
    database: str
    processes: int
    recipients: int
    in_flight: int | None = None
    rounds: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that one run measures; `seconds` are of each measurement of the ingress."""

    minutes: float
    sizes: Sizes
    cells: Sequence[Cell]
    seconds: float
    people: int


@dataclass(slots=True)
class Budget:
    """How much time is left; it begins when it is made."""

    minutes: float
    _began: float = field(default_factory=time.monotonic)

    def share(self, part: float) -> Budget:
        """A part of it, which begins when the whole began."""
        return Budget(self.minutes * part, self._began)

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds that are left, or 0."""
        return max(self.minutes * 60 - self.spent, 0.0)

    def lacking(self, seconds: float) -> str:
        """Why something that takes so many seconds is not to be begun any more; empty where it may."""
        return "" if seconds <= self.left else f"no time left of the {self.minutes:.3g} minutes for it"


def quick(minutes: float | None = None) -> Plan:
    """A look in three minutes: small numbers, one round, rough figures."""
    sizes = Sizes(
        rounds=1, gateway=10_000, bare=10_000, threads=1500, apprise=40, celery_default=100, celery_tuned=1000
    )
    cells = [*_capped((1, 4), 4000, kinds=KINDS[:1]), *_each((HERE,), 10_000)]
    return Plan(minutes=minutes or 3, sizes=sizes, cells=cells, seconds=2.0, people=20_000)


def full(minutes: float | None = None) -> Plan:
    """Everything, in 25 minutes; what there is no time for is left out, the largest sends first."""
    sizes = Sizes(
        rounds=3, gateway=50_000, bare=50_000, threads=6000, apprise=100, celery_default=200, celery_tuned=3000
    )
    return Plan(minutes=minutes or 25, sizes=sizes, cells=list(_cells()), seconds=6.0, people=100_000)


def _cells() -> Iterator[Cell]:
    """What matters most comes first."""
    yield from _capped(PROCESSES, 10_000, rounds=2)
    for in_flight in EFFICIENCY:
        yield Cell(engine=EMBEDDED, database=SQLITE, processes=1, in_flight=in_flight, recipients=in_flight * 160)
    yield from _each(PROCESSES, 10_000)
    yield from _each(PROCESSES, 100_000)
    for processes in (HERE, 1, 4):
        yield from _each((processes,), 1_000_000)


def _capped(
    processes: Sequence[int], recipients_each: int, *, rounds: int = 1, kinds: Sequence[tuple[str, str]] = KINDS
) -> Iterator[Cell]:
    """As many recipients for each process, so that each send takes equally long."""
    for engine, database in kinds:
        for number in processes:
            yield Cell(
                engine=engine,
                database=database,
                processes=number,
                recipients=recipients_each * number,
                in_flight=CAPPED,
                rounds=rounds,
            )


def _each(processes: Sequence[int], recipients: int) -> Iterator[Cell]:
    """The same of every engine and database, with as many calls in flight as the gateway makes by itself."""
    for engine, database in KINDS:
        for number in processes:
            yield Cell(engine=engine, database=database, processes=number, recipients=recipients)

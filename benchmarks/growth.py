"""The gateway with more processes, more calls in flight and more recipients: a cell of the plan after the other."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.gateway import CELERY, EMBEDDED, POSTGRESQL, BenchFailed, Run, TooSlow, bench, engines, number
from benchmarks.machine import load
from benchmarks.plan import Budget, Cell
from benchmarks.report.tables import cell_name
from benchmarks.services import Services
from ums.domain.commands import Json

OVERHEAD_SECONDS = 12.0
"""What a send takes on top: processes start, tables are made, people are made up."""
SUPPOSED = 4000.0
"""Deliveries a second, until something has been measured."""
GRACE_SECONDS = 60.0
"""How much longer than there is time for a send may take that has been begun."""
SPENT = ("cpu_us_per_delivery", "commits_per_1000", "peak_rss_mb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What came of one cell: the figures of each round, the load average around it, or why it was left out."""

    cell: Cell
    rounds: Sequence[Mapping[str, Json]] = ()
    load_begin: float = 0.0
    load_end: float = 0.0
    left_out: str = ""
    fault: str = ""

    @property
    def rates(self) -> list[float]:
        return [number(figures, "deliveries_per_second") for figures in self.rounds]

    def document(self) -> dict[str, Json]:
        """For programs, and for the report."""
        return {
            "engine": self.cell.engine,
            "database": self.cell.database,
            "processes": self.cell.processes,
            "recipients": self.cell.recipients,
            "capped": self.cell.in_flight is not None,
            "left_out": self.left_out,
            "fault": self.fault,
            "load_begin": self.load_begin,
            "load_end": self.load_end,
            "rates": list(self.rates),
            **(dict(self._measured()) if self.rounds else {}),
        }

    def _measured(self) -> Iterator[tuple[str, Json]]:
        first = self.rounds[0]
        slots = number(first, "in_flight") * self.cell.processes
        rate = statistics.median(self.rates)
        yield "rate", rate
        yield "in_flight", int(number(first, "in_flight"))
        yield "efficiency", round(rate * number(first, "latency_ms") / 1000 / slots, 3)
        for name in SPENT:
            yield name, statistics.median(number(figures, name) for figures in self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grower:
    """Measures cells, while there is time."""

    services: Services
    budget: Budget
    latency_ms: float
    told: Callable[[str], None]

    def grow(self, cells: Sequence[Cell]) -> Iterator[Grown]:
        """What came of each cell, in their order."""
        best = SUPPOSED
        for cell in cells:
            why_not = self.budget.lacking(self._seconds(cell, best)) or self._unavailable(cell)
            grown = Grown(cell=cell, left_out=why_not) if why_not else self._measured(cell)
            best = max([best, *grown.rates]) if best != SUPPOSED else max(grown.rates, default=SUPPOSED)
            self.told(_told(grown))
            yield grown

    def _unavailable(self, cell: Cell) -> str:
        if cell.engine != EMBEDDED and cell.engine not in engines():
            return f"this version has no engine {cell.engine}"
        return self.services.lacking(postgresql=cell.database == POSTGRESQL, broker=cell.engine == CELERY)

    def _seconds(self, cell: Cell, best: float) -> float:
        """How long a cell will take, as far as one can tell."""
        ideal = cell.in_flight * cell.processes / (self.latency_ms / 1000) if cell.in_flight else best
        return cell.rounds * (OVERHEAD_SECONDS + cell.recipients / min(ideal, best))

    def _measured(self, cell: Cell) -> Grown:
        run = Run(
            recipients=cell.recipients,
            processes=cell.processes,
            latency_ms=self.latency_ms,
            in_flight=cell.in_flight,
            engine=cell.engine,
            database_url=self.services.postgresql if cell.database == POSTGRESQL else "",
            broker_url=self.services.broker if cell.engine == CELERY else "",
        )
        before = load()
        try:
            rounds = [bench(run, self.budget.left + GRACE_SECONDS) for _ in range(cell.rounds)]
        except TooSlow as error:
            return Grown(cell=cell, load_begin=before, load_end=load(), left_out=str(error))
        except BenchFailed as error:
            return Grown(cell=cell, load_begin=before, load_end=load(), fault=str(error))
        return Grown(cell=cell, rounds=rounds, load_begin=before, load_end=load())


def _told(grown: Grown) -> str:
    name = cell_name(grown.document())
    if grown.left_out or grown.fault:
        return f"{name}: {grown.left_out or grown.fault}"
    return f"{name}: {statistics.median(grown.rates):,.0f} a second"

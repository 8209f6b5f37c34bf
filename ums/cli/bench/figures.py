"""What was measured, and whether it counts. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import NamedTuple

from ums.cli.bench.stage import Load
from ums.domain.commands import Json

ACCEPTED = "accepted"


class Spent(NamedTuple):
    """What a sending process spent from when it began to send: processor seconds, its peak of memory, commits."""

    cpu_seconds: float
    peak_rss_mb: float
    commits: int


class Counted(NamedTuple):
    """What the provider's stand-in counted: messages taken, and the different people they went to."""

    sent: int
    openids: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One send: how long it took, what it cost, and what became of it; `counts` are deliveries by status."""

    load: Load
    seconds: float
    spent: Sequence[Spent]
    counted: Counted
    counts: Mapping[str, int]
    api_seconds: Sequence[float] = ()
    """How long each of the single sends took beside it."""

    @property
    def deliveries_per_second(self) -> float:
        return self.load.recipients / self.seconds

    @property
    def share_of_ideal(self) -> float:
        """Of what so many calls in flight could do, were there nothing but the provider's latency."""
        slots = self.load.in_flight * self.load.senders
        return self.deliveries_per_second * (self.load.latency_ms / 1000) / slots

    @property
    def faults(self) -> tuple[str, ...]:
        """Why the figures don't count; none where every delivery was made, once."""
        return tuple(self._faults())

    def _faults(self) -> Iterator[str]:
        wanted = self.load.recipients
        if self.counts != {ACCEPTED: wanted}:
            yield f"deliveries are {dict(self.counts)}, not {wanted} {ACCEPTED}"
        if self.counted != (wanted, wanted):
            sent, openids = self.counted
            yield f"the provider counted {sent} messages to {openids} people, not {wanted}"

    def document(self) -> dict[str, Json]:
        """The figures by name."""
        cpu = sum(one.cpu_seconds for one in self.spent)
        cuts = quantiles(self.api_seconds, n=100) if len(self.api_seconds) > 1 else None
        beside: dict[str, Json] = (
            {"api_p50_ms": round(cuts[49] * 1000, 1), "api_p99_ms": round(cuts[98] * 1000, 1)} if cuts else {}
        )
        return {
            "deliveries_per_second": round(self.deliveries_per_second),
            "recipients": self.load.recipients,
            "seconds": round(self.seconds, 2),
            "cpu_us_per_delivery": round(cpu / self.load.recipients * 1e6, 1),
            "peak_rss_mb": round(max(one.peak_rss_mb for one in self.spent), 1),
            "commits_per_1000": round(sum(one.commits for one in self.spent) / self.load.recipients * 1000, 2),
            "share_of_in_flight_by_latency": round(self.share_of_ideal, 3),
            "engine": self.load.engine,
            "database": self.load.database,
            "senders": self.load.senders,
            "in_flight": self.load.in_flight,
            "latency_ms": self.load.latency_ms,
            "provider_sent": self.counted.sent,
            "provider_openids": self.counted.openids,
            **beside,
            "faults": list(self.faults),
        }

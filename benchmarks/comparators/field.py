"""Who takes part, and what each leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.comparators.apprise_loop import apprise_loop
from benchmarks.comparators.apprise_loop import lacking as apprise_lacking
from benchmarks.comparators.celery_workers import Workers, celery_sends, celery_sends_and_notes
from benchmarks.comparators.clients import bare, threads
from benchmarks.comparators.contest import GATEWAY, Contestant, Turn, counted_turn
from benchmarks.gateway import Run, bench, number
from benchmarks.plan import Sizes
from benchmarks.services import Services
from benchmarks.stand_in import StandIn

NOTHING_KEPT = "keeps nothing: no queue, no ledger, no pace, no retries, no record of what was sent"
AT_LEAST_ONCE = "no ledger, no pace, no record of attempts; a task whose worker dies is lost or sent again"
NO_NOTE = f"{AT_LEAST_ONCE}; nothing tells who was reached"
THREADS = 64
TUNED = 32
"""Worker processes, or threads, of Celery where it is tuned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What all take part with: the stand-in, the gateway's processes and calls in flight, and who else answers."""

    stand_in: StandIn
    sizes: Sizes
    processes: int
    in_flight: int
    services: Services

    def contestants(self) -> list[Contestant]:
        """The gateway first."""
        return [self._gateway(), *self._ceilings(), self._threads(), *self._celeries(), self._apprise()]

    def _gateway(self) -> Contestant:
        """It has a stand-in of its own, which it asks as the others are asked."""
        run = Run(
            recipients=self.sizes.gateway,
            processes=self.processes,
            in_flight=self.in_flight,
            latency_ms=self.stand_in.latency * 1000,
        )

        def turn() -> Turn:
            return Turn(run.recipients, run.recipients / number(bench(run), "deliveries_per_second"))

        return Contestant(
            key=GATEWAY, label="the gateway, every result committed", lacks="", calls=run.recipients, take_turn=turn
        )

    def _ceilings(self) -> Iterator[Contestant]:
        either = partial(bare, processes=self.processes, in_flight=self.in_flight)
        own, library = partial(either, by_library=False), partial(either, by_library=True)
        yield self._one("bare", "bare client, the gateway's own transport", NOTHING_KEPT, self.sizes.bare, own)
        yield self._one("aiohttp", "bare client, aiohttp", NOTHING_KEPT, self.sizes.bare, library)

    def _threads(self) -> Contestant:
        send = partial(threads, processes=self.processes, in_flight=THREADS)
        label = f"requests, {self.processes} × {THREADS} threads"
        return self._one("threads", label, NOTHING_KEPT, self.sizes.threads, send)

    def _celeries(self) -> Iterator[Contestant]:
        broker = self.services.broker
        forms = (
            ("celery", "Celery + requests.post", Workers(broker=broker)),
            ("celery_32", f"Celery, {TUNED} processes", Workers(broker=broker, concurrency=TUNED)),
            (
                "celery_threads",
                f"Celery, {TUNED} threads, connections kept",
                Workers(broker=broker, pool="threads", concurrency=TUNED, keeps_connection=True),
            ),
        )
        for key, label, workers in forms:
            calls = self.sizes.celery_tuned if workers.concurrency else self.sizes.celery_default
            plain = self._one(key, label, NO_NOTE, calls, partial(celery_sends, workers=workers))
            yield replace(plain, unavailable=self.services.lacking(broker=True))
            noting = partial(celery_sends_and_notes, workers=workers, server=self.services.postgresql)
            noted = self._one(f"{key}_noted", f"{label}, one update each", AT_LEAST_ONCE, calls, noting)
            yield replace(noted, unavailable=self.services.lacking(broker=True, postgresql=True))

    def _apprise(self) -> Contestant:
        one = self._one("apprise", "Apprise in a loop", NOTHING_KEPT, self.sizes.apprise, apprise_loop)
        return replace(one, unavailable=apprise_lacking())

    def _one(
        self, key: str, label: str, lacks: str, calls: int, send: Callable[[StandIn, int], float]
    ) -> Contestant:
        def turn() -> Turn:
            return counted_turn(self.stand_in, calls, lambda: send(self.stand_in, calls))

        return Contestant(key=key, label=label, lacks=lacks, calls=calls, take_turn=turn)

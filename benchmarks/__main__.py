"""`python -m benchmarks` (`make bench`): the gateway beside others, its doors, and how it grows, in one command.

The whole takes 25 minutes at most, and writes tables and plots to docs/figures. `--quick` takes three, and writes
none. docs/benchmarks.md says what each row is. The status is 0 only where every message was counted once.

`python -m benchmarks lanes` tells how soon a message of high priority leaves while a broadcast is sent, and
`python -m benchmarks drill NAME` what becomes of a send in which something breaks.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import lanes, machine
from benchmarks.comparators.contest import contest
from benchmarks.comparators.field import Field
from benchmarks.drills.command import main as drill
from benchmarks.growth import Grower
from benchmarks.ingress import Shape, measured_ingress
from benchmarks.plan import COMPARATORS_SHARE, Budget, Plan, full, quick
from benchmarks.report.pages import written
from benchmarks.report.tables import faults, measured_on, sheets
from benchmarks.services import Services
from benchmarks.stand_in import standing_in
from ums.cli.ending import unwound_on_sigterm
from ums.cli.screen import Screen, table
from ums.domain.commands import Json
from ums.settings import Settings

PARTS = ("comparators", "ingress", "growth")
FIGURES = Path(__file__).parents[1] / "docs" / "figures"
TURN_SECONDS = 10.0
"""What a comparator's turn takes, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Measures what was asked for, one part after the other, and tells of each step on the way."""

    plan: Plan
    budget: Budget
    services: Services
    latency_ms: float
    told: Callable[[str], None]

    def document(self, parts: Sequence[str]) -> dict[str, Json]:
        """All that was measured, and on what."""
        begin = machine.load()
        if begin > machine.QUIET:
            self.told(f"The load average is {begin:g}: others are at work, and figures will be too low.")
        found: dict[str, Json] = {part: getattr(self, part)() for part in PARTS if part in parts}
        return {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": machine.described(),
            "latency_ms": self.latency_ms,
            "load_begin": begin,
            "load_end": machine.load(),
            "seconds": round(self.budget.spent),
            **found,
        }

    def comparators(self) -> Json:
        """Rounds of everybody who can take part."""
        usual, time = Settings(), self.budget.share(COMPARATORS_SHARE)
        with standing_in(self.latency_ms) as stand_in:
            field = Field(
                stand_in=stand_in,
                sizes=self.plan.sizes,
                processes=usual.senders,
                in_flight=usual.in_flight,
                services=self.services,
            )
            standings = contest(
                field.contestants(),
                self.plan.sizes.rounds,
                go_on=lambda: time.lacking(TURN_SECONDS),
                told=self.told,
            )
        return [standing.document() for standing in standings]

    def ingress(self) -> Json:
        """Sends and uploads over HTTP."""
        begin = machine.load()
        shape = Shape(seconds=self.plan.seconds, people=self.plan.people, latency_ms=self.latency_ms)
        try:
            figures = measured_ingress(shape)
        except Exception as error:
            self.told(f"over HTTP: {error}")
            return {"fault": f"{type(error).__name__}: {error}"}
        self.told(f"over HTTP: {figures['sends_per_second']:,} sends a second")
        return {**figures, "load_begin": begin, "load_end": machine.load()}

    def growth(self) -> Json:
        """A send for each cell of the plan."""
        grower = Grower(services=self.services, budget=self.budget, latency_ms=self.latency_ms, told=self.told)
        return [grown.document() for grown in grower.grow(self.plan.cells)]


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 1 where anything was not counted as it should be, or a drill's promise was broken."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["drill"]:
        return drill(words[1:])
    if words[:1] == ["lanes"]:
        lanes.main(words[1:])
        return 0
    given = _parser().parse_args(words)
    screen = Screen(given.json)
    document = json.loads(given.draw.read_text("utf-8")) if given.draw else _measured(given, screen)
    pictures = [table(sheet.title, sheet.columns, sheet.rows) for sheet in sheets(document) if sheet.rows]
    notes = [f"- {note}" for sheet in sheets(document) for note in sheet.notes]
    screen.result(document, *measured_on(document), *pictures, *notes)
    into = given.figures or (FIGURES if not given.quick and not given.only and given.draw is None else None)
    for path in written(document, into) if into else ():
        screen.note(f"written: {path}")
    return 1 if faults(document) else 0


def _measured(given: argparse.Namespace, screen: Screen) -> dict[str, Json]:
    made = (quick if given.quick else full)(given.minutes)
    budget = Budget(made.minutes)
    with screen.progress("Seconds at most") as advance:

        def told(words: str) -> None:
            screen.note(words)
            advance(round(budget.spent), round(budget.minutes * 60))

        runner = Runner(
            plan=made,
            budget=budget,
            services=Services(given.postgresql, given.broker),
            latency_ms=given.latency_ms,
            told=told,
        )
        return runner.document(given.only or PARTS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small numbers, three minutes at most")
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="this part alone; may be given several times"
    )
    parser.add_argument("--minutes", type=float, help="how long it may take; what is left then is left out")
    parser.add_argument("--latency-ms", type=float, default=50.0, help="of the provider's answers")
    parser.add_argument(
        "--postgresql",
        metavar="URL",
        default="postgresql+psycopg://127.0.0.1:5432/postgres",
        help="any database of a PostgreSQL server on which scratch databases may be made",
    )
    parser.add_argument(
        "--broker", metavar="URL", default="amqp://guest:guest@127.0.0.1:5672//", help="for the workers of Celery"
    )
    parser.add_argument("--figures", type=Path, metavar="DIR", help="where tables and plots go (docs/figures)")
    parser.add_argument("--draw", type=Path, metavar="FILE", help="measure nothing: draw an earlier figures.json")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


if __name__ == "__main__":
    with unwound_on_sigterm():
        sys.exit(main())

"""The command `ums bench`."""

from __future__ import annotations

import sys

import click

from ums.cli.bench import course
from ums.cli.bench.stage import Load, staged
from ums.cli.ending import unwound_on_sigterm
from ums.cli.faults import REFUSED
from ums.cli.opening import with_screen
from ums.cli.screen import Screen, facts
from ums.settings import Settings

ENGINES = ("embedded",)


def _server(context: click.Context, parameter: click.Parameter, given: str) -> str:
    """The URL with its driver named. Raises BadParameter for what is no PostgreSQL server's."""
    url = Settings(database_url=given).database if given else ""
    if url and not url.startswith("postgresql+psycopg://"):
        raise click.BadParameter("It must be postgresql://user:password@host/database; SQLite needs none.")
    return url


@click.command(short_help="Measure how many deliveries a second this machine does.")
@click.option("--recipients", type=click.IntRange(1, 10_000_000), default=100_000, show_default=True,
    help="How many people the message goes to.")  # fmt: skip
@click.option("--latency-ms", type=click.FloatRange(0, 60_000), default=50, show_default=True,
    help="How long each answer of the provider takes.")  # fmt: skip
@click.option("--senders", type=click.IntRange(1, 64), help="Sending processes; else as `ums serve` runs them.")
@click.option("--in-flight", type=click.IntRange(1, 10_000), help="Calls at a time in each; else the default.")
@click.option(
    "--beside", is_flag=True, help="Post single sends meanwhile, and tell how long the API takes for one."
)
@click.option("--database-url", metavar="URL", default="", callback=_server,
    help="Any database on a PostgreSQL server: a scratch one is made there. Without it, SQLite.")  # fmt: skip
@click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True, help="What sends.")
@with_screen
def bench(
    screen: Screen,
    recipients: int,
    latency_ms: float,
    senders: int | None,
    in_flight: int | None,
    beside: bool,
    database_url: str,
    engine: str,
) -> None:
    """Measure this machine: one broadcast, from the accepted API call to the last committed result.

    Everything is real but the provider, for which `ums sandbox --lean` stands in on the same machine: SQLite with
    every commit safe (with --database-url, PostgreSQL), the mini program's plugin, the ledger of credits, pacing.
    It runs in a scratch directory (and database) that is removed in the end, and touches no installation. The
    status is 0 only if the provider counted each message once, to as many people as there are deliveries.

    \b
    Examples:
      ums bench
      ums bench --recipients 1000000 --latency-ms 50 --json
      ums bench --database-url postgresql://ums@127.0.0.1/postgres
    """
    usual = Settings()
    load = Load(
        recipients=recipients,
        latency_ms=latency_ms,
        senders=senders or usual.senders,
        in_flight=in_flight or usual.in_flight,
        beside=beside,
        database_url=database_url,
    )
    with unwound_on_sigterm(), staged(load) as stage, screen.progress("Sending") as advance:
        measured = course.run(stage, advance)
    document = measured.document()
    screen.result(document, facts({name.replace("_", " "): str(value) for name, value in document.items()}))
    if measured.faults:
        sys.exit(REFUSED)

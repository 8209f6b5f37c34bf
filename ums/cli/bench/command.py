"""The command `ums bench`."""

from __future__ import annotations

import sys

import click

from ums.cli.bench import course
from ums.cli.bench.stage import EMBEDDED, Load, staged
from ums.cli.ending import unwound_on_sigterm
from ums.cli.faults import REFUSED
from ums.cli.opening import with_screen
from ums.cli.screen import Screen, facts
from ums.dispatch.engines import broker
from ums.settings import CELERY, Settings, on_postgresql

ENGINES = (EMBEDDED, CELERY)
USUAL_SERVER = "postgresql://127.0.0.1:5432/postgres"
USUAL_BROKER = "amqp://guest:guest@127.0.0.1:5672//"


def _server(context: click.Context, parameter: click.Parameter, given: str) -> str:
    """The URL with its driver named. Raises BadParameter for what is no PostgreSQL server's."""
    url = on_postgresql(given)
    if url and not url.startswith("postgresql+psycopg://"):
        raise click.BadParameter("It must be postgresql://user:password@host/database; SQLite needs none.")
    return url


@click.command()
@click.option("--recipients", type=click.IntRange(1, 10_000_000), default=100_000, show_default=True,
    help="How many people the message goes to.")  # fmt: skip
@click.option("--latency-ms", type=click.FloatRange(0, 60_000), default=50, show_default=True,
    help="How long each answer of the provider takes.")  # fmt: skip
@click.option("--senders", "--workers", type=click.IntRange(1, 64),
    help="Processes that make the calls; else as `ums serve` runs them.")  # fmt: skip
@click.option("--in-flight", type=click.IntRange(1, 10_000), help="Calls at a time in each; else the default.")
@click.option(
    "--beside", is_flag=True, help="Post single sends meanwhile, and tell how long the API takes for one."
)
@click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True, help="What sends.")
@click.option("--database-url", metavar="URL", default="", callback=_server, help="Any database on a PostgreSQL "
    f"server: a scratch one is made there. Without it SQLite; with celery {USUAL_SERVER}.")  # fmt: skip
@click.option("--broker-url", metavar="URL", help=f"With celery: the broker; else {USUAL_BROKER}.")
@with_screen
def bench(
    screen: Screen,
    recipients: int,
    latency_ms: float,
    senders: int | None,
    in_flight: int | None,
    beside: bool,
    engine: str,
    database_url: str,
    broker_url: str | None,
) -> None:
    """Measure this machine: one broadcast, from the accepted API call to the last committed result.

    Everything is real but the provider, for which `ums sandbox --lean` stands in on the same machine: a database
    with every commit safe, the mini program's plugin, the ledger of credits, pacing. It runs in a scratch directory
    that is removed in the end, and touches no installation. The status is 0 only if the provider counted each
    message once, to as many people as there are deliveries. On a PostgreSQL and on a broker it makes a database and
    queues of its own, and drops them.

    \b
    Examples:
      ums bench --recipients 1000000 --latency-ms 50 --json
      ums bench --database-url postgresql://ums@127.0.0.1/postgres
      ums bench --engine celery --workers 2
    """
    usual, is_distributed = Settings(), engine == CELERY
    load = Load(
        recipients=recipients,
        latency_ms=latency_ms,
        senders=senders or usual.senders,
        in_flight=in_flight or usual.in_flight,
        beside=beside,
        engine=engine,
        server=database_url or on_postgresql(USUAL_SERVER if is_distributed else ""),
        broker=_broker(broker_url) if is_distributed else "",
    )
    _show(screen, load)


def _show(screen: Screen, load: Load) -> None:
    """Measure, and tell what was found; the status is `REFUSED` where it doesn't count."""
    with unwound_on_sigterm(), staged(load) as stage, screen.progress("Sending") as advance:
        measured = course.run(stage, advance)
    document = measured.document()
    screen.result(document, facts({name.replace("_", " "): str(value) for name, value in document.items()}))
    if measured.faults:
        sys.exit(REFUSED)


def _broker(url: str | None) -> str:
    """The broker's URL, once it has answered. Raises Conflict and Unavailable where it won't do."""
    named = url or USUAL_BROKER
    broker.check_installed(named)
    broker.check_answers(named)
    return named

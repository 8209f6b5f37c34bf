"""What the commands that run the gateway's processes have in common."""

from __future__ import annotations

import dataclasses
import sys

import click

from ums.cli.children import DIE_WITH_PARENT
from ums.dispatch.engines import broker
from ums.settings import CELERY, ENGINES, Settings

host_option = click.option("--host", metavar="H", help="Address to listen on; else the setting `host`.")
port_option = click.option(
    "--port", metavar="P", type=click.IntRange(0, 65535), help="Port to listen on, 0 for any free one; else `port`."
)
OWN = (sys.executable, "-m", "ums.cli")
LISTENER = "--listener"
listener_option = click.option(LISTENER, "listener_file", type=int, hidden=True)
PLACE = "--place"
place_option = click.option(PLACE, type=int, default=0, hidden=True)
parent_option = click.option(DIE_WITH_PARENT, "follows", is_flag=True, hidden=True)
PUBLISHES = "--publishes"
publishes_option = click.option(PUBLISHES, is_flag=True, hidden=True)
engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="What carries deliveries to sending processes; else the setting `engine`.",
)


def with_engine(settings: Settings, engine: str | None) -> Settings:
    """The settings with the engine that the command line says. Raises Conflict where the engine can't work here."""
    chosen = dataclasses.replace(settings, engine=engine or settings.engine)
    if chosen.engine == CELERY:
        broker.check(chosen)
    return chosen

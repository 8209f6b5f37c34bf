"""`ums worker`, which loads nothing of the web side."""

from __future__ import annotations

import click

from ums.cli.children import follow_parent
from ums.cli.opening import make_ready, with_screen
from ums.cli.screen import Screen
from ums.cli.serving.options import engine_option, parent_option, place_option, publishes_option, with_engine
from ums.clock import SystemClock
from ums.dispatch import worker as sending
from ums.logs import set_up
from ums.registry import Registry
from ums.settings import LOCAL, Settings


@click.command()
@engine_option
@place_option
@publishes_option
@parent_option
@with_screen
def worker(screen: Screen, engine: str | None, place: int, publishes: bool, follows: bool) -> None:
    """Run the sending side alone, until Ctrl-C or SIGTERM; several may run at once.

    With the engine celery it makes the calls of what `ums serve --engine celery` publishes, on any machine that
    reaches the same database and the same broker, and has the same secret key.

    \b
    Examples:
      ums worker
      ums worker --engine celery
    """
    settings = with_engine(Settings.load(), engine)
    set_up(settings)
    make_ready(settings)
    if follows:
        follow_parent(settings.grace_seconds)
    registry, clock = Registry.load(), SystemClock()
    if settings.engine == LOCAL:
        sending.run(settings, registry, clock, helps=place > 0)
        return
    from ums.dispatch.engines import processes as distributed  # only here: the others need none of what it loads

    if publishes:
        distributed.publish(settings, registry, clock)
    else:
        distributed.carry(settings, registry, clock)

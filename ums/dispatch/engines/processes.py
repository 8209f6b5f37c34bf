"""The two kinds of process of the distributed engine: one publishes, any number carry."""

from __future__ import annotations

import asyncio

from ums.clock import Clock
from ums.dispatch import recovery
from ums.dispatch.companions import beside
from ums.dispatch.engines.batch_work import BatchWork
from ums.dispatch.engines.broker import Broker, check, check_answers
from ums.dispatch.engines.publisher import Publisher
from ums.dispatch.loop import Dispatcher
from ums.dispatch.signals import on_signals
from ums.dispatch.usage import Usage
from ums.dispatch.worker import opened
from ums.domain.errors import Unavailable
from ums.logs import get_logger
from ums.registry import Registry
from ums.services.gateway import Gateway
from ums.settings import Settings

log = get_logger(__name__)


def publish(settings: Settings, registry: Registry, clock: Clock) -> None:
    """Expand audiences, post callbacks, do what happens by the clock, and publish batches; until SIGTERM or SIGINT.

    Raises Conflict as `check` and `worker.run` do.
    """
    check(settings)
    with opened(settings, registry, clock) as (gateway, runner):
        runner.run(_publish(gateway))


async def _publish(gateway: Gateway) -> None:
    stopping = asyncio.Event()
    async with beside(gateway, stopping.set):
        usage = Usage(gateway.database)
        publisher = Publisher(gateway, Broker(gateway.settings.broker_url, gateway.sealer.mark))
        publisher.start()
        log.info("publishing", action="publisher_started")
        await stopping.wait()
        await asyncio.to_thread(publisher.stop)
    log.info("ended", action="publisher_ended", **usage.spent())


def carry(settings: Settings, registry: Registry, clock: Clock) -> None:
    """Make the calls of the batches that the broker brings, until SIGTERM or SIGINT; finish what is in flight then.

    Raises Conflict as `publish` does, and Unavailable where the broker doesn't answer at the start or Celery fails.
    """
    check(settings)
    check_answers(settings.broker_url)
    with opened(settings, registry, clock, helps=True) as (gateway, runner):
        runner.run(_carry(gateway))


async def _carry(gateway: Gateway) -> None:
    # here and not above: Celery takes half a second to load, and is an extra
    from ums.dispatch.engines.carrier import Carrier

    work, loop = BatchWork(gateway), asyncio.get_running_loop()
    dispatcher = Dispatcher(gateway, work)

    def give_up() -> None:
        loop.call_soon_threadsafe(dispatcher.stop)

    carrier = Carrier(gateway.settings.broker_url, gateway.sealer.mark, work, give_up)
    on_signals(carrier.begin_stop, work.begin_stop, dispatcher.stop)
    await asyncio.to_thread(recovery.reclaim_abandoned, gateway)
    carrier.start()
    await dispatcher.run()
    work.begin_stop()
    await asyncio.to_thread(carrier.stop, gateway.settings.grace_seconds)
    if carrier.has_failed:
        raise Unavailable("Celery ended by itself; the log says why. Start the worker anew.")

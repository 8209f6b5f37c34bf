"""What happens by the clock: APScheduler ticks, a lease in the database says who acts.

Every job is repeatable and safe when two processes do it; the lease only saves work. APScheduler holds no
queue: what is due stands in the tables.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from ums.domain.delivery import DeliveryStatus
from ums.domain.errors import Problem
from ums.domain.message import DAY
from ums.domain.template_breaks import Breaks
from ums.domain.views import ChannelState, ChannelView
from ums.logs import get_logger
from ums.sdk.plugin import HasQuotas, HasTemplates
from ums.services import (
    approvals,
    channels,
    consents,
    counts,
    credits,
    erasing,
    falling_over,
    materials,
    operators,
    posting,
    pushes,
    quotas,
    rehearsing,
    retention,
    retracting,
    templates,
)
from ums.services.binding import asking, backfill, outliving
from ums.services.gateway import Gateway
from ums.services.quotas import ChannelQuotas
from ums.services.telling import Move, tell
from ums.settings import Settings
from ums.store import endings, idempotency, messages, workers

log = get_logger(__name__)

BATCH = 2000
"""Rows that one tick changes at most, so that it never holds the write lock for long."""


FRESH = 6 * 3600.0
"""Seconds for which a fetched template list needs no fetching by the clock."""
FETCHED = (ChannelState.READY, ChannelState.PAUSED)
"""A parked channel's credentials are refused: to show them again brings a lock nearer."""


class Duty(Protocol):
    """Something to do by the clock."""

    __name__: str

    def __call__(self, gateway: Gateway) -> None: ...


class Timer:
    """The clock of one sending process."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._owner = secrets.token_hex(8)
        self._scheduler = BackgroundScheduler(timezone=ZoneInfo(gateway.settings.quota_timezone))

    def start(self) -> None:
        """Begin to tick, in a thread of its own."""
        self._add(IntervalTrigger(seconds=1), sweep)
        self._add(IntervalTrigger(seconds=1), falling_over.look)
        self._add(IntervalTrigger(seconds=1), rehearsing.report)
        self._add(IntervalTrigger(seconds=1), pushes.drain)
        self._add(IntervalTrigger(seconds=5), probe)
        self._add(IntervalTrigger(seconds=5), consents.look)
        self._add(IntervalTrigger(seconds=5), retracting.withdraw_left)
        self._add(IntervalTrigger(seconds=5), approvals.give_up)
        self._add(IntervalTrigger(seconds=5), erasing.walk)
        self._add(IntervalTrigger(seconds=1), backfill.walk)
        self._add(IntervalTrigger(seconds=1), asking.look)
        self._add(IntervalTrigger(seconds=30), posting.give_up)
        self._add(IntervalTrigger(seconds=30), credits.spend_left_over)
        self._add(IntervalTrigger(seconds=6), retention.purge)
        self._add(IntervalTrigger(hours=1), forget)
        self._add(IntervalTrigger(hours=1), ask_quotas, lease=600.0)
        if (trigger := nightly(self._gateway.settings)) is not None:
            self._add(trigger, refresh_templates, lease=600.0)
        self._scheduler.start()

    def set_back(self) -> None:
        """Tick by a clock that was set back: every next tick lies too far ahead, those within the day come now."""
        now = datetime.fromtimestamp(self._gateway.clock.now(), self._scheduler.timezone)
        for job in self._scheduler.get_jobs():
            ticks = isinstance(job.trigger, IntervalTrigger)
            job.modify(next_run_time=now if ticks else job.trigger.get_next_fire_time(None, now))

    def stop(self) -> None:
        """Stop ticking; a job under way ends first."""
        self._scheduler.shutdown(wait=True)

    def _add(self, trigger: IntervalTrigger | CronTrigger, duty: Duty, *, lease: float = 0.0) -> None:
        self._scheduler.add_job(
            self._do, trigger, args=(duty, lease), coalesce=True, max_instances=1, misfire_grace_time=3600
        )

    def _do(self, duty: Duty, lease: float) -> None:
        """Do a duty, if it needs no lease or the lease is ours; trouble is logged, the next tick tries again."""
        try:
            if not lease or self._holds(duty.__name__, lease):
                duty(self._gateway)
        except Problem as trouble:
            log.warning("a duty was put off", action="duty_put_off", duty=duty.__name__, cause=trouble.message)
        except Exception:  # one broken duty must not stop the clock for the others
            log.exception("a duty failed", action="duty_failed", duty=duty.__name__)

    def _holds(self, name: str, lease: float) -> bool:
        now = self._gateway.clock.now()
        with self._gateway.database.write() as session:
            return workers.take_lease(session, name, self._owner, now=now, seconds=lease)


def nightly(settings: Settings) -> CronTrigger | None:
    """Once a night, somewhen in the first half of the hour set, not all gateways at once; None for never."""
    if settings.refresh_hour < 0:
        return None
    return CronTrigger(hour=settings.refresh_hour, jitter=1800, timezone=ZoneInfo(settings.quota_timezone))


def sweep(gateway: Gateway) -> None:
    """Expire what is out of time, close what waited long enough for its receipt, finish what is done."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        if not endings.anything_late(session, now):
            return
    with gateway.database.write() as session:
        expired = endings.expire_late(session, now, BATCH)
        closed = endings.close_unreported(session, now, BATCH)
        tell(session, [Move(one.message_id, one.id, DeliveryStatus.QUEUED, one.status) for one in expired], now)
        messages.finish_messages(session, {one.message_id for one in expired + closed}, now)


def probe(gateway: Gateway) -> None:
    """Try parked channels again whose time has come, and failing ones that nothing is queued for."""
    for code in channels.probe_due(gateway):
        log.info("a parked channel works again", action="channel_resumed", channel=code)
    for code in channels.try_failing(gateway):
        log.info("a channel's provider answers again", action="breaker_closed", channel=code)


def refresh_templates(gateway: Gateway) -> None:
    """Fetch the template lists of the channels in use, one after another, as an operator's *Refresh list* does.

    A list fetched of late is left: the providers' quotas are small, and another process may have done it.
    """
    for channel in _all_channels(gateway):
        if not isinstance(gateway.registry.by_type.get(channel.type), HasTemplates):
            continue
        if channel.state not in FETCHED or gateway.clock.now() - (channel.refreshed_at or 0.0) < FRESH:
            continue
        try:
            _tell_breaks(channel.code, templates.refresh(gateway, channel.code).breaks)
        except Problem as problem:
            log.warning(
                "a template list was not refreshed",
                action="refresh_failed",
                channel=channel.code,
                cause=problem.message,
            )


def ask_quotas(gateway: Gateway) -> None:
    """Ask the providers how many calls are left, for the channels that have called since they were last asked."""
    for channel in _all_channels(gateway):
        if not isinstance(gateway.registry.by_type.get(channel.type), HasQuotas) or channel.state not in FETCHED:
            continue
        try:
            if quotas.is_due(gateway, channel.code):
                _tell_shortages(channel.code, quotas.refresh(gateway, channel.code))
        except Problem as problem:
            log.warning(
                "quotas could not be had", action="quotas_failed", channel=channel.code, cause=problem.message
            )


def _tell_shortages(code: str, found: ChannelQuotas) -> None:
    for quota in found.quotas:
        if quota.runs_out:
            log.warning(
                "more waits than may be called today",
                action="quota_runs_out",
                channel=code,
                endpoint=quota.endpoint,
                waiting=quota.waiting,
                remaining=quota.remaining,
            )


def _tell_breaks(code: str, breaks: Breaks) -> None:
    if breaks:
        log.warning(
            "a template list has changed, and who sends by it must be told",
            action="templates_broken",
            channel=code,
            message_templates=[template.name for template in breaks.message_templates],
            applications=sorted({caller.application for caller in breaks.applications}),
            waiting=sum(caller.waiting for caller in breaks.applications),
        )


def _all_channels(gateway: Gateway) -> Iterator[ChannelView]:
    page = channels.list_for(gateway, None)
    yield from page.items
    while page.next is not None:
        page = channels.list_for(gateway, None, page.next)
        yield from page.items


def forget(gateway: Gateway) -> None:
    """Drop what has outlived its use: keys, workers, links, sessions, receipts, events, counts, materials."""
    now = gateway.clock.now()
    while _forgot_answers(gateway, now - DAY):
        pass
    with gateway.database.write() as session:
        workers.forget_ended(session, now - 7 * DAY)
    posting.forget(gateway)
    pushes.forget(gateway)
    consents.forget(gateway)
    erasing.forget(gateway)
    operators.forget_expired(gateway)
    counts.forget(gateway)
    materials.forget_expired(gateway)
    outliving.forget(gateway)


def _forgot_answers(gateway: Gateway, before: float) -> bool:
    """Drop some of the answers kept before then; whether there may be more."""
    with gateway.database.write_beside() as session:
        return idempotency.forget_answers(session, before, BATCH)

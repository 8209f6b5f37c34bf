"""The event loop of a sending process: it carries calls and never touches the database itself.

Turns of the desk run on its one thread, with a pause between them, so that a bulk send commits a few
times per thousand deliveries and the API gets its writes in between.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ums.dispatch import turns
from ums.dispatch.desk import Desk, Turn
from ums.dispatch.job import Job, Result
from ums.dispatch.recorder import FlightRecorder
from ums.dispatch.recovery import flight_directory
from ums.dispatch.usage import Usage
from ums.dispatch.work import Work
from ums.domain.errors import Unavailable
from ums.domain.outcome import Accepted, SendError, Uncertain
from ums.logs import get_logger
from ums.provider.loop_driver import LoopDriver
from ums.services.gateway import Gateway

T = TypeVar("T")

log = get_logger(__name__)

TROUBLE_PAUSE = 0.5
"""Seconds before asking a database that refused once more."""
FRESH_SHARE = 0.7
"""The share of its lease after which a worker that could not beat starts no further call."""


STOPPED = "worker_stopped"
"""The reason of a call whose answer was not waited for."""


class Dispatcher:
    """Sends until it is told to stop."""

    def __init__(self, gateway: Gateway, work: Work | None = None) -> None:
        self._gateway = gateway
        self._desk = Desk(gateway, work)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._in_flight: dict[tuple[int, int], Job] = {}
        self._busy: dict[tuple[int, str], list[Job]] = {}
        """The addresses that are being called, each with the jobs that wait for it."""
        self._held: list[Job] = []
        """Jobs that wait for a beat."""
        self._under_way = 0
        """Exchanges that have begun and not ended, with or without a call of theirs."""
        self._results: list[Result] = []
        self._size = turns.SMALL
        """How much the last turn took on at the most."""
        self._took = 0.0
        """Seconds that it took."""
        self._was_full = False
        """Whether it took on as much as that."""
        self._stopping = asyncio.Event()
        self._answered = asyncio.Event()
        self._called: dict[tuple[int, int], float] = {}
        self._owner = ""
        self._beat_at = 0.0
        self._beaten = 0.0
        """The same by a clock that nobody sets."""
        self._trouble = ""
        self._recorder: FlightRecorder | None = None
        self._usage: Usage | None = None

    def stop(self) -> None:
        """Claim nothing more, finish what is in flight, end."""
        self._stopping.set()
        self._answered.set()

    async def run(self) -> None:
        """Send until `stop` is called; then finish within the grace time."""
        self._owner = await self._on_desk(self._desk.enlist)
        self._begin_recorder()
        self._usage = Usage(self._gateway.database)
        log.info("sending", action="worker_started", worker=self._owner)
        async with LoopDriver(in_flight=self._gateway.settings.in_flight) as driver:
            while not self._stopping.is_set():
                await self._turn(driver)
                await self._pause()
            await self._finish(driver)
        self._thread.shutdown()

    async def _turn(self, driver: LoopDriver) -> None:
        self._size = size = turns.size(is_pressed=self._gateway.database.is_pressed())
        results, self._results = self._results[: size.most], self._results[size.most :]
        room = turns.room(size, self._gateway.settings.in_flight - len(self._in_flight), len(results))
        began = time.monotonic()
        try:
            turn = await self._on_desk(functools.partial(self._desk.turn, results, room))
        except Unavailable as trouble:
            self._results = results + self._results
            self._told_of(trouble)
            await asyncio.sleep(TROUBLE_PAUSE)
            return
        self._took = time.monotonic() - began
        self._was_full = len(results) + len(turn.jobs) == size.most
        self._told_of(None)
        self._settled(results)
        if turn.beat_at != self._beat_at:
            self._beat_at, self._beaten = turn.beat_at, began
        self._take(turn, driver)

    def _told_of(self, trouble: Unavailable | None) -> None:
        """Say when a trouble of the database begins, changes and ends: not each of thousands of turns refused."""
        cause = trouble.message if trouble else ""
        if cause != self._trouble:
            self._trouble = cause
            if cause:
                log.error("the database refuses turns", action="desk_refused", cause=cause)
            else:
                log.info("the database takes turns again", action="desk_resumed")

    def _settled(self, results: list[Result]) -> None:
        if self._recorder is not None:
            for result in results:
                self._recorder.settled(*result.fence)

    def _take(self, turn: Turn, driver: LoopDriver) -> None:
        """Start what a turn brought; after a rebirth, forget what the former life held."""
        if turn.owner != self._owner:
            self._owner = turn.owner
            self._in_flight.clear()
            self._busy.clear()
            self._held.clear()
            self._begin_recorder()
        self._results.extend(turn.failed)
        held, self._held = self._held, []
        for job in held:
            self._start(job, driver)
        for job in turn.jobs:
            self._in_flight[job.fence] = job
            self._queue(job, driver)

    def _queue(self, job: Job, driver: LoopDriver) -> None:
        """One call at a time for each address; others of the same address wait for it (WeChat 43108)."""
        waiting = self._busy.get(job.place)
        if waiting is not None:
            waiting.append(job)
            return
        self._busy[job.place] = []
        self._start(job, driver)

    def _start(self, job: Job, driver: LoopDriver) -> None:
        """Have a job carried out, unless it is ours no more, or might be."""
        if self._in_flight.get(job.fence) is not job or self._stopping.is_set():
            return
        if not self._is_fresh():
            self._held.append(job)
            return
        recorder, account = self._recorder, job.line.account
        self._under_way += 1
        ended = functools.partial(self._ended, job, driver, recorder)
        try:
            exchange = account.plugin.send(account.settings, job.outbound)
        except Exception as error:
            ended(error)
            return
        on_call = functools.partial(self._may_leave, job, recorder)
        driver.start(exchange, ended, token=job.line.token, on_call=on_call)

    def _may_leave(self, job: Job, recorder: FlightRecorder | None) -> bool:
        """Note that a call leaves, unless its delivery has been given to another meanwhile, or may have been.

        It is noted first, and looked at then: whoever takes us for dead finds it noted, however long we sleep
        before the call. It may have waited for its token since it was started.
        """
        if recorder is self._recorder and recorder is not None and self._in_flight.get(job.fence) is job:
            self._called[job.fence] = called_at = self._gateway.clock.now()
            recorder.called(*job.fence, called_at)
            if self._is_fresh():
                return True
            recorder.settled(*job.fence)
            del self._called[job.fence]
            self._held.append(job)
        self._under_way -= 1
        return False

    def _ended(
        self, job: Job, driver: LoopDriver, recorder: FlightRecorder | None, outcome: Accepted | Exception
    ) -> None:
        """Note what came of a call, and make the next one to the same address."""
        if isinstance(outcome, Exception) and not isinstance(outcome, SendError):
            # a defect of a plugin fails its delivery, not the worker
            log.error("a plugin failed", action="defect", channel_id=job.claimed.channel_id, exc_info=outcome)
        self._under_way -= 1
        fence = job.fence
        result = job.ended(outcome, self._called.pop(fence, None), self._gateway.clock.now())
        if recorder is self._recorder and recorder is not None and result.called_at is not None:
            recorder.answered(*fence, result.called_at, result.ended_at, outcome)
        self._results.append(result)
        if self._in_flight.get(fence) is job:
            del self._in_flight[fence]
            self._free(job, driver)
        if self._is_plenty():
            self._answered.set()

    def _free(self, job: Job, driver: LoopDriver) -> None:
        """An address may be called again: for the job that has waited longest, if one does."""
        waiting = self._busy[job.place]
        if waiting:
            self._start(waiting.pop(0), driver)
        else:
            del self._busy[job.place]

    def _is_fresh(self) -> bool:
        """Not while the last beat is old: the deliveries may have been given to another worker by now.

        A clock that was set may tell anything: both must say so.
        """
        oldest = self._gateway.settings.lease_seconds * FRESH_SHARE
        by_clock, in_truth = self._gateway.clock.now() - self._beat_at, time.monotonic() - self._beaten
        return 0 <= by_clock <= oldest and in_truth <= oldest

    async def _pause(self) -> None:
        """Until the next turn."""
        self._answered.clear()
        now = turns.Standing(self._size, len(self._in_flight), len(self._results), self._was_full, self._took)
        wait = turns.pause(now)
        if wait <= turns.COURTESY:
            await asyncio.sleep(wait)
            return
        try:
            async with asyncio.timeout(wait):
                await self._answered.wait()
        except TimeoutError:
            return

    def _is_plenty(self) -> bool:
        return turns.is_plenty(
            self._size, len(self._in_flight), len(self._results), self._gateway.settings.in_flight
        )

    async def _finish(self, driver: LoopDriver) -> None:
        """Let calls in flight end within the grace time; settle what is known, give back the rest."""
        give_up = time.monotonic() + self._gateway.settings.grace_seconds
        while self._under_way and time.monotonic() < give_up:
            await asyncio.sleep(turns.BUSY_PERIOD)
        driver.abandon()
        left, now = list(self._in_flight.values()), self._gateway.clock.now()
        called = [(job, self._called[job.fence]) for job in left if job.fence in self._called]
        unanswered = [job.ended(Uncertain(STOPPED), called_at, now) for job, called_at in called]
        unstarted = [job.claimed.id for job in left if job.fence not in self._called]
        await self._on_desk(functools.partial(self._desk.leave, self._results + unanswered, unstarted))
        if self._recorder is not None:
            self._recorder.close()
        spent = self._usage.spent() if self._usage is not None else {}
        log.info("ended", action="worker_ended", worker=self._owner, unanswered=len(unanswered), **spent)

    def _begin_recorder(self) -> None:
        if self._recorder is not None:
            self._recorder.close()
        slots = self._gateway.settings.in_flight * 2
        self._recorder = FlightRecorder(flight_directory(self._gateway), self._owner, slots)

    async def _on_desk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

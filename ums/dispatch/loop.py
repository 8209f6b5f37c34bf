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
from ums.dispatch.flight import Fence, Flight, Place
from ums.dispatch.job import Result
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
        self._oldest_beat = gateway.settings.lease_seconds * FRESH_SHARE
        self._in_flight: dict[Fence, Flight] = {}
        self._busy: dict[Place, list[Flight]] = {}
        """The addresses that are being called, each with the flights that wait for it."""
        self._held: list[Flight] = []
        """Those that wait for a beat."""
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
        for flight in held:
            self._start(flight, driver)
        for job in turn.jobs:
            flight = Flight.of(job)
            self._in_flight[flight.fence] = flight
            self._queue(flight, driver)

    def _queue(self, flight: Flight, driver: LoopDriver) -> None:
        """One call at a time for each address; others of the same address wait for it (WeChat 43108)."""
        waiting = self._busy.get(flight.place)
        if waiting is not None:
            waiting.append(flight)
            return
        self._busy[flight.place] = []
        self._start(flight, driver)

    def _start(self, flight: Flight, driver: LoopDriver) -> None:
        """Have a job carried out, unless it is ours no more, or might be."""
        if self._in_flight.get(flight.fence) is not flight or self._stopping.is_set():
            return
        if not self._is_fresh():
            self._held.append(flight)
            return
        line, flight.recorder = flight.job.line, self._recorder
        account = line.account
        self._under_way += 1
        ended = functools.partial(self._ended, flight, driver)
        try:
            exchange = account.plugin.send(account.settings, flight.job.outbound)
        except Exception as error:
            ended(error)
            return
        on_call = functools.partial(self._may_leave, flight)
        driver.start(exchange, ended, token=line.token, on_call=on_call)

    def _may_leave(self, flight: Flight) -> bool:
        """Note that a call leaves, unless its delivery has been given to another meanwhile, or may have been.

        It is noted first, and looked at then: whoever takes us for dead finds it noted, however long we sleep
        before the call. It may have waited for its token since it was started.
        """
        recorder, fence = flight.recorder, flight.fence
        if recorder is self._recorder and recorder is not None and self._in_flight.get(fence) is flight:
            flight.called_at = called_at = self._gateway.clock.now()
            recorder.called(*fence, called_at)
            if self._is_fresh():
                return True
            recorder.settled(*fence)
            flight.called_at = None
            self._held.append(flight)
        self._under_way -= 1
        return False

    def _ended(self, flight: Flight, driver: LoopDriver, outcome: Accepted | Exception) -> None:
        """Note what came of a call, and make the next one to the same address."""
        job, fence, called_at = flight.job, flight.fence, flight.called_at
        if isinstance(outcome, Exception) and not isinstance(outcome, SendError):
            # a defect of a plugin fails its delivery, not the worker
            log.error("a plugin failed", action="defect", channel_id=job.claimed.channel_id, exc_info=outcome)
        self._under_way -= 1
        ended_at = self._gateway.clock.now()
        if called_at is not None and flight.recorder is self._recorder and flight.recorder is not None:
            flight.recorder.answered(*fence, called_at, ended_at, outcome)
        self._results.append(job.ended(outcome, called_at, ended_at))
        if self._in_flight.get(fence) is flight:
            del self._in_flight[fence]
            self._free(flight.place, driver)
        if self._is_plenty():
            self._answered.set()

    def _free(self, place: Place, driver: LoopDriver) -> None:
        """An address may be called again: for whoever has waited longest, if somebody does."""
        waiting = self._busy[place]
        if waiting:
            self._start(waiting.pop(0), driver)
        else:
            del self._busy[place]

    def _is_fresh(self) -> bool:
        """Not while the last beat is old: the deliveries may have been given to another worker by now.

        A clock that was set may tell anything: both must say so.
        """
        by_clock, in_truth = self._gateway.clock.now() - self._beat_at, time.monotonic() - self._beaten
        return 0 <= by_clock <= self._oldest_beat and in_truth <= self._oldest_beat

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
        called = [one for one in left if one.called_at is not None]
        unanswered = [one.job.ended(Uncertain(STOPPED), one.called_at, now) for one in called]
        unstarted = [one.job.claimed.id for one in left if one.called_at is None]
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

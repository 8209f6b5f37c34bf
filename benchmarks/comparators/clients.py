"""Clients without any bookkeeping, in as many processes as the gateway sends with.

- bare: the same calls by the gateway's own driver and plugin, over either of its transports. That is the ceiling.
- threads: `requests` in a pool of threads, a session for each process.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

import requests

from benchmarks.stand_in import MESSAGE, SEND, TIMEOUT, TYPE, StandIn, openid
from ums.provider.loop_driver import LoopDriver
from ums.registry import Registry
from ums.sdk.plugin import Outbound


class Task(NamedTuple):
    """What one process is to send: `number` messages, from the person with the number `first` on."""

    stand_in: StandIn
    first: int
    number: int
    in_flight: int


class Span(NamedTuple):
    """When a process began to send, and when it had sent all, on the clock that all processes share."""

    began: float
    ended: float


Sender = Callable[[Task], Span]


def bare(stand_in: StandIn, calls: int, *, processes: int, in_flight: int, by_library: bool) -> float:
    """Seconds for so many calls by the gateway's driver and plugin alone."""
    return _in_processes(partial(_bare, by_library=by_library), stand_in, calls, processes, in_flight)


def threads(stand_in: StandIn, calls: int, *, processes: int, in_flight: int) -> float:
    """Seconds for so many calls by `requests`, in `in_flight` threads of each process."""
    return _in_processes(_threads, stand_in, calls, processes, in_flight)


def _in_processes(send: Sender, stand_in: StandIn, calls: int, processes: int, in_flight: int) -> float:
    """From when the first begins until the last has ended; all have started, and begin together.

    A single one is this process.
    """
    shares = [calls * place // processes for place in range(processes + 1)]
    tasks = [Task(stand_in, first, end - first, in_flight) for first, end in pairwise(shares)]
    if processes == 1:
        span = send(tasks[0])
        return span.ended - span.began
    spawned = multiprocessing.get_context("spawn")
    with spawned.Pool(processes, _begin, (spawned.Barrier(processes),)) as pool:
        spans = pool.map(send, tasks, chunksize=1)
    return max(span.ended for span in spans) - min(span.began for span in spans)


_together: list[Barrier] = []


def _begin(barrier: Barrier) -> None:
    _together.append(barrier)


def _wait_for_others() -> None:
    """Until all processes are ready to send."""
    for barrier in _together:
        barrier.wait()


class _Token:
    """The token that is at hand."""

    def __init__(self, value: str) -> None:
        self._value = value

    def at_hand(self) -> str | None:
        return self._value

    async def get(self) -> str:
        return self._value

    async def expire(self, value: str) -> None:
        raise RuntimeError("the stand-in refused its own token")


def _bare(task: Task, *, by_library: bool) -> Span:
    plugin = Registry.load()[TYPE]
    given = {"appid": "wx0123456789abcdef", "secret": "s", "base_url": task.stand_in.url}
    settings = plugin.settings_schema().load(given)
    content = plugin.message_schema().load(dict(MESSAGE))
    token = _Token(task.stand_in.token)

    async def send_all() -> Span:
        left = iter(range(task.first, task.first + task.number))
        async with LoopDriver(in_flight=task.in_flight, by_library=by_library) as driver:

            async def caller() -> None:
                for number in left:
                    outbound = Outbound(address=openid(number), content=content, repeat_id="")
                    await driver.run(plugin.send(settings, outbound), token=token)

            _wait_for_others()
            began = time.monotonic()
            async with asyncio.TaskGroup() as group:
                for _ in range(task.in_flight):
                    group.create_task(caller())
            return Span(began, time.monotonic())

    return asyncio.run(send_all())


def _threads(task: Task) -> Span:
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=task.in_flight))

    def send(number: int) -> None:
        body = json.dumps({"touser": openid(number), **MESSAGE})
        url, token = task.stand_in.url, task.stand_in.token
        reply = session.post(f"{url}{SEND}", params={"access_token": token}, data=body, timeout=TIMEOUT)
        if reply.json()["errcode"] != 0:
            raise RuntimeError(reply.text)

    _wait_for_others()
    began = time.monotonic()
    with ThreadPoolExecutor(task.in_flight) as pool:
        list(pool.map(send, range(task.first, task.first + task.number)))
    return Span(began, time.monotonic())

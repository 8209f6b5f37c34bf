"""How many deliveries a second leave the gateway, beside what the same machine does without it.

In turns, against the same stand-in for the provider, so that a busy machine is as hard on one as on the others:

- the gateway, as `ums bench` runs it: queue, ledger, flight recorder, every result committed;
- the ceiling: the same calls through the same transport, in as many processes, with no bookkeeping at all;
- what one would write oneself: `requests` in a pool of threads, in as many processes, with nothing kept.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import requests

from ums.cli.bench import course
from ums.cli.bench.stage import Load, staged
from ums.provider.loop_driver import LoopDriver
from ums.registry import Registry
from ums.sdk.plugin import Outbound

THREADS = 64
SEND = "/cgi-bin/message/subscribe/send"
SHARE = 20
"""The threads send only so small a part of the messages: they are that much slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Calls a second, each in its turn."""

    gateway: float
    ceiling: float
    threads: float
    cpu_us_per_delivery: float


class Task(NamedTuple):
    """What one process is to send: `number` messages from the number `first` on."""

    url: str
    token: str
    first: int
    number: int
    in_flight: int


def measure(load: Load, rounds: int) -> list[Round]:
    """Some rounds of all three."""
    return [_round(load) for _ in range(rounds)]


def figures(rounds: Sequence[Round]) -> dict[str, float]:
    """Medians, and of the ratios the spread, from the least to the most."""
    to_ceiling = [one.gateway / one.ceiling for one in rounds]
    to_threads = [one.gateway / one.threads for one in rounds]
    return {
        "deliveries_per_second": round(statistics.median(one.gateway for one in rounds)),
        "cpu_us_per_delivery": round(statistics.median(one.cpu_us_per_delivery for one in rounds), 1),
        "bare_calls_per_second": round(statistics.median(one.ceiling for one in rounds)),
        "threads_per_second": round(statistics.median(one.threads for one in rounds)),
        "ratio": round(statistics.median(to_ceiling), 2),
        "ratio_least": round(min(to_ceiling), 2),
        "ratio_most": round(max(to_ceiling), 2),
        "ratio_to_threads": round(statistics.median(to_threads), 2),
        "ratio_to_threads_least": round(min(to_threads), 2),
        "ratio_to_threads_most": round(max(to_threads), 2),
    }


def _round(load: Load) -> Round:
    with staged(load) as stage:
        measured = course.run(stage, lambda done, total: None)
        if measured.faults:
            raise RuntimeError("; ".join(measured.faults))
    with staged(load) as stage:
        url = stage.stand_in()
        ceiling = _in_processes(_bare, url, load, load.recipients)
        threads = _in_processes(_threads, url, load, max(load.recipients // SHARE, THREADS * load.senders))
    cpu = measured.document()["cpu_us_per_delivery"]
    return Round(
        gateway=measured.deliveries_per_second,
        ceiling=ceiling,
        threads=threads,
        cpu_us_per_delivery=float(str(cpu)),
    )


def _in_processes(send: Callable[[Task], float], url: str, load: Load, number: int) -> float:
    """Calls a second of as many processes as the gateway sends with."""
    token = str(requests.post(f"{url}/cgi-bin/stable_token", json={}, timeout=10).json()["access_token"])
    each = number // load.senders
    tasks = [Task(url, token, place * each, each, load.in_flight) for place in range(load.senders)]
    with multiprocessing.get_context("spawn").Pool(load.senders) as pool:
        return sum(pool.map(send, tasks))


def _openid(number: int) -> str:
    return f"o{number:027d}"


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


def _bare(task: Task) -> float:
    """Calls a second by the gateway's own transport and plugin."""
    plugin = Registry.load()[course.TYPE]
    settings = plugin.settings_schema().load({"appid": "wx0123456789abcdef", "secret": "s", "base_url": task.url})
    content = plugin.message_schema().load(dict(course.MESSAGE))
    token = _Token(task.token)

    async def send_all() -> float:
        left = iter(range(task.first, task.first + task.number))
        async with LoopDriver(in_flight=task.in_flight) as driver:

            async def caller() -> None:
                for number in left:
                    outbound = Outbound(address=_openid(number), content=content, repeat_id="")
                    await driver.run(plugin.send(settings, outbound), token=token)

            start = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for _ in range(task.in_flight):
                    group.create_task(caller())
            return task.number / (time.perf_counter() - start)

    return asyncio.run(send_all())


def _threads(task: Task) -> float:
    """Calls a second by `requests`, a session for all of a process's threads."""
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=THREADS))

    def send(number: int) -> None:
        body = json.dumps({"touser": _openid(number), **course.MESSAGE})
        reply = session.post(f"{task.url}{SEND}", params={"access_token": task.token}, data=body, timeout=10)
        if reply.json()["errcode"] != 0:
            raise RuntimeError(reply.text)

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, range(task.first, task.first + task.number)))
    return task.number / (time.perf_counter() - start)

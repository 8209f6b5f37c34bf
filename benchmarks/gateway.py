"""Runs `ums bench`, as anybody would, and reads its figures."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import click

from ums.cli.bench.command import bench as command
from ums.domain.commands import Json

BENCH = (sys.executable, "-m", "ums.cli", "bench")
EMBEDDED, CELERY = "embedded", "celery"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
START_SECONDS = 120.0
"""For processes that start, tables that are made and people that are made up, whatever is sent."""
SLOWEST = 200.0
"""Deliveries a second at least: slower is given up."""
STOP_SECONDS = 60.0


class BenchFailed(Exception):
    """`ums bench` gave no figures, or its figures don't count; the text says why."""


class TooSlow(BenchFailed):
    """There was no time to wait for its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One measured send. `in_flight` is of each process; `database_url` is a PostgreSQL server's, or empty.

    `broker_url` is for the engine that needs one.
    """

    recipients: int
    processes: int
    latency_ms: float = 50.0
    in_flight: int | None = None
    engine: str = EMBEDDED
    database_url: str = ""
    broker_url: str = ""

    def arguments(self) -> tuple[str, ...]:
        """The options of `ums bench`."""
        return tuple(self._arguments())

    def _arguments(self) -> Iterator[str]:
        yield f"--recipients={self.recipients}"
        yield f"--latency-ms={self.latency_ms:g}"
        yield f"--{'senders' if self.engine == EMBEDDED else 'workers'}={self.processes}"
        if self.engine != EMBEDDED:
            yield f"--engine={self.engine}"
            if self.broker_url and "--broker-url" in _options():
                yield f"--broker-url={self.broker_url}"
        if self.in_flight is not None:
            yield f"--in-flight={self.in_flight}"
        if self.database_url:
            yield f"--database-url={self.database_url}"


def bench(run: Run, at_most: float = math.inf) -> Mapping[str, Json]:
    """The figures of one send. Raises BenchFailed, and TooSlow where it isn't done after `at_most` seconds."""
    seconds = min(START_SECONDS + run.recipients / SLOWEST, at_most)
    # in a session of its own: Ctrl-C is ours, and reaches it once
    process = subprocess.Popen(
        (*BENCH, *run.arguments(), "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise TooSlow(f"not done after {seconds:.0f} seconds") from None
    finally:
        _end(process)
    figures = _document(output)
    if figures is None or process.returncode:
        raise BenchFailed(_reason(figures or {}, errors or output, process.returncode))
    return figures


def _end(process: subprocess.Popen[str]) -> None:
    """Let it remove what it has made."""
    if process.poll() is None:
        process.terminate()
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def engines() -> frozenset[str]:
    """The engines that this version's `ums bench` knows."""
    kinds = [option.type for option in command.params if option.name == "engine"]
    return frozenset(choice for kind in kinds if isinstance(kind, click.Choice) for choice in kind.choices)


def _options() -> frozenset[str]:
    """What this version's `ums bench` can be told."""
    return frozenset(word for option in command.params for word in option.opts)


def number(figures: Mapping[str, Json], name: str) -> float:
    """One figure."""
    return float(str(figures[name]))


def _document(text: str) -> Mapping[str, Json] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "deliveries_per_second" in found else None


def _reason(figures: Mapping[str, Json], said: str, status: int) -> str:
    faults = figures.get("faults")
    if isinstance(faults, list) and faults:
        return "; ".join(map(str, faults))
    lines = said.strip().splitlines()
    return lines[-1] if lines else f"status {status}"

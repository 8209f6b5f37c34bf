"""The processes of a measurement: real ones, as they run in an installation, on a scratch home."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ums.cli.children import DIE_WITH_PARENT, Child, ChildFailed
from ums.dispatch.engines import broker
from ums.domain.commands import Json
from ums.domain.errors import Problem
from ums.settings import CELERY, LOCAL, Settings, environment
from ums.store.scratch import scratch_database
from ums.store.sealing import Sealer, secret_key

START_SECONDS = 60.0
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.05
LOG_LINES = 20


EMBEDDED = "embedded"


class BenchFailed(Problem):
    """Nothing was measured; the text says what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How a measurement is to run; `beside` is whether single sends are posted meanwhile.

    `senders` are the processes that make the calls; where the engine is celery, another one publishes.
    """

    recipients: int
    latency_ms: float
    senders: int
    in_flight: int
    beside: bool = False
    engine: str = EMBEDDED
    server: str = ""
    """A PostgreSQL server, by any database on it, where a scratch one is made; empty for SQLite."""
    broker: str = ""
    """The URL of the distributed engine's broker."""

    @property
    def database(self) -> str:
        """The kind of database."""
        return "postgresql" if self.server else "sqlite"


@dataclass(frozen=True, slots=True)
class Sender:
    """A sending process; what it says of itself stands in its log."""

    child: Child
    log: Path
    role: str = "worker"

    def await_start(self) -> None:
        """Raises BenchFailed where it doesn't begin to send."""
        give_up = time.monotonic() + START_SECONDS
        while self._line(f"{self.role}_started") is None:
            if self.child.wait(LOOK_SECONDS) is not None or time.monotonic() > give_up:
                raise BenchFailed(f"A sending process did not start.\n{last_lines(self.log)}")

    def ended(self) -> Mapping[str, Json]:
        """End it; its account of what it did. Raises BenchFailed where it gives none."""
        self.child.stop(STOP_SECONDS)
        line = self._line(f"{self.role}_ended")
        if line is None:
            raise BenchFailed(f"A sending process did not end as it should.\n{last_lines(self.log)}")
        return line

    def _line(self, action: str) -> Mapping[str, Json] | None:
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        found = (json.loads(line) for line in lines if f'"{action}"' in line)
        return next((line for line in found if line.get("action") == action), None)


class Stage:
    """A scratch home, and on PostgreSQL a scratch database, and what runs there; everything ends with it."""

    def __init__(self, home: Path, load: Load, stack: ExitStack) -> None:
        self.load = load
        database_url = stack.enter_context(scratch_database(load.server)) if load.server else ""
        self.settings = Settings(
            home=home,
            database_url=database_url,
            in_flight=load.in_flight,
            web_processes=1,
            senders=load.senders,
            log_level="warning",
        )
        self._stack = stack
        given = {
            "home": home,
            "database_url": database_url,
            "broker_url": load.broker,
            "engine": LOCAL if load.engine == EMBEDDED else load.engine,
            "in_flight": load.in_flight,
            "web_processes": 1,
            "port": 0,
            "log_format": "json",
        }
        self._environ = environment({name: str(value) for name, value in given.items()}, alone=True)

    def stand_in(self) -> str:
        """Start what stands in for the provider; its address."""
        return self._address("sandbox", "-m", "sandbox", "--lean", f"--latency-ms={self.load.latency_ms}", "--json")

    def web(self) -> str:
        """Start the web side; its address."""
        return self._address("web", "-m", "ums.cli", "web", "--host=127.0.0.1", "--json")

    def senders(self) -> list[Sender]:
        """Start the sending processes; they have begun when this returns."""
        if self.load.engine == CELERY:
            mark = Sealer(secret_key("", self.settings.home)).mark
            self._stack.callback(broker.clear, self.load.broker, mark)
        senders = [self._sender(f"worker-{place}", f"--place={place}") for place in range(self.load.senders)]
        if self.load.engine == CELERY:
            senders.append(self._sender("publisher", "--publishes", role="publisher"))
        for sender in senders:
            sender.await_start()
        return senders

    def _sender(self, name: str, *words: str, role: str = "worker") -> Sender:
        return Sender(self._start(name, "-m", "ums.cli", "worker", *words), self._log(name), role)

    def _address(self, name: str, *arguments: str) -> str:
        try:
            return str(self._start(name, *arguments).ready(START_SECONDS)["url"])
        except ChildFailed as error:
            raise BenchFailed(f"The {name} did not start: it {error}.\n{last_lines(self._log(name))}") from error

    def _start(self, name: str, *arguments: str) -> Child:
        command = (sys.executable, *arguments, DIE_WITH_PARENT)
        child = Child(command, environ=self._environ, log=self._log(name))
        self._stack.callback(child.stop, STOP_SECONDS)
        return child

    def _log(self, name: str) -> Path:
        return self.settings.home / f"{name}.log"


@contextmanager
def staged(load: Load) -> Iterator[Stage]:
    """A stage in a scratch directory, which is removed in the end, whatever happens."""
    with (
        tempfile.TemporaryDirectory(prefix="ums-bench-", ignore_cleanup_errors=True) as home,
        ExitStack() as stack,
    ):
        yield Stage(Path(home), load, stack)


def last_lines(log: Path) -> str:
    """The end of a log, for a message."""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-LOG_LINES:]) if log.exists() else ""

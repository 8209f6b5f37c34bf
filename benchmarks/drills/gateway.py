"""The gateway's processes as an installation runs them, under somebody who starts them anew as systemd would."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.drills.plan import LOCAL
from ums.cli.children import DIE_WITH_PARENT, Child, ChildFailed

START_SECONDS = 90.0
STOP_SECONDS = 20.0
AGAIN_SECONDS = 1.0
OWN = (sys.executable, "-m", "ums.cli")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Unit:
    """One process of which another is started where it ended: `ums serve`, or a `ums worker`."""

    def __init__(self, words: tuple[str, ...], environ: Mapping[str, str], log: Path, *, tells: bool) -> None:
        self._command = (*OWN, *words, DIE_WITH_PARENT)
        self._environ, self._log, self._tells = environ, log, tells
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Start it, as often as it takes: the port of one that was killed may be its orphans' for a while."""
        give_up = time.monotonic() + START_SECONDS
        while True:
            self._child = Child(self._command, environ=self._environ, log=self._log)
            try:
                if self._tells:
                    self._child.ready(START_SECONDS)
                return
            except ChildFailed:
                self._child.stop(0)
                if time.monotonic() > give_up:
                    raise
                time.sleep(AGAIN_SECONDS)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def await_end(self, seconds: float) -> int | None:
        """Its exit status, or None where it still runs then."""
        assert self._child is not None
        return self._child.wait(seconds)

    def stop(self) -> None:
        """End it for good."""
        if self._child is not None:
            self._child.stop(STOP_SECONDS)


class Gateway:
    """`ums serve` on a port of its own and, where an engine carries batches, `workers` beside it."""

    def __init__(self, home: Path, engine: str, environ: Mapping[str, str], workers: int = 0) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        engines = () if engine == LOCAL else ("--engine", engine)
        serving = ("serve", "--host", "127.0.0.1", "--port", str(self.port), "--json", *engines)
        self.serve = Unit(serving, environ, home / "serve.log", tells=True)
        self.workers = [
            Unit(("worker", *engines), environ, home / f"worker-{number}.log", tells=False)
            for number in range(workers)
        ]

    @property
    def units(self) -> list[Unit]:
        return [self.serve, *self.workers]

    def start(self) -> None:
        for unit in self.units:
            unit.start()

    def stop(self) -> None:
        for unit in self.units:
            unit.stop()

    def processes(self) -> list[int]:
        """All of them that run, the first web process first."""
        return [pid for unit in self.units for pid in (unit.pid, *descendants(unit.pid)) if lives(pid)]

    def senders(self) -> list[int]:
        """Those that make calls."""
        found = [pid for pid in descendants(self.serve.pid) if b"worker" in _command_line(pid)]
        return found + [unit.pid for unit in self.workers]

    def kill(self, pid: int) -> None:
        """kill -9 of one; its parent starts another, or we do."""
        os.kill(pid, signal.SIGKILL)
        for unit in self.units:
            if unit.pid == pid:
                unit.await_end(STOP_SECONDS)
                unit.start()


def lives(pid: int) -> bool:
    """Whether it runs, and isn't only waited for."""
    return (_parent_and_state(pid) or (0, "Z"))[1] not in "ZX"


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    found = [other for other in everybody if (_parent_and_state(other) or (0, ""))[0] == pid]
    return found + [grandchild for child in found for grandchild in descendants(child)]


def _parent_and_state(pid: int) -> tuple[int, str] | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), fields[0]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""

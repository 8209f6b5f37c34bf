"""A gateway on a scratch home, as a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ums.cli.children import DIE_WITH_PARENT, Child
from ums.clock import SystemClock
from ums.registry import Registry
from ums.services.gateway import Gateway
from ums.settings import Settings, environment
from ums.store import schema

KEY = "a key for this measurement only"
START_SECONDS = 60.0
STOP_SECONDS = 20.0


@contextmanager
def prepared(home: Path) -> Iterator[Gateway]:
    """A gateway with empty tables in `home`, to set up what is measured and to look at what came of it."""
    gateway = Gateway.open(Settings(home=home, secret_key=KEY), Registry.load(), SystemClock())
    schema.upgrade(gateway.database.engine)
    yield gateway
    gateway.close()


@contextmanager
def served(home: Path, processes: int, threads: int, *, sends: bool = False) -> Iterator[str]:
    """`ums web`, or `ums serve` where it `sends` as well, on what has been prepared in `home`; its address.

    Raises ChildFailed where it doesn't start.
    """
    settings = {
        "home": str(home),
        "secret_key": KEY,
        "port": "0",
        "web_processes": str(processes),
        "web_threads": str(threads),
        "log_level": "warning",
    }
    command = (sys.executable, "-m", "ums.cli", "serve" if sends else "web", "--json", DIE_WITH_PARENT)
    environ = environment(settings, alone=True)
    child = Child(command, environ=environ, log=home / "served.log")
    try:
        yield str(child.ready(START_SECONDS)["url"])
    finally:
        child.stop(STOP_SECONDS)

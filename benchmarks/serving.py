"""The web side on a scratch database, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ums.clock import SystemClock
from ums.registry import Registry
from ums.services.gateway import Gateway
from ums.settings import Settings, environment
from ums.store import schema

KEY = "a key for this measurement only"


@contextmanager
def prepared(home: Path) -> Iterator[Gateway]:
    """A gateway with empty tables in `home`, to set up what is measured and to look at what came of it."""
    gateway = Gateway.open(Settings(home=home, secret_key=KEY), Registry.load(), SystemClock())
    schema.upgrade(gateway.database.engine)
    yield gateway
    gateway.close()


@contextmanager
def served(home: Path, processes: int, threads: int) -> Iterator[str]:
    """`ums web` on what has been prepared in `home`; its address."""
    settings = {
        "home": str(home),
        "secret_key": KEY,
        "port": "0",
        "web_processes": str(processes),
        "web_threads": str(threads),
    }
    command = [str(Path(sys.executable).with_name("ums")), "web"]
    environ = environment(settings, alone=True)
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as web:
        yield _address(web)
        web.terminate()


def _address(web: subprocess.Popen[str]) -> str:
    """Where it listens, as its first line says."""
    assert web.stdout is not None
    for line in web.stdout:
        for word in line.split():
            if word.startswith("http://"):
                return word.rstrip(".,")
    raise RuntimeError("ums web did not come up")

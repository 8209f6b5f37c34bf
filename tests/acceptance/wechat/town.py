"""The whole installation: gateway on a real socket, sending process, the platform, and a clock that can leap."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from click.testing import CliRunner, Result

from sandbox.client import SandboxClient
from sandbox.inprocess import running
from tests.databases import databases
from tests.migrated import migrate
from ums.app import create_app
from ums.cli import main
from ums.cli.serving.web import Web, listening
from ums.dispatch.loop import Dispatcher
from ums.dispatch.timer import Timer
from ums.domain.commands import Json
from ums.registry import Registry
from ums.services.gateway import Gateway
from ums.settings import Settings

PATIENCE = 30.0
"""Seconds that a test waits for something that should come at once."""

Document = dict[str, Json]


class LeapingClock:
    """The machine's clock, until it is told to leap."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return time.time() + self._ahead

    def leap(self, seconds: float) -> None:
        self._ahead += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Where the gateway and the platform are, and the command line of the same installation.

    `gateway` is for setting up what a test begins with; what comes of it is looked at from outside.
    """

    home: Path
    gateway: Gateway
    url: str
    clock: LeapingClock
    sandbox: SandboxClient

    @property
    def environment(self) -> dict[str, str]:
        """What `ums` finds this installation by."""
        return {"UMS_HOME": str(self.home), "UMS_DATABASE_URL": self.gateway.settings.database_url}

    def ums(self, *words: str, given: str | None = None) -> Result:
        """Run `ums …` on this installation."""
        return CliRunner().invoke(main, words, input=given, env=self.environment)

    def told(self, *words: str, status: int = 0, given: str | None = None) -> Document:
        """What `ums … --json` says; it must end with `status`."""
        result = self.ums(*words, "--json", given=given)
        assert result.exit_code == status, result.output
        document = json.loads(result.stdout)
        assert isinstance(document, dict)
        return document


@contextmanager
def town(home: Path, *, sends: bool = True) -> Iterator[Town]:
    """Everything running, on an empty database in `home`; without `sends` no sending process."""
    clock = LeapingClock()
    with listening("127.0.0.1", 0) as listener:
        settings = Settings(
            home=home, database_url=databases.url(home), port=listener.getsockname()[1], log_level="error"
        )
        app = create_app(settings, Registry.load(), clock)
        gateway = app.extensions["ums"]
        assert isinstance(gateway, Gateway)
        migrate(gateway.database)
        web = Web(app, listener, settings)
        with (
            running() as sandbox_url,
            SandboxClient(sandbox_url) as sandbox,
            _in_a_thread(_serve(web), web.stop),
            _sending(gateway.settings, clock) if sends else nullcontext(),
        ):
            sandbox.control("PUT", "pushes", {"retry_delay_ms": 50})
            yield Town(home=home, gateway=gateway, url=settings.address, clock=clock, sandbox=sandbox)
        gateway.close()


def _serve(web: Web) -> Callable[[], None]:
    def serve() -> None:
        web.run()
        web.finish()

    return serve


@contextmanager
def _in_a_thread(life: Callable[[], None], stop: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=life)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(PATIENCE)
    assert not thread.is_alive()


@contextmanager
def _sending(settings: Settings, clock: LeapingClock) -> Iterator[None]:
    """A sending process with its clock, in a thread, on a gateway of its own."""
    begun = threading.Event()
    stops: list[Callable[[], object]] = []
    gateway = Gateway.open(replace(settings, grace_seconds=2.0), Registry.load(), clock)

    async def send() -> None:
        dispatcher, loop = Dispatcher(gateway), asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(dispatcher.stop))
        begun.set()
        await dispatcher.run()

    timer = Timer(gateway)
    with _in_a_thread(lambda: asyncio.run(send()), lambda: stops[0]()):
        assert begun.wait(PATIENCE)
        timer.start()
        try:
            yield
        finally:
            timer.stop()
    gateway.close()


def eventually(holds: Callable[[], bool]) -> None:
    """Return as soon as `holds` does; the test fails where it never does."""
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up, f"still not so after {PATIENCE:.0f} seconds"
        time.sleep(0.04)

"""The demo's two servers, each a child process on a free loopback port, in a scratch home."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ums.cli.children import DIE_WITH_PARENT, Child, ChildFailed
from ums.cli.demo.client import DemoFailed
from ums.settings import Settings, environment

START_SECONDS = 60.0
STOP_SECONDS = 15.0
TURN_SECONDS = 0.5
LOG_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where everything runs: the gateway's settings and the addresses of both servers."""

    settings: Settings
    gateway_url: str
    sandbox_url: str
    children: tuple[Child, ...]

    @property
    def gateway_log(self) -> Path:
        return self.settings.home / "gateway.log"

    def wait(self) -> None:
        """Returns only when one of the servers has ended."""
        while all(child.wait(TURN_SECONDS) is None for child in self.children):
            continue


@contextmanager
def scratch_home() -> Iterator[Path]:
    """A directory for the demo's data, removed in the end."""
    with tempfile.TemporaryDirectory(prefix="ums-demo-", ignore_cleanup_errors=True) as home:
        yield Path(home)


@contextmanager
def raised(home: Path, latency_ms: float) -> Iterator[Stage]:
    """The sandbox and the gateway, running; both end with the block. Raises DemoFailed."""
    sandbox = ("-m", "sandbox", f"--latency-ms={latency_ms}", "--json", DIE_WITH_PARENT)
    gateway = ("-m", "ums.cli", "serve", "--host=127.0.0.1", "--port=0", "--json", DIE_WITH_PARENT)
    with _started("sandbox", sandbox, home) as first, _started("gateway", gateway, home) as second:
        sandbox_url, gateway_url = _address(first, "sandbox", home), _address(second, "gateway", home)
        port = gateway_url.rsplit(":", 1)[1]
        yield Stage(
            settings=Settings.load({"UMS_HOME": str(home), "UMS_HOST": "127.0.0.1", "UMS_PORT": port}),
            gateway_url=gateway_url,
            sandbox_url=sandbox_url,
            children=(first, second),
        )


@contextmanager
def _started(name: str, arguments: Sequence[str], home: Path) -> Iterator[Child]:
    child = Child(
        (sys.executable, *arguments), environ=environment({"home": str(home)}, alone=True), log=home / f"{name}.log"
    )
    try:
        yield child
    finally:
        child.stop(STOP_SECONDS)


def _address(child: Child, name: str, home: Path) -> str:
    try:
        return str(child.ready(START_SECONDS)["url"])
    except ChildFailed as error:
        raise DemoFailed(f"The {name} did not start: it {error}.\n{last_lines(home / f'{name}.log')}") from error


def last_lines(log: Path) -> str:
    """The end of a log, for a message."""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-LOG_LINES:]) if log.exists() else ""

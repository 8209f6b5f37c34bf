"""The provider's stand-in, in lean mode: a process of its own that counts calls and the people they are for."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import requests

from ums.cli.children import DIE_WITH_PARENT, Child
from ums.domain.commands import Json

SEND = "/cgi-bin/message/subscribe/send"
TYPE = "wechatmp"
TEMPLATE = "bench_appointment_000000000000000000000001"
MESSAGE: Mapping[str, Json] = {
    "template_id": TEMPLATE,
    "data": {"thing1": {"value": "Check-up"}, "date2": {"value": "2026-12-01"}, "number3": {"value": "7"}},
}
START_SECONDS = 30.0
TIMEOUT = 10.0


class Counted(NamedTuple):
    """Messages taken, and the different people they went to."""

    sent: int
    openids: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """Where it listens, the token it takes, and how long each answer takes."""

    url: str
    token: str
    latency: float

    def counted(self) -> Counted:
        found = requests.get(f"{self.url}/_sandbox/calls/count", timeout=TIMEOUT).json()
        return Counted(int(found["sent"]), int(found["openids"]))

    def forget(self) -> None:
        """Count anew."""
        requests.delete(f"{self.url}/_sandbox/calls", timeout=TIMEOUT).raise_for_status()


def openid(number: int) -> str:
    """The address of the person with this number."""
    return f"o{number:027d}"


@contextmanager
def standing_in(latency_ms: float) -> Iterator[StandIn]:
    """Runs until the block ends. Raises ChildFailed where it doesn't start."""
    command = (sys.executable, "-m", "sandbox", "--lean", f"--latency-ms={latency_ms}", "--json", DIE_WITH_PARENT)
    with (
        tempfile.TemporaryDirectory(prefix="ums-stand-in-") as home,
        Child(command, log=Path(home) / "stand-in.log") as child,
    ):
        url = str(child.ready(START_SECONDS)["url"])
        given = requests.post(f"{url}/cgi-bin/stable_token", json={}, timeout=TIMEOUT).json()
        yield StandIn(url=url, token=str(given["access_token"]), latency=latency_ms / 1000)

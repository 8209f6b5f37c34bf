"""How soon a message of high priority reaches the provider while a broadcast is expanded and sent.

`python -m benchmarks lanes [--recipients N] [--pace N] [--seconds N] [--json]`: single messages of priority 1 are
posted all the while on the channel of the broadcast (priority 3). Each is measured from the moment in which it is
posted to the one in which the provider's stand-in has read it. With `--pace` the channel may make so few calls a
second that its bucket is always empty. The status is 1 where one in a hundred took longer than a second.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

import requests

from benchmarks.figures import tell
from sandbox.lean.tally import ARRIVALS, WATCHED
from ums.cli.bench import course
from ums.cli.bench.stage import Load, Stage, staged
from ums.cli.opening import make_ready, opened_gateway
from ums.client import Client
from ums.domain.message import MessageStatus
from ums.services import messages
from ums.services.applications import Credentials
from ums.services.gateway import Gateway
from ums.settings import Settings

BETWEEN = 0.1
"""Seconds between two of the single messages."""
BOUND_MS = 1000.0
LAST_SECONDS = 10.0
"""How long the last of them are waited for."""


class Drill(NamedTuple):
    """What is to be measured; `pace` 0: as fast as it goes."""

    recipients: int
    pace: float
    seconds: float


class Lateness(NamedTuple):
    """How long the single messages took, in milliseconds, and how many of them never came."""

    took: Sequence[float]
    lost: int
    while_expanding: int
    broadcast: int


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks lanes", description=__doc__)
    parser.add_argument("--recipients", type=int, default=1_000_000)
    parser.add_argument("--latency-ms", type=int, default=50)
    parser.add_argument("--pace", type=float, default=0.0, help="calls a second; 0: as fast as it goes")
    parser.add_argument("--seconds", type=float, default=120.0, help="for so long, or until the broadcast is sent")
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args(arguments)
    usual = Settings()
    load = Load(
        recipients=given.recipients, latency_ms=given.latency_ms, senders=usual.senders, in_flight=usual.in_flight
    )
    with staged(load) as stage:
        found = measure(stage, Drill(given.recipients, given.pace, given.seconds))
    shown = figures(found)
    tell({"recipients": given.recipients, "pace": given.pace, **shown}, as_json=given.json)
    sys.exit(found.lost > 0 or shown["p99_ms"] > BOUND_MS)


def figures(found: Lateness) -> dict[str, float]:
    """What is printed."""
    cuts = statistics.quantiles(found.took, n=100, method="inclusive")
    return {
        "messages": len(found.took),
        "never_came": found.lost,
        "while_expanding": found.while_expanding,
        "broadcast_sent": found.broadcast,
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "most_ms": round(max(found.took), 1),
    }


def measure(stage: Stage, drill: Drill) -> Lateness:
    """One broadcast, with single messages beside it."""
    provider = stage.stand_in()
    make_ready(stage.settings)
    with opened_gateway(stage.settings) as gateway:
        credentials = course.set_up(gateway, provider, drill.recipients, drill.pace or course.RATE)
        url = stage.web()
        stage.senders()
        with Client(url, credentials.key, credentials.master_secret) as api:
            msgid = api.broadcast(msg_wechatmp=[course.MESSAGE])["msgid"]
            posted, expanding = _posted(gateway, url, credentials, msgid, drill.seconds)
    came = _arrivals(provider, len(posted))
    sent = int(requests.get(f"{provider}/_sandbox/calls/count", timeout=10).json()["sent"])
    took = [(came[openid] - at) * 1000 for openid, at in posted.items() if openid in came]
    return Lateness(took, len(posted) - len(took), expanding, sent - len(took))


def _posted(
    gateway: Gateway, url: str, credentials: Credentials, msgid: str, seconds: float
) -> tuple[dict[str, float], int]:
    """Post single messages until the broadcast is sent or the time is over: when each was, and how many of them
    while the broadcast was still being expanded."""
    posted: dict[str, float] = {}
    expanding = 0
    give_up = time.monotonic() + seconds
    with Client(url, credentials.key, credentials.master_secret) as api:
        while time.monotonic() < give_up:
            status = messages.status(gateway, msgid)
            if status is MessageStatus.DONE:
                break
            expanding += status is MessageStatus.EXPANDING
            openid = f"{WATCHED}{len(posted):020d}"
            posted[openid] = time.time()
            api.sent(aud_wechatmp=[{"data": [openid]}], msg_wechatmp=[course.MESSAGE], option={"priority": 1})
            time.sleep(BETWEEN)
    return posted, expanding


def _arrivals(provider: str, wanted: int) -> dict[str, float]:
    """When each of them came; the last are waited for."""
    give_up = time.monotonic() + LAST_SECONDS
    while True:
        came: dict[str, float] = requests.get(f"{provider}{ARRIVALS}", timeout=10).json()["arrivals"]
        if len(came) >= wanted or time.monotonic() > give_up:
            return came
        time.sleep(0.2)

"""One measured send: from the accepted call of the API to the last committed result."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests

from ums.cli.bench.figures import Counted, Measured, Spent
from ums.cli.bench.stage import BenchFailed, Sender, Stage
from ums.cli.opening import make_ready, opened_gateway
from ums.cli.screen import Meter
from ums.client import Client
from ums.domain.commands import Json
from ums.domain.message import MessageStatus
from ums.domain.policy import Policy
from ums.services import applications, channels, messages
from ums.services.applications import Credentials
from ums.services.gateway import Gateway
from ums.store import crowd

APPLICATION, CHANNEL, TYPE = "bench", "wechatmp123", "wechatmp"
TEMPLATE = "bench_appointment_000000000000000000000001"
MESSAGE: Mapping[str, Json] = {
    "template_id": TEMPLATE,
    "data": {"thing1": {"value": "Check-up"}, "date2": {"value": "2026-12-01"}, "number3": {"value": "7"}},
}
RATE = 1_000_000.0
"""Calls a second that the channel's pace allows: it is asked at every claim, and never holds anything back."""
POLL_SECONDS = 0.02
"""Between two looks at the message, once the provider has counted all."""
WATCH_SECONDS = 0.25
"""The longest time between two looks before: fifty a second cost a tenth of a processor, of those that send."""
WATCH_SHARE = 0.02
"""Of the time that has passed, so that few messages are measured as well as many."""
BESIDE_SECONDS = 0.01
"""Between two of the sends beside the broadcast."""
STALLED_SECONDS = 60.0
"""Without any call for so long, it has failed."""


def run(stage: Stage, advance: Meter) -> Measured:
    """Set everything up, send, and count. Raises BenchFailed."""
    provider = stage.stand_in()
    make_ready(stage.settings)
    with opened_gateway(stage.settings) as gateway:
        credentials = set_up(gateway, provider, stage.load.recipients)
        url = stage.web()
        senders = stage.senders()
        with Client(url, credentials.key, credentials.master_secret) as api:
            start = time.perf_counter()
            msgid = api.broadcast(msg_wechatmp=[MESSAGE])["msgid"]
            with _sends_beside(url, credentials, wanted=stage.load.beside) as api_seconds:
                _await_end(gateway, msgid, _Watch(provider, stage.load.recipients, advance))
                seconds = time.perf_counter() - start
            return Measured(
                load=stage.load,
                seconds=seconds,
                spent=[_spent(sender) for sender in senders],
                counted=_counted(provider),
                counts=api.message(msgid)["counts"],
                api_seconds=api_seconds,
            )


def set_up(gateway: Gateway, provider: str, recipients: int, rate: float = RATE) -> Credentials:
    """An application, its channel at `provider`, and so many people with a credit each."""
    credentials = applications.add(gateway, APPLICATION, policy=Policy(rate_limit=0))
    settings = {"appid": "wx0123456789abcdef", "secret": "s" * 32, "base_url": provider}
    channels.add(gateway, CHANNEL, TYPE, settings, [APPLICATION])
    with gateway.database.write() as session:
        crowd.fill(session, CHANNEL, TYPE, TEMPLATE, size=recipients, rate=rate, now=gateway.clock.now())
    return credentials


@contextmanager
def _sends_beside(url: str, credentials: Credentials, *, wanted: bool) -> Iterator[list[float]]:
    """Posts single sends until the block ends; how long each took. They are for nobody: no count changes."""
    taken: list[float] = []
    stop = threading.Event()

    def post() -> None:
        with Client(url, credentials.key, credentials.master_secret) as api:
            while not stop.wait(BESIDE_SECONDS):
                start = time.perf_counter()
                api.sent(aud_userid=["nobody"], msg_wechatmp=[MESSAGE])
                taken.append(time.perf_counter() - start)

    thread = threading.Thread(target=post, name="beside")
    if wanted:
        thread.start()
    try:
        yield taken
    finally:
        stop.set()
        if wanted:
            thread.join()


class _Watch:
    """Shows how far it has come, by what the provider has counted, and notices when nothing happens any more."""

    def __init__(self, provider: str, recipients: int, advance: Meter) -> None:
        self._provider, self._recipients, self._advance = provider, recipients, advance
        self._began = self._moved_at = self._looked_at = time.monotonic()
        self._sent = 0

    @property
    def pause(self) -> float:
        """Seconds until the next look at the message."""
        if self._sent >= self._recipients:
            return POLL_SECONDS
        return min(max(POLL_SECONDS, WATCH_SHARE * (time.monotonic() - self._began)), WATCH_SECONDS)

    def look(self) -> None:
        """Raises BenchFailed where nothing has been sent for long."""
        now = time.monotonic()
        if now - self._looked_at < WATCH_SECONDS:
            return
        self._looked_at, sent = now, _counted(self._provider).sent
        if sent > self._sent:
            self._sent, self._moved_at = sent, now
            self._advance(min(sent, self._recipients), self._recipients)
        if now - self._moved_at > STALLED_SECONDS:
            raise BenchFailed(f"Nothing has been sent for {STALLED_SECONDS:.0f} seconds, after {sent} messages.")


def _await_end(gateway: Gateway, msgid: str, watch: _Watch) -> None:
    while messages.status(gateway, msgid) is not MessageStatus.DONE:
        watch.look()
        time.sleep(watch.pause)


def _counted(provider: str) -> Counted:
    found = requests.get(f"{provider}/_sandbox/calls/count", timeout=10).json()
    return Counted(int(found["sent"]), int(found["openids"]))


def _spent(sender: Sender) -> Spent:
    line = sender.ended()
    figures = {name: float(str(line.get(name, 0))) for name in ("cpu_seconds", "peak_rss_mb", "commits")}
    return Spent(figures["cpu_seconds"], figures["peak_rss_mb"], int(figures["commits"]))

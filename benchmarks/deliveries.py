"""How many deliveries a second leave the gateway, end to end, against the sandbox on the same machine.

The gateway's own sending process, the real mini program plugin, every result committed. Measured from the
first accepted send to the last settled delivery, and compared with the bare client: the same calls made by
the same event-loop driver, without queue, claims or commits.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, update

from ums.clock import SystemClock
from ums.dispatch import worker
from ums.domain.audience import Audience
from ums.domain.commands import Json, SendMessage
from ums.provider.loop_driver import LoopDriver
from ums.registry import Registry
from ums.sdk.plugin import Outbound
from ums.services import applications, channels, sending, users
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store import schema
from ums.store.models import DeliveryRow, EndpointRow

TEMPLATE = "sandbox_mp_appointment_00000000000000000002"
CONTENT: dict[str, Json] = {
    "template_id": TEMPLATE,
    "data": {"thing1": {"value": "Check-up"}, "date2": {"value": "2026-12-01"}, "number3": {"value": "7"}},
}
APPID = "wx0123456789abcdef"
A_MESSAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Deliveries a second through the gateway and through the bare client."""

    recipients: int
    deliveries_per_second: float
    bare_calls_per_second: float

    @property
    def ratio(self) -> float:
        return self.deliveries_per_second / self.bare_calls_per_second


@contextmanager
def sandbox(latency_ms: int) -> Iterator[str]:
    """The sandbox as a child process; its address."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--latency-ms", str(latency_ms), "--json"]
    with subprocess.Popen([*command, "--keep-calls", "1000"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


def measure(recipients: int, latency_ms: int) -> Measured:
    """One run of each."""
    with sandbox(latency_ms) as url, tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), secret_key="a key for this measurement only")
        gateway = Gateway.open(settings, Registry.load(), SystemClock())
        schema.upgrade(gateway.database.engine)
        application = _set_up(gateway, url, recipients)
        through = _through_the_gateway(gateway, application, recipients)
        bare = asyncio.run(_bare(gateway, recipients))
        gateway.close()
    return Measured(
        recipients=recipients, deliveries_per_second=recipients / through, bare_calls_per_second=recipients / bare
    )


def _set_up(gateway: Gateway, url: str, recipients: int) -> int:
    applications.add(gateway, "bench")
    channels.add(
        gateway, "wechatmp123", "wechatmp", {"appid": APPID, "secret": "s" * 32, "base_url": url}, ["bench"]
    )
    with gateway.database.write() as session:
        session.execute(update(EndpointRow).values(rate=0.0))
    for start in range(0, recipients, A_MESSAGE):
        people: list[Json] = [
            {"userid": f"u{number}", "set": {"wechatmp": {"wechatmp123": _openid(number)}}}
            for number in range(start, min(start + A_MESSAGE, recipients))
        ]
        users.opt(gateway, None, people)
    return applications.by_name(gateway, "bench").id


def _openid(number: int) -> str:
    return f"o{number:027d}"


def _through_the_gateway(gateway: Gateway, application_id: int, recipients: int) -> float:
    """Seconds from the first accepted send to the last settled delivery."""
    process = multiprocessing.get_context("spawn").Process(
        target=worker.run, args=(gateway.settings, Registry.load(), SystemClock())
    )
    process.start()
    time.sleep(2.0)
    start = time.perf_counter()
    for first in range(0, recipients, A_MESSAGE):
        userids = tuple(f"u{number}" for number in range(first, min(first + A_MESSAGE, recipients)))
        sending.send(
            gateway,
            SendMessage(
                application_id=application_id, audience=Audience(userids=userids), contents={"wechatmp": CONTENT}
            ),
        )
    while _open(gateway):
        time.sleep(0.05)
    seconds = time.perf_counter() - start
    process.terminate()
    process.join()
    return seconds


def _open(gateway: Gateway) -> bool:
    with gateway.database.read() as session:
        return bool(session.execute(select(func.count()).where(DeliveryRow.open)).scalar_one())


async def _bare(gateway: Gateway, recipients: int) -> float:
    """Seconds for the same calls without any bookkeeping."""
    account = channels.account(gateway, "wechatmp123")
    content = account.plugin.message_schema().load(CONTENT)
    token = gateway.provider.loop_token(account.plugin, account.settings)
    left = iter(range(recipients))
    async with LoopDriver(in_flight=gateway.settings.in_flight) as driver:

        async def caller() -> None:
            for number in left:
                outbound = Outbound(address=_openid(number), content=content, repeat_id="")
                await driver.run(account.plugin.send(account.settings, outbound), token=token)

        start = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(gateway.settings.in_flight):
                group.create_task(caller())
        return time.perf_counter() - start

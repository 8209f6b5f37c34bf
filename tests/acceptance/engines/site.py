"""An installation of real processes on one engine, with the platform's stand-in that counts what reaches people."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlsplit

import requests
from sqlalchemy import select, text

from tests.acceptance.engines.forwarder import Forwarder
from tests.cli.waiting import eventually
from tests.databases import databases
from tests.migrated import migrate
from ums.cli.bench.course import CHANNEL, TEMPLATE, TYPE
from ums.client import Client
from ums.clock import SystemClock
from ums.dispatch.engines import broker
from ums.domain.message import MessageStatus
from ums.domain.policy import Policy
from ums.registry import Registry
from ums.services import applications, channels, messages
from ums.services.applications import Credentials
from ums.services.gateway import Gateway
from ums.settings import CELERY, LOCAL, Settings, environment
from ums.store import crowd, workers
from ums.store.db import open_database
from ums.store.models import AttemptRow, DeliveryRow, MessageRow

CROWD = 1500
IN_FLIGHT = 16
LEASE = 1.5
LEAN = (sys.executable, "-m", "sandbox", "--lean", "--latency-ms=50", "--json")
UMS = (sys.executable, "-m", "ums.cli")
RABBITMQ, REDIS = "amqp://guest:guest@127.0.0.1:5672//", "redis://127.0.0.1:6379/0"


@dataclass(slots=True, kw_only=True)
class Site:
    """A gateway that the test looks at and sends through, beside the processes that it starts."""

    gateway: Gateway
    credentials: Credentials
    provider: str
    broker: str
    """The broker's URL; empty for the local engine."""
    way: Forwarder | None
    """On which the processes reach the broker."""
    session: requests.Session
    stack: ExitStack
    known: int = 0
    """So many people have been sent something."""

    @property
    def is_distributed(self) -> bool:
        return bool(self.broker)

    def start(self, name: str, *words: str) -> Popen[bytes]:
        """A command of ours, ended with the test; what it logs and prints goes to files."""
        known = self.gateway.settings
        given: dict[str, object] = {
            "home": known.home,
            "database_url": known.database_url,
            "secret_key": known.secret_key,
            "engine": CELERY if self.broker else LOCAL,
            "broker_url": self._broker_by_the_way(),
            "web_processes": 1,
            "in_flight": IN_FLIGHT,
            "lease_seconds": LEASE,
        }
        environ = environment({key: str(value) for key, value in given.items()}, alone=True)
        return started(self.stack, known.home / name, (*UMS, *words), environ)

    def _broker_by_the_way(self) -> str:
        there = urlsplit(self.broker).netloc.rpartition("@")[2]
        return self.broker.replace(there, f"127.0.0.1:{self.way.port}") if self.way else ""

    def serve(self) -> Client:
        """Have the gateway run, without any process that makes calls."""
        self.start("gateway", "serve" if self.broker else "web", "--port", "0", "--json")
        return Client(url_of(self.home / "gateway"), self.credentials.key, self.credentials.master_secret)

    def workers(self, number: int) -> list[Popen[bytes]]:
        """Processes that make calls, on their feet."""
        before = self._alive()
        begun = [self.start(f"worker-{secrets.token_hex(2)}", "worker") for _ in range(number)]
        eventually(lambda: len(self._alive() - before) == number)
        return begun

    def _alive(self) -> set[str]:
        with self.gateway.database.read() as session:
            return set(workers.alive(session))

    @property
    def home(self) -> Path:
        return self.gateway.settings.home

    def people(self, number: int) -> list[str]:
        """Users whom nothing has been sent to."""
        first, self.known = self.known + 1, self.known + number
        assert self.known <= CROWD
        return [f"u{place}" for place in range(first, first + number)]

    def pace(self, rate: float) -> None:
        """Calls a second that may be made; 0 for as many as there are."""
        with self.gateway.database.write() as session:
            session.execute(text("UPDATE endpoints SET rate = :rate, allowance = :rate"), {"rate": rate})

    def sent(self) -> int:
        """Messages that reached the platform, and no two of them the same person. Raises AssertionError else."""
        found = self.session.get(f"{self.provider}/_sandbox/calls/count", timeout=10).json()
        assert found["sent"] == found["openids"], "somebody got it twice"
        return int(found["sent"])

    def is_done(self, msgid: str) -> bool:
        return messages.status(self.gateway, msgid) is MessageStatus.DONE

    def counts(self, msgid: str) -> dict[str, int]:
        """A message's deliveries by status."""
        return dict(messages.progress(self.gateway, None, msgid).counts)

    def called_at(self, msgid: str) -> list[float]:
        """When the calls for a message were made."""
        found = select(AttemptRow.called_at).join(DeliveryRow, DeliveryRow.id == AttemptRow.delivery_id)
        with self.gateway.database.read() as session:
            rows = session.scalars(found.join(MessageRow).where(MessageRow.msgid == msgid))
            return sorted(at for at in rows if at is not None)


def started(stack: ExitStack, files: Path, words: Sequence[str], environ: Mapping[str, str]) -> Popen[bytes]:
    with files.with_suffix(".out").open("wb") as out, files.with_suffix(".log").open("wb") as log:
        process = Popen(words, env=dict(environ), stdout=out, stderr=log)
    stack.callback(process.wait, 10)
    stack.callback(process.kill)
    return process


def url_of(files: Path) -> str:
    """Where a command listens, once it has said so."""
    out = files.with_suffix(".out")
    eventually(lambda: out.read_text("utf-8").endswith("\n"))
    return str(json.loads(out.read_text("utf-8"))["url"])


@contextmanager
def opened_site(home: Path, broker_url: str) -> Iterator[Site]:
    """A site without processes but the platform's. Its key is its own, and so are its queues on the broker."""
    home.mkdir()
    settings = Settings(home=home, database_url=databases.url(home), secret_key=secrets.token_hex(16))
    database = open_database(settings.database)
    if not settings.database_url:
        migrate(database)
    gateway = Gateway.open(settings, Registry.load(), SystemClock(), database=database)
    with ExitStack() as stack:
        stack.callback(gateway.close)
        if broker_url:
            stack.callback(broker.clear, broker_url, gateway.sealer.mark)
        started(stack, home / "sandbox", LEAN, environment({}, alone=True))
        provider = url_of(home / "sandbox")
        credentials = applications.add(gateway, "shop", policy=Policy(rate_limit=0))
        account = {"appid": "wx0123456789abcdef", "secret": "s" * 32, "base_url": provider}
        channels.add(gateway, CHANNEL, TYPE, account, ["shop"])
        now = gateway.clock.now()
        with gateway.database.write() as session:
            crowd.fill(session, CHANNEL, TYPE, TEMPLATE, size=CROWD, rate=0.0, now=now)
        yield Site(
            gateway=gateway,
            credentials=credentials,
            provider=provider,
            broker=broker_url,
            way=_way_to(broker_url, stack) if broker_url else None,
            session=stack.enter_context(requests.Session()),
            stack=stack,
        )


def _way_to(url: str, stack: ExitStack) -> Forwarder:
    there = urlsplit(url)
    way = Forwarder((str(there.hostname), there.port or 0))
    stack.callback(way.close)
    return way

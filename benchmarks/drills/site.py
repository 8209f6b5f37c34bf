"""The gateway, the sandbox and the people of a drill, in a scratch home; and what came of a send."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import requests
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from benchmarks.drills import tally
from benchmarks.drills.cluster import Cluster, cluster
from benchmarks.drills.gateway import Gateway
from benchmarks.drills.plan import CELERY, MINI_PROGRAM, OFFICIAL_ACCOUNT, POSTGRESQL, Plan
from benchmarks.drills.tally import Called
from sandbox.client import SandboxClient
from ums.cli.children import DIE_WITH_PARENT, Child
from ums.client import Client, UmsError
from ums.client.answers import Delivery
from ums.clock import SystemClock
from ums.domain.commands import Json
from ums.domain.policy import Policy
from ums.registry import Registry
from ums.services import applications, channels
from ums.services.gateway import Gateway as Opened
from ums.settings import Settings, environment
from ums.store import crowd, schema
from ums.store.models import CreditRow

T = TypeVar("T")

KEY = "a key for this drill only"
APPLICATION, CHANNEL = "drill", "drill1"
MAIN = "MAIN"
"""The mark of the message that goes to everybody."""
WORKERS = 2
"""Where an engine carries batches."""
CREDITS = 1000
"""That everybody has for the template."""
PATIENCE = 60.0
"""Seconds for which something is asked again that isn't answered."""
STARTING = 5.0
CONTENTS: Mapping[str, Mapping[str, Json]] = {
    MINI_PROGRAM: {"template_id": "sandbox_mp_order_shipped_000000000000000001"},
    OFFICIAL_ACCOUNT: {"type": 0, "template_id": "sandbox_oa_order_shipped_000000000000000001"},
}
VALUES: Mapping[str, Mapping[str, str]] = {
    MINI_PROGRAM: {"phrase2": "已发货", "thing3": "请查收"},
    OFFICIAL_ACCOUNT: {"thing2": "绿茶", "time3": "2026年1月1日 15:01"},
}


@dataclass(slots=True, kw_only=True)
class Site:
    """Everything that runs; `started_at` is when the send began, by the machine's clock."""

    plan: Plan
    home: Path
    sandbox: SandboxClient
    gateway: Gateway
    cluster: Cluster | None
    database_url: str
    environ: Mapping[str, str]
    key: str
    master_secret: str
    started_at: float = 0.0

    def content(self, mark: str) -> dict[str, Json]:
        """A message whose calls can be told from others' by its mark."""
        values = {tally.MARK: mark, **VALUES[self.plan.type]}
        data: dict[str, Json] = {name: {"value": value} for name, value in values.items()}
        return {**CONTENTS[self.plan.type], "data": data}

    def api(self) -> Client:
        """The application's client; it repeats what isn't answered."""
        return Client(self.gateway.url, self.key, self.master_secret, timeout=30.0)

    def ask(self, question: Callable[[Client], T]) -> T:
        """What the API says, asked again while it can't be asked."""
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                with self.api() as client:
                    return question(client)
            except (UmsError, requests.RequestException):
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.5)

    def broadcast(self) -> str:
        """Send the message that goes to everybody; its msgid."""
        self.started_at = time.time()
        content: dict[str, Any] = {f"msg_{self.plan.type}": [self.content(MAIN)]}
        return str(self.ask(lambda api: api.broadcast(**content)["msgid"]))

    def send(self, userids: list[str], mark: str) -> str:
        """Send a message to some; its msgid."""
        content: dict[str, Any] = {f"msg_{self.plan.type}": [self.content(mark)]}
        return str(self.ask(lambda api: api.sent(aud_userid=userids, **content)["msgid"]))

    def counts(self, msgid: str) -> Mapping[str, int]:
        """How many deliveries stand where."""
        return cast("Mapping[str, int]", self.ask(lambda api: api.message(msgid)["counts"]))

    def deliveries(self, msgid: str, status: str | None = None) -> list[Delivery]:
        """The message's deliveries, as the API lists them."""
        return self.ask(lambda api: list(api.deliveries(msgid, status=status, limit=1000)))

    def calls(self) -> list[Called]:
        """What the sandbox counted."""
        return tally.calls(self.sandbox)

    def await_calls(self, number: int, seconds: float) -> None:
        """Wait until so many calls were made, or the time is over."""
        self.await_that(lambda: self.counted() >= number, seconds)

    def counted(self) -> int:
        return int(self.sandbox.control("GET", "calls/count").json()["count"])

    def await_done(self, msgid: str, seconds: float) -> bool:
        """Wait until nothing of a message is left to come; whether it came to that."""
        return self.await_that(
            lambda: self.ask(lambda api: api.message(msgid)["status"]) == "done", seconds, pause=1.0
        )

    def await_that(self, holds: Callable[[], bool], seconds: float, pause: float = 0.2) -> bool:
        """Wait until something is so; whether it came to that in time."""
        give_up = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > give_up:
                return False
            time.sleep(pause)
        return True

    def stuck(self, msgid: str, seconds: float = 15.0) -> int:
        """How many deliveries are being sent for longer than any call may take, `seconds`."""

        def sending() -> Counter[tuple[str, int]]:
            rows = self.deliveries(msgid, "sending")
            return Counter((str(row["userid"]), int(row["attempts"])) for row in rows)

        before = sending()
        if not before:
            return 0
        time.sleep(seconds)
        return (before & sending()).total()


@contextmanager
def site(plan: Plan, *, home: Path | None = None, environ: Mapping[str, str] | None = None) -> Iterator[Site]:
    """A site that runs until the block ends. `environ` is the gateway's alone; a `home` given is there already."""
    with ExitStack() as stack:
        place = home or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="ums-drill-", ignore_cleanup_errors=True))
        )
        found = stack.enter_context(cluster()) if plan.database == POSTGRESQL else None
        url = found.url() if found is not None else ""
        sandbox = stack.enter_context(SandboxClient(_sandbox(stack, plan, place)))
        keys = _prepared(plan, place, url, sandbox)
        given = environment(_settings(plan, place, url), alone=True) | dict(environ or {})
        gateway = Gateway(place, plan.engine, given, WORKERS if plan.engine == CELERY else 0)
        stack.callback(gateway.stop)
        made = Site(
            plan=plan,
            home=place,
            sandbox=sandbox,
            gateway=gateway,
            cluster=found,
            database_url=url,
            environ=given,
            key=keys.key,
            master_secret=keys.master_secret,
        )
        gateway.start()
        yield made


def _settings(plan: Plan, home: Path, url: str) -> dict[str, str]:
    return {
        "home": str(home),
        "secret_key": KEY,
        "database_url": url,
        "lease_seconds": str(plan.lease),
        "in_flight": str(plan.in_flight),
        "web_processes": "2",
        "senders": "2",
        "access_key_rate_limit": "0",
        "log_level": "info",
        **plan.more,
    }


def _sandbox(stack: ExitStack, plan: Plan, home: Path) -> str:
    command = (sys.executable, "-m", "sandbox", "--json", f"--latency-ms={plan.latency_ms}", DIE_WITH_PARENT)
    child = Child(command, log=home / "sandbox.log")
    stack.callback(child.stop, STARTING)
    return str(child.ready(PATIENCE)["url"])


def _prepared(plan: Plan, home: Path, url: str, sandbox: SandboxClient) -> applications.Credentials:
    """An application, its channel and all the people, in an empty database."""
    appid, secret = "wx0123456789abcdef", "s" * 32
    kind = {"kind": plan.type, "secret": secret, "callback": ""}
    sandbox.control("PUT", f"accounts/{appid}", kind)
    settings = Settings(home=home, database_url=url, secret_key=KEY, log_level="error")
    opened = Opened.open(settings, Registry.load(), SystemClock())
    try:
        schema.upgrade(opened.database.engine)
        keys = applications.add(opened, APPLICATION, policy=Policy(rate_limit=0))
        channel = {"appid": appid, "secret": secret, "base_url": sandbox.url}
        channels.add(opened, CHANNEL, plan.type, channel, [APPLICATION])
        template = str(CONTENTS[plan.type]["template_id"])
        with opened.database.write() as session:
            now = opened.clock.now()
            crowd.fill(session, CHANNEL, plan.type, template, size=plan.recipients, rate=plan.rate, now=now)
            # for single sends meanwhile, and for whoever is sent to again
            session.execute(update(CreditRow).values(balance=CREDITS))
    except OperationalError as error:
        raise RuntimeError(f"The scratch database could not be set up: {error}") from error
    finally:
        opened.close()
    return keys

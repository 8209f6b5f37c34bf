"""A gateway with a fake provider behind it, a sending process in a thread, and what became of a message."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.factories import create_application, create_channel, create_user
from tests.fakes import FakeProvider
from ums.dispatch import recovery
from ums.dispatch.loop import Dispatcher
from ums.domain.audience import Audience
from ums.domain.commands import Json, SendMessage
from ums.domain.message import MessageStatus
from ums.domain.rule import FIRST_REACHABLE
from ums.domain.views import DeliveryView, MessageProgress
from ums.services import messages, sending
from ums.services.gateway import Gateway

PATIENCE = 60.0
"""Seconds that a test waits for something that should come at once; a busy machine takes ten to start a process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One application with a channel of each fake type, both served by one provider."""

    gateway: Gateway
    provider: FakeProvider
    application_id: int

    def send(
        self,
        userids: Sequence[str],
        *,
        rule_id: int = FIRST_REACHABLE,
        types: Sequence[str] = ("app",),
        **content: Json,
    ) -> str:
        """Send a message and give its msgid."""
        command = SendMessage(
            application_id=self.application_id,
            audience=Audience(userids=tuple(userids)),
            contents={type_: {"text": "ready", **content} for type_ in types},
            rule_id=rule_id,
        )
        return sending.send(self.gateway, command).msgid

    def user(self, userid: str, **addresses: str) -> str:
        """A user with an address on each of the channel types named."""
        places = {"app": ("app", "app1"), "email": ("email", "all")}
        bindings = [(*places[type_], address) for type_, address in addresses.items()]
        create_user(self.gateway, userid=userid, bindings=bindings)
        return userid

    def progress(self, msgid: str) -> MessageProgress:
        return messages.progress(self.gateway, None, msgid)

    def deliveries(self, msgid: str) -> tuple[DeliveryView, ...]:
        return messages.deliveries(self.gateway, None, msgid, limit=10_000).items

    def calls_by_address(self) -> Counter[str]:
        return Counter(call.body["to"] for call in self.provider.calls if call.path == "/send")

    def wait(self, reached: Callable[[], bool]) -> None:
        """Wait until something is so. Raises AssertionError when it doesn't come."""
        give_up = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < give_up, "it did not come"
            time.sleep(0.01)

    def wait_for_calls(self, count: int) -> None:
        """Wait until the provider has had more than `count` sends."""
        self.wait(lambda: self.provider.called("/send") > count)

    def wait_until_done(self, msgid: str) -> MessageProgress:
        self.wait(lambda: self.progress(msgid).status is MessageStatus.DONE)
        return self.progress(msgid)


def set_up(gateway: Gateway, provider: FakeProvider, **settings: str) -> Stage:
    """An application granted the channels `app1` and `email1`."""
    application = create_application(gateway)
    for code, type_ in (("app1", "app"), ("email1", "email")):
        create_channel(
            gateway, code=code, type=type_, base_url=provider.url, grants=[application.name], settings=settings
        )
    return Stage(gateway=gateway, provider=provider, application_id=application.id)


@contextmanager
def dispatching(gateway: Gateway) -> Iterator[Dispatcher]:
    """A sending process, in a thread of its own."""
    begun = threading.Event()
    made: list[Dispatcher] = []
    loops: list[asyncio.AbstractEventLoop] = []
    failures: list[BaseException] = []

    async def send() -> None:
        recovery.reclaim_abandoned(gateway)
        made.append(Dispatcher(gateway))
        loops.append(asyncio.get_running_loop())
        begun.set()
        await made[0].run()

    def life() -> None:
        try:
            asyncio.run(send())
        except BaseException as error:  # handed to the test's thread, which raises it
            failures.append(error)
            begun.set()

    thread = threading.Thread(target=life)
    thread.start()
    begun.wait(PATIENCE)
    try:
        yield made[0]
    finally:
        loops[0].call_soon_threadsafe(made[0].stop)
        thread.join(PATIENCE)
    assert not failures, failures
    assert not thread.is_alive()

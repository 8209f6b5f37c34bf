"""A defect costs the delivery it strikes, and no other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.dispatch.stage import PATIENCE, Stage, dispatching, set_up
from tests.factories import create_gateway
from tests.fake_provider import FakeCall
from tests.fakes import FakeContent, FakePlugin, FakeProvider, FakeSettings
from ums.clock import SystemClock
from ums.dispatch import loop
from ums.domain.views import ChannelState
from ums.registry import Registry
from ums.sdk.call import Exchange
from ums.sdk.errors import Accepted
from ums.sdk.explanation import Explanation
from ums.sdk.plugin import Outbound
from ums.services import channels
from ums.store import sqlite


class SpeechlessPlugin(FakePlugin):
    """Breaks while it explains what went wrong."""

    def explain(self, reason: str, provider_code: int | None, words: str) -> Explanation | None:
        raise LookupError("no words")


class BrokenPlugin(FakePlugin):
    """Breaks on some addresses."""

    def send(self, settings: FakeSettings, outbound: Outbound[FakeContent]) -> Exchange[Accepted]:
        if outbound.address.endswith("-broken"):
            raise ZeroDivisionError("a defect")
        return super().send(settings, outbound)

    def repeat_window(self, content: FakeContent) -> float:
        if content.text == "unpreparable":
            raise ZeroDivisionError("a defect")
        return 0.0


Staged = Callable[[FakePlugin], Stage]


@pytest.fixture
def staged(provider: FakeProvider, tmp_path: Path) -> Iterator[Staged]:
    """A stage whose channel app1 is of a plugin given."""
    with ExitStack() as opened:

        def made(plugin: FakePlugin) -> Stage:
            registry = Registry([plugin, FakePlugin("email")])
            gateway = create_gateway(home=tmp_path, registry=registry, clock=SystemClock())
            opened.callback(gateway.close)
            return set_up(gateway, provider)

        yield made


def test_a_send_that_breaks_fails_alone(staged: Staged) -> None:
    stage = staged(BrokenPlugin("app"))
    msgid = stage.send([stage.user("u1", app="fake-broken"), stage.user("u2", app="fake-2")])
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    assert [(row.status, row.reason) for row in stage.deliveries(msgid)] == [("failed", "defect"), ("accepted", "")]


def test_a_message_that_cannot_be_prepared_fails_alone(staged: Staged) -> None:
    stage = staged(BrokenPlugin("app"))
    userid = stage.user("u1", app="fake-1")
    broken, whole = stage.send([userid], text="unpreparable"), stage.send([userid])
    with dispatching(stage.gateway):
        assert stage.wait_until_done(broken).counts == {"failed": 1}
        assert stage.wait_until_done(whole).counts == {"accepted": 1}
    assert stage.deliveries(broken)[0].attempts == 0


def test_a_settlement_that_breaks_does_not_hold_up_the_others(staged: Staged, provider: FakeProvider) -> None:
    stage = staged(SpeechlessPlugin("app"))
    provider.refusals["fake-1"] = "no_permission"
    msgid = stage.send([stage.user(f"u{number}", app=f"fake-{number}") for number in range(5)])
    with dispatching(stage.gateway):
        done = stage.wait_until_done(msgid)
    assert done.counts == {"failed": 1, "accepted": 4}


@pytest.mark.parametrize("garbage", [b"", b"\x01" * 700, b"\x02" * 768 * 2])
def test_a_damaged_recorder_stops_nobody(stage: Stage, garbage: bytes) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET status = 'sending', owner = 'dead', attempt = 1"))
    flights = stage.gateway.settings.home / "flights"
    flights.mkdir()
    (flights / "dead.flight").write_bytes(garbage)
    with dispatching(stage.gateway):
        assert stage.wait_until_done(msgid).counts == {"accepted": 1}
    assert list(flights.iterdir()) == []


@pytest.mark.sqlite
def test_a_database_in_trouble_is_told_of_once_and_sending_goes_on_after_it(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "TROUBLE_PAUSE", 0.01)
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    caplog.set_level(logging.INFO)
    called, go_on = threading.Event(), threading.Event()

    def held(call: FakeCall) -> None:
        called.set()
        go_on.wait(PATIENCE)

    stage.provider.on_call = held
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        assert called.wait(PATIENCE)
        with stage.gateway.database.write() as session:
            session.execute(text("UPDATE applications SET name = name"))
            go_on.set()
            stage.wait(lambda: "desk_refused" in caplog.text)
            time.sleep(0.2)
        assert stage.wait_until_done(msgid).counts == {"accepted": 1}
    assert caplog.text.count("desk_refused") == caplog.text.count("desk_resumed") == 1


def test_a_channel_whose_plugin_this_process_lacks_keeps_its_queue(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    home = stage.gateway.settings.home
    older = create_gateway(home=home, registry=Registry([FakePlugin("email")]), clock=SystemClock())
    with closing(older), dispatching(older):
        stage.wait(lambda: channels.show(stage.gateway, "app1").channel.state is ChannelState.PARKED)
    assert "plugin is not installed" in channels.show(stage.gateway, "app1").channel.reason
    assert stage.progress(msgid).counts == {"queued": 1}
    channels.resume(stage.gateway, "app1")
    with dispatching(stage.gateway):
        assert stage.wait_until_done(msgid).counts == {"accepted": 1}

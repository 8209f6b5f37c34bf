"""Two sending processes, and providers that report at one moment, on each database."""

from __future__ import annotations

import json
import threading
from functools import partial

import pytest

from tests.dispatch.processes import people, unlimited, worker
from tests.dispatch.stage import Stage, dispatching, set_up
from tests.fakes import FakeProvider
from tests.threads import at_once
from ums.domain.rule import ALL_AT_ONCE
from ums.services import channels, hooks
from ums.services.gateway import Gateway

pytestmark = pytest.mark.both_databases

TOKEN = "hook-token"
PEOPLE = 12


@pytest.fixture
def reporting(gateway: Gateway, provider: FakeProvider) -> Stage:
    return set_up(gateway, provider, hook_token=TOKEN)


def test_two_processes_send_to_everybody_once_and_never_twice_at_a_time(stage: Stage) -> None:
    unlimited(stage)
    under_way: set[str] = set()
    twice: list[str] = []

    def on_call(call: object) -> None:
        address = getattr(call, "body", {}).get("to", "")
        if address:
            twice.extend([address] * (address in under_way))
            under_way.add(address)
            threading.Event().wait(0.02)
            under_way.discard(address)

    stage.provider.on_call = on_call
    userids = people(stage, 100)
    msgids = [stage.send(userids) for _ in range(3)]
    with worker(stage), worker(stage):
        for msgid in msgids:
            assert stage.wait_until_done(msgid).counts == {"accepted": 100}
    assert set(stage.calls_by_address().values()) == {3}
    assert twice == []


def test_a_quota_that_one_process_finds_used_up_stops_all(stage: Stage) -> None:
    unlimited(stage)
    slots, quota = 4, 12
    taken = 0

    def on_call(call: object) -> None:
        nonlocal taken
        taken += getattr(call, "path", "") == "/send"
        if taken > quota:
            stage.provider.refusals["/send"] = "quota_used_up"

    stage.provider.on_call = on_call
    first = stage.send(people(stage, 80))
    with worker(stage, in_flight=slots), worker(stage, in_flight=slots):
        stage.wait(lambda: is_stopped(stage) and "sending" not in stage.progress(first).counts)
        called = stage.provider.called("/send")
        second = stage.send(["u0", "u1"])
        # both processes have looked, and gone on elsewhere
        healthy = [stage.user(f"m{number}", email=f"fake-m{number}") for number in range(20)]
        stage.provider.refusals.clear()
        stage.provider.on_call = lambda call: None
        assert stage.wait_until_done(stage.send(healthy, types=("email",))).counts == {"accepted": 20}
    assert stage.provider.called("/send") - 20 == called <= quota + 2 * 2 * slots
    assert stage.progress(second).counts == {"queued": 2}
    rows = [row for row in stage.deliveries(first) if row.status == "queued"]
    assert {row.reason for row in rows} <= {"", "quota_used_up"}


def is_stopped(stage: Stage) -> bool:
    return any(end.paused_until is not None for end in channels.show(stage.gateway, "app1").endpoints)


def test_the_last_two_reports_end_a_message_though_they_come_at_once(reporting: Stage) -> None:
    stage = reporting
    users = [stage.user(f"u{n}", app=f"fake-app-{n}", email=f"fake-mail-{n}") for n in range(PEOPLE)]
    msgids = [stage.send([user], rule_id=ALL_AT_ONCE, types=("app", "email")) for user in users]
    with dispatching(stage.gateway):
        stage.wait(lambda: all(stage.progress(msgid).counts == {"accepted": 2} for msgid in msgids))
    for n in range(PEOPLE):
        at_once(partial(report, stage, "app1", f"fake-app-{n}"), partial(report, stage, "email1", f"fake-mail-{n}"))
    assert {stage.progress(msgid).status for msgid in msgids} == {"done"}


def report(stage: Stage, code: str, address: str) -> None:
    (sent,) = (call.body["id"] for call in stage.provider.calls if call.body.get("to") == address)
    body = {
        "event_id": sent,
        "provider_id": sent,
        "address": address,
        "status": "delivered",
        "reason": "",
        "words": "",
    }
    hooks.receive(stage.gateway, code, "POST", {"signature": TOKEN}, json.dumps(body).encode())

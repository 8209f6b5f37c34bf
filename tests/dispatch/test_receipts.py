from __future__ import annotations

import json
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.dispatch.stage import Stage, dispatching, set_up
from tests.fake_provider import FakeCall
from tests.fakes import FakeProvider
from ums.domain.errors import NotAllowed, NotFound
from ums.services import hooks, pushes
from ums.services.gateway import Gateway

pytestmark = pytest.mark.both_databases

TOKEN = "hook-token"


@pytest.fixture
def stage(gateway: Gateway, provider: FakeProvider) -> Stage:
    return set_up(gateway, provider, hook_token=TOKEN)


def report(stage: Stage, address: str, status: str = "delivered") -> None:
    """The provider's report on its last message to `address`."""
    sent = [call.body["id"] for call in stage.provider.calls if call.body.get("to") == address]
    body = {
        "event_id": f"{sent[-1]}-{status}",
        "provider_id": sent[-1],
        "address": address,
        "status": status,
        "reason": "" if status == "delivered" else "user_block",
        "words": status,
    }
    answer = hooks.receive(stage.gateway, "app1", "POST", {"signature": TOKEN}, json.dumps(body).encode())
    assert answer.body == "success"


def test_a_receipt_moves_its_delivery_and_ends_the_message(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts == {"accepted": 1})
        assert stage.progress(msgid).status == "sending"
        report(stage, "fake-1")
    done = stage.progress(msgid)
    assert (done.status, done.counts) == ("done", {"delivered": 1})
    assert done.finished_at is not None


def test_a_receipt_that_overtakes_the_answer_waits_for_its_delivery(stage: Stage) -> None:
    def on_call(call: FakeCall) -> None:
        if call.path == "/send":
            report(stage, call.body["to"])

    stage.provider.on_call = on_call
    msgid = stage.send([stage.user(f"u{number}", app=f"fake-{number}") for number in range(10)])
    with dispatching(stage.gateway):
        done = stage.wait_until_done(msgid)
    assert done.counts == {"delivered": 10}


def test_the_same_receipt_changes_nothing_twice(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts == {"accepted": 1})
    report(stage, "fake-1")
    before = stage.deliveries(msgid)
    report(stage, "fake-1")
    report(stage, "fake-1", status="failed")
    assert stage.deliveries(msgid) == before


def test_a_user_who_blocks_the_account_is_reached_on_the_next_channel(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-app", email="fake-mail")], types=("app", "email"))
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts == {"accepted": 1})
        report(stage, "fake-app", status="rejected")
        stage.wait(lambda: len(stage.deliveries(msgid)) == 2)
        stage.wait(lambda: stage.deliveries(msgid)[1].status == "accepted")
    first, second = stage.deliveries(msgid)
    assert (first.status, first.reason) == ("rejected", "user_block")
    assert second.fallback_of == first.id


def test_shuffled_and_repeated_receipts_end_right(stage: Stage) -> None:
    count = 60
    msgid = stage.send([stage.user(f"u{number}", app=f"fake-{number}") for number in range(count)])
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts.get("accepted") == count)
    reports = [f"fake-{number}" for number in range(count)] * 3
    random.Random(3).shuffle(reports)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda address: report(stage, address), reports))
    assert stage.progress(msgid).counts == {"delivered": count}


def test_a_forged_push_changes_nothing(stage: Stage) -> None:
    with pytest.raises(NotAllowed):
        hooks.receive(stage.gateway, "app1", "POST", {"signature": "forged"}, b"{}")


def test_a_push_to_nowhere_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        hooks.receive(stage.gateway, "nowhere", "POST", {"signature": TOKEN}, b"{}")


@pytest.mark.sqlite
def test_receipts_that_waited_in_the_spool_move_their_deliveries(stage: Stage) -> None:
    msgid = stage.send([stage.user(f"u{number}", app=f"fake-{number}") for number in range(3)])
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts == {"accepted": 3})
    other = sqlite3.connect(stage.gateway.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for number in range(3):
        report(stage, f"fake-{number}")
        report(stage, f"fake-{number}")
    other.close()
    assert stage.progress(msgid).counts == {"accepted": 3}
    pushes.drain(stage.gateway)
    assert (stage.progress(msgid).status, stage.progress(msgid).counts) == ("done", {"delivered": 3})

"""kill -9, SIGSTOP and SIGTERM of a real sending process in the middle of a send.

(On PostgreSQL, and under the distributed engine: `tests/acceptance/engines`.)
"""

from __future__ import annotations

import random
import signal
import threading
import time

import pytest
from sqlalchemy import func, select

from tests.dispatch.processes import freeze, people, unlimited, worker
from tests.dispatch.stage import Stage
from ums.store.models import AttemptRow


def attempts_noted(stage: Stage) -> int:
    with stage.gateway.database.read() as session:
        return session.execute(select(func.count()).select_from(AttemptRow)).scalar_one()


def kill_in_the_middle(stage: Stage, times: int) -> None:
    """Let a worker make some calls, kill it, and start the next one where it fell."""
    dice = random.Random(7)
    for _ in range(times):
        seen = stage.provider.called("/send")
        with worker(stage) as process:
            stage.wait_for_calls(seen + 10)
            time.sleep(dice.uniform(0.0, 0.1))
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.mark.parametrize("window", [600.0, 0.0], ids=["repeats are dropped", "repeats reach the person"])
def test_a_killed_process_loses_nothing_and_leaves_nothing_sending(stage: Stage, window: float) -> None:
    unlimited(stage)
    stage.provider.on_call = lambda call: threading.Event().wait(0.05) if call.path == "/send" else None
    msgid = stage.send(people(stage, 400), repeat_window=window)
    kill_in_the_middle(stage, times=4)
    with worker(stage):
        done = stage.wait_until_done(msgid)
    assert sum(done.counts.values()) == 400
    assert set(done.counts) <= {"accepted", "unconfirmed"}
    called = stage.calls_by_address()
    if window:
        assert done.counts == {"accepted": 400}
        assert len({call.body["id"] for call in stage.provider.calls if call.path == "/send"}) == 400
    else:
        assert set(called.values()) == {1}
        accepted = {row.userid for row in stage.deliveries(msgid) if row.status == "accepted"}
        assert accepted <= {address.replace("fake-", "u") for address in called}


def test_a_frozen_process_repeats_nothing_when_it_wakes_and_sends_again(stage: Stage) -> None:
    unlimited(stage)
    stage.provider.on_call = lambda call: threading.Event().wait(0.05) if call.path == "/send" else None
    msgid = stage.send(people(stage, 300))
    with worker(stage) as frozen:
        # all its connections are made by then: one that it makes while it sleeps would come too late
        stage.wait_for_calls(100)
        freeze(stage.gateway.database, frozen)
        with worker(stage):
            done = stage.wait_until_done(msgid)
        frozen.send_signal(signal.SIGCONT)
        again = stage.send([stage.user("late", app="fake-late")])
        assert stage.wait_until_done(again).counts == {"accepted": 1}
        # what it heard before it froze counts after all
        stage.wait(lambda: stage.progress(msgid).counts == {"accepted": 300})
    assert attempts_noted(stage) == stage.provider.called("/send") == 301
    assert sum(done.counts.values()) == 300
    assert [address for address, calls in stage.calls_by_address().items() if calls > 1] == []


def test_a_process_told_to_stop_finishes_what_it_holds(stage: Stage) -> None:
    unlimited(stage)
    stage.provider.on_call = lambda call: threading.Event().wait(0.05) if call.path == "/send" else None
    msgid = stage.send(people(stage, 200))
    for _ in range(3):
        seen = stage.provider.called("/send")
        with worker(stage) as process:
            stage.wait_for_calls(seen + 10)
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
            assert stage.progress(msgid).counts.get("sending", 0) == 0
    with worker(stage):
        assert stage.wait_until_done(msgid).counts == {"accepted": 200}
    assert set(stage.calls_by_address().values()) == {1}

"""What may have arrived is not sent again once the provider no longer drops repeats, however long it waited."""

from __future__ import annotations

import pytest

from tests.dispatch.stage import Stage
from tests.dispatch.turning import Process
from tests.fakes import FrozenClock
from ums.domain.outcome import Transient, Uncertain
from ums.services import channels

pytestmark = pytest.mark.both_databases

WINDOW = 600.0


@pytest.fixture
def stage(standing: Stage) -> Stage:
    return standing


@pytest.mark.parametrize(("waited", "status"), [(WINDOW - 10, "sending"), (WINDOW + 10, "unconfirmed")])
def test_a_lost_answer_is_repeated_only_in_time(
    stage: Stage, clock: FrozenClock, waited: float, status: str
) -> None:
    process = Process(stage, clock)
    msgid = stage.send([stage.user("u1", app="fake-1")], repeat_window=WINDOW)
    process.turn(process.ended(process.turn(), Uncertain("answer_timeout")), room=0)
    channels.pause(stage.gateway, "app1")
    clock.advance(waited)
    channels.resume(stage.gateway, "app1")
    process.turn()
    assert stage.progress(msgid).counts == {status: 1}
    assert (stage.deliveries(msgid)[0].reason == "too_late_to_repeat") == (status == "unconfirmed")


def test_what_surely_never_arrived_is_sent_however_late(stage: Stage, clock: FrozenClock) -> None:
    process = Process(stage, clock)
    stage.send([stage.user("u1", app="fake-1")], repeat_window=WINDOW)
    process.turn(process.ended(process.turn(), Transient("busy")), room=0)
    assert len(process.turn(after=WINDOW + 10)) == 1

"""The messages of one lane share it: a small one gets through while a large one is sent."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select, update

from tests.dispatch.stage import Stage
from tests.dispatch.turning import Process
from tests.fakes import FrozenClock
from ums.dispatch import sharing
from ums.dispatch.job import Job
from ums.domain.outcome import Accepted
from ums.store.models import DeliveryRow

pytestmark = pytest.mark.both_databases

ROOM = 12


@pytest.fixture
def stage(standing: Stage) -> Stage:
    return standing


def people(stage: Stage, count: int, name: str = "u") -> list[str]:
    return [stage.user(f"{name}{number}", app=f"fake-{name}{number}") for number in range(count)]


class Line:
    """Turn after turn: what is claimed is answered by the next."""

    def __init__(self, process: Process, room: int = ROOM) -> None:
        self._process, self._room = process, room
        self._jobs: list[Job] = []

    def turn(self) -> list[str]:
        """The texts of what is called in a turn."""
        self._jobs = self._process.turn(self._process.ended(self._jobs, Accepted()), room=self._room)
        return [str(getattr(job.prepared.content, "text", "")) for job in self._jobs]


@pytest.fixture
def line(process: Process) -> Line:
    return Line(process)


def test_a_small_message_gets_its_share_in_the_next_turn(stage: Stage, line: Line) -> None:
    stage.send(people(stage, 60), text="large")
    assert Counter(line.turn()) == {"large": ROOM}
    stage.send(people(stage, 4, "s"), text="small")
    assert Counter(line.turn()) == {"large": ROOM - 4, "small": 4}
    assert Counter(line.turn()) == {"large": ROOM}


def test_messages_share_a_lane_evenly(stage: Stage, line: Line) -> None:
    for text in ("one", "two", "three"):
        stage.send(people(stage, 20, text), text=text)
    assert Counter(line.turn()) == {"one": 4, "two": 4, "three": 4}
    stage.send(people(stage, 1, "four"), text="four")
    shares = Counter(line.turn())
    assert shares.pop("four") == 1
    assert sorted(shares.values()) == [3, 4, 4]


def test_more_large_messages_than_one_claim_serves_take_turns(stage: Stage, line: Line) -> None:
    texts = [f"text{number}" for number in range(sharing.LARGE + 2)]
    for text in texts:
        stage.send(people(stage, 8, text), text=text)
    called = Counter(text for _ in range(3) for text in line.turn())
    assert called.total() == 3 * ROOM
    assert sorted(called) == texts
    assert max(called.values()) - min(called.values()) <= 3


@pytest.mark.parametrize("room", [1, 3])
def test_where_few_may_be_called_the_messages_take_turns(stage: Stage, process: Process, room: int) -> None:
    for text in ("one", "two"):
        stage.send(people(stage, 6, text), text=text)
    line = Line(process, room)
    assert Counter(text for _ in range(6 // room) for text in line.turn()) == {"one": 3, "two": 3}


def test_hundreds_of_small_messages_and_a_large_one_take_turns(stage: Stage, line: Line) -> None:
    number = sharing.LOOKS + 16
    stage.send(people(stage, 40), text="large")
    for userid in people(stage, number, "s"):
        stage.send([userid], text="small")
    called = Counter(text for _ in range(number // ROOM + 1) for text in line.turn())
    assert called["small"] >= number - ROOM
    assert 1 <= called["large"] <= ROOM


def test_a_message_is_found_behind_hundreds_that_wait(stage: Stage, line: Line, clock: FrozenClock) -> None:
    """Those that wait for their next try cost a look each, now and then, and hold nobody up."""
    waiting = people(stage, sharing.LOOKS + 16, "w")
    for userid in waiting:
        stage.send([userid], text="waiting")
    with stage.gateway.database.write() as session:
        session.execute(update(DeliveryRow).values(due=clock.now() + 3600))
    stage.send(people(stage, 4 * ROOM), text="large")
    stage.send(people(stage, 1, "s"), text="small")
    called = [Counter(line.turn()) for _ in range(4)]
    assert sum(turn["small"] for turn in called) == 1
    assert all(turn.total() == ROOM for turn in called)


def test_a_retry_of_a_small_message_gets_its_share_too(stage: Stage, line: Line, clock: FrozenClock) -> None:
    stage.send(people(stage, 1, "s"), text="small")
    with stage.gateway.database.write() as session:
        session.execute(update(DeliveryRow).values(due=clock.now() + 1.5))
    stage.send(people(stage, 4 * ROOM), text="large")
    assert Counter(line.turn()) == {"large": ROOM}
    assert Counter(line.turn()) == {"large": ROOM - 1, "small": 1}


def test_within_a_message_what_is_due_first_goes_first(stage: Stage, line: Line) -> None:
    for text in ("one", "two"):
        stage.send(people(stage, 12, text), text=text)
    called: list[str] = []
    for _ in range(3):
        line.turn()
    with stage.gateway.database.read() as session:
        rows = session.execute(select(DeliveryRow.address).order_by(DeliveryRow.updated_at, DeliveryRow.id))
        called = [address for (address,) in rows]
    for text in ("one", "two"):
        own = [address for address in called if address.startswith(f"fake-{text}")]
        assert own == [f"fake-{text}{number}" for number in range(12)]


def test_one_address_is_called_once_at_a_time_whatever_the_message(stage: Stage, process: Process) -> None:
    userids = people(stage, 2)
    stage.send(userids, text="one")
    first = process.turn(room=1)
    for text in ("two", "three"):
        stage.send(userids[:1], text=text)
    assert [job.claimed.address for job in process.turn()] == ["fake-u1"]
    both = process.turn(process.ended(first, Accepted()))  # which the loop calls one after the other
    assert sorted(job.claimed.message_id for job in both) == [2, 3]


def test_two_messages_to_the_same_people_go_to_different_ones_at_a_time(stage: Stage, process: Process) -> None:
    userids = people(stage, ROOM)
    for text in ("one", "two"):
        stage.send(userids, text=text)
    jobs = process.turn(room=ROOM // 2)
    assert Counter(job.claimed.message_id for job in jobs) == {1: ROOM // 4, 2: ROOM // 4}
    assert len({job.claimed.address for job in jobs}) == ROOM // 2

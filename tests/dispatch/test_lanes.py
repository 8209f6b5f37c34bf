"""A message of high priority goes before everything that is queued, whatever keeps that waiting."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.dispatch.stage import Stage
from tests.dispatch.turning import Process
from tests.fakes import FrozenClock
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.message import Priority
from ums.domain.outcome import Accepted
from ums.services import expanding, sending
from ums.store.models import EndpointRow

pytestmark = pytest.mark.both_databases

CROWD = 12


@pytest.fixture
def stage(standing: Stage) -> Stage:
    return standing


@pytest.fixture
def urgent(stage: Stage) -> str:
    return stage.user("urgent", app="fake-urgent")


def send(stage: Stage, priority: Priority, audience: Audience, text: str) -> None:
    contents = {"app": {"text": text}}
    command = SendMessage(
        application_id=stage.application_id, audience=audience, contents=contents, rule_id=0, priority=priority
    )
    sending.send(stage.gateway, command)


def broadcast(stage: Stage) -> None:
    userids = tuple(stage.user(f"u{number}", app=f"fake-{number}") for number in range(CROWD))
    send(stage, Priority.LOW, Audience(userids=userids), "broadcast")


def addresses(process: Process, **how: float) -> list[str]:
    return [
        job.claimed.address for job in process.turn(room=int(how.get("room", 100)), after=how.get("after", 1.0))
    ]


def test_the_next_slot_that_is_free_is_its_own(stage: Stage, process: Process, urgent: str) -> None:
    broadcast(stage)
    in_flight = process.turn(room=4)
    send(stage, Priority.HIGH, Audience(userids=(urgent,)), "code")
    (job,) = process.turn(process.ended(in_flight[:1], Accepted()), room=1)
    assert job.claimed.address == "fake-urgent"


def test_the_next_token_of_a_bucket_that_is_always_empty_is_its_own(
    stage: Stage, process: Process, clock: FrozenClock, urgent: str
) -> None:
    with stage.gateway.database.write() as session:
        session.execute(update(EndpointRow).values(rate=2.0, allowance=0.0, refilled_at=clock.now()))
    broadcast(stage)
    assert len(addresses(process, after=1.0)) == 2
    send(stage, Priority.HIGH, Audience(userids=(urgent,)), "code")
    assert addresses(process, after=0.25) == []
    assert addresses(process, after=0.25) == ["fake-urgent"]
    assert [address != "fake-urgent" for address in addresses(process, after=1.0)] == [True, True]


def test_a_broadcast_that_is_being_expanded_does_not_hold_it_up(
    stage: Stage, process: Process, urgent: str
) -> None:
    for number in range(CROWD):
        stage.user(f"u{number}", app=f"fake-{number}")
    send(stage, Priority.LOW, Audience(), "broadcast")
    assert expanding.expand_page(stage.gateway)
    send(stage, Priority.HIGH, Audience(userids=(urgent,)), "code")
    assert addresses(process, room=1) == ["fake-urgent"]

"""A channel whose calls keep failing is tried by one delivery at a time, whoever sends."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.dispatch.stage import Stage, dispatching, set_up
from tests.dispatch.turning import Process
from tests.factories import create_gateway
from tests.fakes import FakeProvider, FrozenClock
from tests.statements import statements
from ums.clock import SystemClock
from ums.dispatch import timer
from ums.domain.outcome import Accepted, BadAddress, Transient, Uncertain
from ums.domain.rule import FIRST_REACHABLE
from ums.services import channels
from ums.store.models import BreakerRow, DeliveryRow

pytestmark = pytest.mark.both_databases

LEAST = 20
REFUSED = Transient("connection_refused")


@pytest.fixture
def stage(standing: Stage) -> Stage:
    return standing


def people(stage: Stage, count: int = LEAST + 5, **also: str) -> list[str]:
    return [
        stage.user(
            f"u{number}", app=f"fake-{number}", **{type_: f"{name}-{number}" for type_, name in also.items()}
        )
        for number in range(count)
    ]


def broken(stage: Stage, process: Process) -> list[str]:
    """A channel that has just been given up; the userids of those it has messages for."""
    userids = people(stage, email="fake-mail")
    stage.send(userids)
    jobs = process.turn(room=LEAST)
    assert len(jobs) == LEAST
    assert process.turn(process.ended(jobs, REFUSED), after=0.0) == []
    return userids


def test_what_keeps_failing_is_tried_by_one_call_at_a_time_of_all_processes(
    stage: Stage, process: Process, clock: FrozenClock
) -> None:
    broken(stage, process)
    other = Process(stage, clock)
    assert other.turn() == []
    (probe,) = process.turn(after=1.0)
    assert other.turn() == []
    assert process.turn(process.ended([probe], REFUSED)) == []
    (again,) = other.turn(after=5.0)
    other.turn(other.ended([again], Accepted()), after=0.0)
    assert len(process.turn()) == LEAST + 4


def test_an_answer_of_whatever_kind_closes_it(stage: Stage, process: Process) -> None:
    broken(stage, process)
    (probe,) = process.turn(after=2.0)
    process.turn(process.ended([probe], BadAddress("dead_address")))
    assert len(process.turn()) == LEAST + 4
    with stage.gateway.database.read() as session:
        assert session.scalars(select(BreakerRow)).all() == []


def test_answers_to_calls_from_before_it_opened_close_nothing(stage: Stage, process: Process) -> None:
    stage.send(people(stage))
    jobs = process.turn()
    process.turn(process.ended(jobs[:LEAST], REFUSED))
    assert process.turn(process.ended(jobs[LEAST:], Accepted()), after=0.5) == []


def test_a_delivery_that_tries_it_loses_no_try_and_is_there_for_the_next(stage: Stage, process: Process) -> None:
    msgid = stage.send(people(stage, LEAST))
    jobs = process.turn()
    process.turn(process.ended(jobs, REFUSED), after=0.0)
    with stage.gateway.database.write() as session:  # one that would wait for half an hour after its next failure
        session.execute(update(DeliveryRow).where(DeliveryRow.id == jobs[0].claimed.id).values(tries=9))
        session.execute(update(DeliveryRow).where(DeliveryRow.id != jobs[0].claimed.id).values(status="cancelled"))
    tried = 0
    for _ in range(40):
        for probe in process.turn(after=3.0):
            tried += 1
            process.turn(process.ended([probe], REFUSED), after=0.0)
    assert 4 <= tried <= 8
    with stage.gateway.database.read() as session:
        kept = session.get_one(DeliveryRow, jobs[0].claimed.id)
        assert (kept.status, kept.tries) == ("queued", 9)
    assert stage.progress(msgid).counts["queued"] == 1


def test_one_that_only_tells_nothing_is_followed_by_another(
    stage: Stage, process: Process, clock: FrozenClock
) -> None:
    broken(stage, process)
    (probe,) = process.turn(after=2.0)
    uncalled = probe.uncalled(Transient("frequency_cap", after=60.0), clock.now())
    process.turn([uncalled], after=0.5)
    (other,) = process.turn(after=0.5)
    assert other.claimed.id != probe.claimed.id


def test_a_try_nobody_heard_of_is_given_up(stage: Stage, process: Process) -> None:
    broken(stage, process)
    assert len(process.turn(after=2.0)) == 1
    assert process.turn(after=29.0) == []
    assert len(process.turn(after=1.5)) == 1


def test_another_channel_does_not_notice(stage: Stage, process: Process) -> None:
    userids = broken(stage, process)
    stage.send(userids, types=("email",))
    assert len(process.turn(after=1.0)) == len(userids)


def test_what_is_routed_now_takes_the_other_channel_and_what_waits_goes_on_waiting(
    stage: Stage, process: Process
) -> None:
    (first, *_) = broken(stage, process)
    both, only = stage.send([first], types=("app", "email")), stage.send([first], rule_id=FIRST_REACHABLE)
    (row,) = stage.deliveries(both)
    assert (row.channel, row.step, row.cause) == ("email1", 1, "app1: channel_failing")
    (row,) = stage.deliveries(only)
    assert (row.channel, row.status, row.reason) == ("app1", "queued", "channel_failing")


def test_it_expires_in_its_time_and_says_why(stage: Stage, process: Process, clock: FrozenClock) -> None:
    (first, *_) = broken(stage, process)
    msgid = stage.send([first])
    clock.advance(25 * 3600)
    timer.sweep(stage.gateway)
    (row,) = stage.deliveries(msgid)
    assert (row.status, row.reason) == ("expired", "channel_failing")


@pytest.mark.parametrize("act", ["resume", "set"])
def test_an_operator_may_have_it_called_at_once(stage: Stage, process: Process, act: str) -> None:
    broken(stage, process)
    if act == "resume":
        channels.resume(stage.gateway, "app1")
    else:
        channels.change(stage.gateway, "app1", {"base_url": "http://127.0.0.1:9"})
    assert len(process.turn(after=1.5)) == LEAST + 5


def test_failures_of_settings_that_were_changed_meanwhile_do_not_count(stage: Stage, process: Process) -> None:
    stage.send(people(stage))
    jobs = process.turn(room=LEAST)
    channels.change(stage.gateway, "app1", {"base_url": "http://127.0.0.1:9"})
    assert process.turn(process.ended(jobs, REFUSED), after=0.1)


def test_two_processes_count_together(stage: Stage, process: Process, clock: FrozenClock) -> None:
    stage.send(people(stage))
    other = Process(stage, clock)
    mine, theirs = process.turn(room=LEAST // 2), other.turn(room=LEAST // 2, after=0.0)
    process.turn(process.ended(mine, REFUSED), room=0)
    assert other.turn(other.ended(theirs, Uncertain("answer_timeout")), after=0.0) == []


def test_the_log_says_each_change_once(stage: Stage, process: Process, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    broken(stage, process)
    for wait in (2.0, 5.0, 10.0):
        process.turn(process.ended(process.turn(after=wait), REFUSED), after=0.1)
    process.turn(process.ended(process.turn(after=20.0), Accepted()))
    told = [str(record.msg["action"]) for record in caplog.records if isinstance(record.msg, dict)]
    assert [action for action in told if action.startswith("breaker_")] == [
        "breaker_opened",
        "breaker_half_open",
        "breaker_closed",
    ]


def test_as_long_as_nothing_fails_it_costs_no_statement(stage: Stage, process: Process) -> None:
    with statements(stage.gateway.database.engine) as seen:
        stage.send(people(stage))
        results = process.ended(process.turn(room=10), Accepted())
        seen.clear()
        process.turn(results, room=0)
    assert any("attempts" in statement for statement in seen)
    assert not any("breakers" in statement for statement in seen)


def test_a_provider_that_is_back_gets_everything_and_another_is_called_all_the_while(tmp_path: Path) -> None:
    gateway = create_gateway(home=tmp_path / "home", clock=SystemClock(), allowed_networks=["127.0.0.0/8"])
    with FakeProvider() as provider, FakeProvider() as healthy:
        stage = set_up(gateway, provider)
        channels.change(gateway, "email1", {"base_url": healthy.url})
        provider.refusals["/send"] = "busy"
        userids = people(stage, 60, email="fake-mail")
        with dispatching(gateway):
            waiting = stage.send(userids)
            stage.wait(lambda: channels.show(gateway, "app1").channel.failing is not None)
            # those that were under way when it opened
            stage.wait(lambda: all(one.status == "queued" for one in stage.deliveries(waiting)))
            called = provider.called("/send")
            beside = [stage.wait_until_done(stage.send(userids[:10], types=("email",))) for _ in range(3)]
            assert provider.called("/send") - called <= 2
            del provider.refusals["/send"]
            assert stage.wait_until_done(waiting).counts == {"accepted": 60}
        assert all(done.counts == {"accepted": 10} for done in beside)
        assert channels.show(gateway, "app1").channel.failing is None
    gateway.close()

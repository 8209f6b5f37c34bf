"""Rules with conditions and waits, on a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.dispatch.stage import Stage, dispatching, set_up
from tests.dispatch.test_receipts import TOKEN, report
from tests.factories import caller_of, create_gateway
from tests.fake_provider import FakeCall
from tests.fakes import FakeProvider, FrozenClock
from ums.domain.rule import Condition, Rule, Step
from ums.services import channels, falling_over, retracting, rules
from ums.services.gateway import Gateway

WAIT = 60


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def gateway(tmp_path: Path, clock: FrozenClock) -> Iterator[Gateway]:
    opened = create_gateway(home=tmp_path / "home", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def stage(gateway: Gateway, provider: FakeProvider) -> Stage:
    return set_up(gateway, provider, hook_token=TOKEN)


def sent(stage: Stage, *on: str, people: Sequence[str] = ()) -> str:
    """A message on `app`, and on `email` where one of the conditions is met; to one user, if not to others."""
    first = Step(channels=("app",), on=frozenset(map(Condition, on)), wait=WAIT)
    rule = rules.add(stage.gateway, "a rule", Rule(steps=(first, Step(channels=("email",)))))
    found = people or [stage.user("u1", app="fake-app", email="fake-mail")]
    return stage.send(found, types=("app", "email"), rule_id=rule.id)


def accepted(stage: Stage, msgid: str, number: int = 1) -> None:
    """Send until this many deliveries are with a provider."""
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts.get("accepted") == number)


def after(stage: Stage, clock: FrozenClock, seconds: int) -> None:
    clock.advance(seconds)
    falling_over.look(stage.gateway)


def test_what_is_not_delivered_in_time_goes_the_next_way(stage: Stage, clock: FrozenClock) -> None:
    msgid = sent(stage, "not_delivered")
    accepted(stage, msgid)
    after(stage, clock, WAIT - 1)
    assert len(stage.deliveries(msgid)) == 1
    after(stage, clock, 1)
    first, second = stage.deliveries(msgid)
    assert (second.channel, second.status, second.step) == ("email1", "queued", 1)
    assert second.fallback_of == first.id
    assert second.cause == f"app1: not_delivered after {WAIT} s"


def test_what_is_delivered_in_time_stays(stage: Stage, clock: FrozenClock) -> None:
    msgid = sent(stage, "not_delivered")
    accepted(stage, msgid)
    report(stage, "fake-app")
    assert stage.progress(msgid).status == "sending", "the rule has yet to look"
    after(stage, clock, WAIT)
    assert [d.status for d in stage.deliveries(msgid)] == ["delivered"]
    assert stage.progress(msgid).status == "done"


def test_what_is_delivered_but_not_clicked_goes_the_next_way(stage: Stage, clock: FrozenClock) -> None:
    msgid = sent(stage, "not_clicked")
    accepted(stage, msgid)
    report(stage, "fake-app")
    after(stage, clock, WAIT)
    assert [d.cause for d in stage.deliveries(msgid)] == ["", f"app1: not_clicked after {WAIT} s"]


def test_a_refusal_does_not_wait(stage: Stage) -> None:
    stage.provider.refusals["fake-app"] = "no_credit"
    msgid = sent(stage, "rejected", "not_delivered")
    with dispatching(stage.gateway):
        stage.wait(lambda: len(stage.deliveries(msgid)) == 2)
    assert stage.deliveries(msgid)[1].cause == "app1: rejected"


def test_a_refusal_that_is_no_condition_waits_for_the_one_that_is(stage: Stage, clock: FrozenClock) -> None:
    stage.provider.refusals["fake-app"] = "no_credit"
    msgid = sent(stage, "not_delivered")
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.deliveries(msgid)[0].status == "rejected")
    assert stage.progress(msgid).status == "sending"
    after(stage, clock, WAIT)
    assert len(stage.deliveries(msgid)) == 2


def test_what_is_still_queued_when_its_step_is_left_is_withdrawn(stage: Stage, clock: FrozenClock) -> None:
    msgid = sent(stage, "not_delivered")
    after(stage, clock, WAIT)
    first, second = stage.deliveries(msgid)
    assert (first.status, first.reason) == ("cancelled", falling_over.STEP_LEFT)
    assert second.status == "queued"


def test_a_channel_that_cannot_report_is_never_waited_for(
    gateway: Gateway, provider: FakeProvider, clock: FrozenClock
) -> None:
    stage = set_up(gateway, provider)
    msgid = sent(stage, "not_delivered", "not_clicked")
    accepted(stage, msgid)
    after(stage, clock, WAIT)
    assert [d.status for d in stage.deliveries(msgid)] == ["accepted"]
    assert stage.progress(msgid).status == "done"


def test_each_user_goes_his_own_way(stage: Stage, clock: FrozenClock) -> None:
    people = [
        stage.user("u1", app="fake-1", email="fake-mail-1"),
        stage.user("u2", email="fake-mail-2"),
        stage.user("u3", app="fake-3"),
    ]
    msgid = sent(stage, "not_delivered", "unreachable", people=people)
    accepted(stage, msgid, 3)
    report(stage, "fake-1")
    after(stage, clock, WAIT)
    assert sorted((d.userid, d.channel, d.status.value, d.cause) for d in stage.deliveries(msgid)) == [
        ("u1", "app1", "delivered", ""),
        ("u2", "email1", "accepted", "app1: not_bound"),
        ("u3", "app1", "accepted", ""),
    ]


def test_a_wait_survives_a_restart(
    stage: Stage, clock: FrozenClock, tmp_path: Path, provider: FakeProvider
) -> None:
    msgid = sent(stage, "not_delivered")
    accepted(stage, msgid)
    stage.gateway.close()
    reopened = create_gateway(home=tmp_path / "home", clock=clock)
    clock.advance(WAIT)
    falling_over.look(reopened)
    again = Stage(gateway=reopened, provider=provider, application_id=stage.application_id)
    assert [d.channel for d in again.deliveries(msgid)] == ["app1", "email1"]
    reopened.close()


def test_a_retracted_message_goes_no_further(stage: Stage, clock: FrozenClock) -> None:
    msgid = sent(stage, "not_delivered")
    accepted(stage, msgid)
    retracting.retract(stage.gateway, caller_of(stage.gateway, stage.application_id), msgid)
    after(stage, clock, WAIT)
    assert [d.status for d in stage.deliveries(msgid)] == ["accepted"]
    assert stage.progress(msgid).status == "cancelled"


def test_a_try_that_comes_back_after_its_message_was_retracted_is_not_made_again(stage: Stage) -> None:
    stage.provider.refusals["fake-app"] = "busy"
    msgid = stage.send([stage.user("u1", app="fake-app")])
    caller = caller_of(stage.gateway, stage.application_id)

    def take_back(call: FakeCall) -> None:
        if call.path == "/send":
            retracting.retract(stage.gateway, caller, msgid)

    stage.provider.on_call = take_back
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.deliveries(msgid)[0].status == "cancelled")
    assert stage.deliveries(msgid)[0].reason == retracting.RETRACTED
    assert stage.provider.called("/send") == 1


def test_whoever_waits_on_a_channel_that_is_removed_is_reached_on_the_next(stage: Stage) -> None:
    channels.pause(stage.gateway, "app1")
    msgid = stage.send(
        [stage.user("u1", app="fake-app", email="fake-mail"), stage.user("u2", app="other-app")],
        types=("app", "email"),
    )
    channels.remove(stage.gateway, "app1", force=True)
    accepted(stage, msgid)
    assert [(d.userid, d.channel, d.status, d.reason) for d in stage.deliveries(msgid)] == [
        ("u1", "app1", "cancelled", "channel_removed"),
        ("u2", "app1", "cancelled", "channel_removed"),
        ("u1", "email1", "accepted", ""),
    ]

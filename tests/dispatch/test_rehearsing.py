"""Test mode: every role ends as the documents say, and no provider hears of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from tests.dispatch.stage import Stage, dispatching
from tests.factories import create_application
from ums.dispatch import recovery
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.rehearsal import ROLES, TEST_ENDPOINT
from ums.domain.rule import ALL_AT_ONCE, FIRST_REACHABLE
from ums.services import channels, expanding, falling_over, rehearsing, sending
from ums.store import outbox, workers
from ums.store.endpoints import open_endpoints
from ums.store.models import ApplicationRow, AttemptRow, BindingRow, EndpointRow, MessageRow

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
DOCUMENTED = dict(re.findall(r"^\| `(test-[\w-]+)` \| `(\w+)` \|", PAGE.read_text("utf-8"), re.M))


@pytest.fixture
def rehearsal(stage: Stage) -> Stage:
    """A stage whose application is in test mode."""
    set_test_mode(stage, on=True)
    return stage


def set_test_mode(stage: Stage, *, on: bool) -> None:
    with stage.gateway.database.write() as session:
        session.execute(
            update(ApplicationRow).where(ApplicationRow.id == stage.application_id).values(policy={"test_mode": on})
        )


def statuses(stage: Stage, msgid: str) -> dict[str, str]:
    return {one.userid: one.status.value for one in stage.deliveries(msgid)}


def hurry(stage: Stage) -> None:
    """Bring the next full minute forward, and play the receipts that are due."""
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET due = 1 WHERE status = 'queued' AND reason = 'daily_quota'"))
    rehearsing.report(stage.gateway)


def played(stage: Stage, msgid: str, wanted: dict[str, str]) -> bool:
    hurry(stage)
    return statuses(stage, msgid) == wanted


def test_the_documents_know_every_role_and_no_other() -> None:
    assert DOCUMENTED.keys() == ROLES.keys()


def test_every_role_ends_as_documented_and_nobody_is_called(rehearsal: Stage) -> None:
    msgid = rehearsal.send(list(DOCUMENTED))
    with dispatching(rehearsal.gateway):
        rehearsal.wait(lambda: played(rehearsal, msgid, DOCUMENTED))
    assert rehearsal.provider.calls == []


def test_the_reasons_are_those_of_real_messages(rehearsal: Stage) -> None:
    msgid = rehearsal.send(list(DOCUMENTED))
    with dispatching(rehearsal.gateway):
        rehearsal.wait(lambda: played(rehearsal, msgid, DOCUMENTED))
    found = {one.userid: one.reason for one in rehearsal.deliveries(msgid) if one.reason}
    assert found == {
        "test-failed-receipt": "system_failed",
        "test-rejected-receipt": "user_block",
        "test-rejected-address": "invalid_address",
        "test-no-credit": "no_credit",
        "test-bad-content": "invalid_value: test",
        "test-unconfirmed": "answer_timeout",
        "test-expired": "busy",
        "test-fallback": "invalid_address",
        "test-unreachable": "app1: not_bound",
    }


def test_a_known_user_is_delivered_to_and_an_unknown_one_unreachable(rehearsal: Stage) -> None:
    msgid = rehearsal.send([rehearsal.user("u1", app="fake-1"), "nobody", "test-unheard-of"])
    with dispatching(rehearsal.gateway):
        wanted = {"u1": "delivered", "nobody": "unreachable", "test-unheard-of": "unreachable"}
        rehearsal.wait(lambda: played(rehearsal, msgid, wanted))
    assert rehearsal.progress(msgid).status == "done"
    assert rehearsal.deliveries(msgid)[0].address == "fake-1"
    assert rehearsal.provider.calls == []


def test_each_attempt_is_kept(rehearsal: Stage) -> None:
    msgid = rehearsal.send(["test-retry-then-delivered"])
    with dispatching(rehearsal.gateway):
        rehearsal.wait(lambda: statuses(rehearsal, msgid) == {"test-retry-then-delivered": "accepted"})
    with rehearsal.gateway.database.read() as session:
        attempts = session.execute(select(AttemptRow.outcome, AttemptRow.reason).order_by(AttemptRow.number)).all()
    assert [tuple(attempt) for attempt in attempts] == [("transient", "busy"), ("accepted", "")]
    assert rehearsal.deliveries(msgid)[0].attempts == 2


def test_receipts_come_a_while_after_the_acceptance(rehearsal: Stage) -> None:
    msgid = rehearsal.send(["test-clicked"])
    with dispatching(rehearsal.gateway):
        rehearsal.wait(lambda: rehearsal.progress(msgid).counts == {"accepted": 1})
    with rehearsal.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET updated_at = updated_at + 1000"))
    rehearsing.report(rehearsal.gateway)
    assert rehearsal.progress(msgid).counts == {"accepted": 1}
    with rehearsal.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET updated_at = updated_at - 2000"))
    for _ in range(2):
        rehearsing.report(rehearsal.gateway)
    assert (rehearsal.progress(msgid).status, rehearsal.progress(msgid).counts) == ("done", {"clicked": 1})


def test_every_channel_of_the_message_reaches_a_role(rehearsal: Stage) -> None:
    msgid = rehearsal.send(["test-no-credit"], rule_id=ALL_AT_ONCE, types=("app", "email"))
    with dispatching(rehearsal.gateway):
        rehearsal.wait_until_done(msgid)
    assert [(one.channel, one.status) for one in rehearsal.deliveries(msgid)] == [
        ("app1", "rejected"),
        ("email1", "rejected"),
    ]


def test_a_rule_falls_over_for_the_role_that_is_refused_first(rehearsal: Stage) -> None:
    msgid = rehearsal.send(["test-fallback", "test-rejected-address"], types=("app", "email"))
    with dispatching(rehearsal.gateway):
        rehearsal.wait(lambda: len(rehearsal.deliveries(msgid)) == 4)
        wanted = {"test-fallback": "delivered", "test-rejected-address": "rejected"}
        rehearsal.wait(lambda: played(rehearsal, msgid, wanted))
    assert rehearsal.progress(msgid).counts == {"rejected": 3, "delivered": 1}
    assert rehearsal.provider.calls == []


def test_what_was_accepted_as_a_test_stays_one_when_test_mode_ends(rehearsal: Stage) -> None:
    test = rehearsal.send(["test-fallback", rehearsal.user("u1", app="fake-1")], types=("app", "email"))
    set_test_mode(rehearsal, on=False)
    real = rehearsal.send(["u1"])
    set_test_mode(rehearsal, on=True)
    with dispatching(rehearsal.gateway):
        rehearsal.wait(lambda: played(rehearsal, test, {"test-fallback": "delivered", "u1": "delivered"}))
        rehearsal.wait(lambda: rehearsal.progress(real).counts == {"accepted": 1})
    assert rehearsal.calls_by_address() == {"fake-1": 1}


def test_outside_test_mode_a_role_is_a_userid_like_any_other(stage: Stage) -> None:
    msgid = stage.send(["test-delivered", stage.user("test-no-credit", app="fake-1")])
    with dispatching(stage.gateway):
        done = stage.wait_until_done(msgid)
    assert done.counts == {"unreachable": 1, "accepted": 1}
    assert stage.calls_by_address() == {"fake-1": 1}


def test_a_parked_and_a_paused_channel_play_all_the_same(rehearsal: Stage) -> None:
    rehearsal.provider.secret = "changed"
    assert not channels.test(rehearsal.gateway, "app1").ok
    channels.pause(rehearsal.gateway, "email1")
    asked = rehearsal.provider.called("/token")
    msgid = rehearsal.send(["test-accepted"], rule_id=ALL_AT_ONCE, types=("app", "email"))
    with dispatching(rehearsal.gateway):
        assert rehearsal.wait_until_done(msgid).counts == {"accepted": 2}
    assert rehearsal.provider.called("/token") == asked


def test_test_messages_spend_nothing_of_the_channel(rehearsal: Stage) -> None:
    def endpoints() -> list[tuple[float, float | None]]:
        with rehearsal.gateway.database.read() as session:
            rows = session.execute(
                select(EndpointRow.allowance, EndpointRow.paused_until).order_by(EndpointRow.name)
            )
            return [(row.allowance, row.paused_until) for row in rows]

    def bindings() -> list[str]:
        with rehearsal.gateway.database.read() as session:
            return list(session.scalars(select(BindingRow.state)))

    rehearsal.user("u1", app="test-rejected-address")
    before = endpoints()
    msgid = rehearsal.send(["test-throttled", "test-no-credit", "test-accepted"])
    with dispatching(rehearsal.gateway):
        wanted = {"test-throttled": "queued", "test-no-credit": "rejected", "test-accepted": "accepted"}
        rehearsal.wait(lambda: statuses(rehearsal, msgid) == wanted)
        rehearsal.wait(lambda: rehearsal.deliveries(msgid)[0].reason == "daily_quota")
    assert endpoints() == before
    assert bindings() == ["active"]


def test_a_step_that_waits_for_a_delivery_is_left_by_the_silent_role(rehearsal: Stage) -> None:
    msgid = rehearsal.send(["test-silent", "test-accepted", "test-delivered"], types=("app", "email"))
    steps = [
        {"channels": ["app"], "on": ["not_delivered"], "wait": 60},
        {"channels": ["email"], "on": [], "wait": 0},
    ]
    with rehearsal.gateway.database.write() as session:
        session.execute(update(MessageRow).values(rule=steps))
        session.execute(text("UPDATE deliveries SET look_at = 9999999999"))
    with dispatching(rehearsal.gateway):
        wanted = {"test-silent": "accepted", "test-accepted": "accepted", "test-delivered": "delivered"}
        rehearsal.wait(lambda: played(rehearsal, msgid, wanted))
        with rehearsal.gateway.database.write() as session:
            session.execute(text("UPDATE deliveries SET look_at = 1"))
        falling_over.look(rehearsal.gateway)
        rehearsal.wait(lambda: len(rehearsal.deliveries(msgid)) == 4)
    assert [(one.userid, one.channel) for one in rehearsal.deliveries(msgid)] == [
        ("test-silent", "app1"),
        ("test-accepted", "app1"),
        ("test-delivered", "app1"),
        ("test-silent", "email1"),
    ]


def test_what_a_dead_worker_of_another_machine_held_is_played_to_its_end(rehearsal: Stage) -> None:
    msgid = rehearsal.send(["test-accepted", "test-no-credit"])
    now = rehearsal.gateway.clock.now()
    with rehearsal.gateway.database.write() as session:
        workers.enlist(session, "elsewhere", host="elsewhere", pid=1, now=1.0, lease_until=1.0)
        (lane,) = [one for one in open_endpoints(session, now) if one.name == TEST_ENDPOINT]
        assert len(outbox.claim(session, "elsewhere", lane, 2, now=now, limit=10)) == 2
    recovery.reclaim_overdue(rehearsal.gateway, "me", now)
    assert statuses(rehearsal, msgid) == {"test-accepted": "accepted", "test-no-credit": "rejected"}


def test_another_application_on_the_channel_sends_while_tests_wait(rehearsal: Stage) -> None:
    bank = create_application(rehearsal.gateway, name="bank")
    channels.grant(rehearsal.gateway, "app1", "bank")
    other = Stage(gateway=rehearsal.gateway, provider=rehearsal.provider, application_id=bank.id)
    test = rehearsal.send(["test-throttled"])
    with dispatching(rehearsal.gateway):
        rehearsal.wait(lambda: rehearsal.deliveries(test)[0].reason == "daily_quota")
        real = other.send([other.user("u1", app="fake-1")])
        other.wait(lambda: other.progress(real).counts == {"accepted": 1})
    assert statuses(rehearsal, test) == {"test-throttled": "queued"}


def test_an_audience_that_is_expanded_later_is_played_as_it_was_accepted(rehearsal: Stage) -> None:
    for number in range(3):
        rehearsal.user(f"u{number}", app=f"fake-{number}")
    command = SendMessage(
        application_id=rehearsal.application_id,
        audience=Audience(everyone=True),
        contents={"app": {"text": "ready"}},
        rule_id=FIRST_REACHABLE,
    )
    msgid = sending.send(rehearsal.gateway, command).msgid
    set_test_mode(rehearsal, on=False)
    while expanding.expand_page(rehearsal.gateway):
        pass
    with dispatching(rehearsal.gateway):
        rehearsal.wait(lambda: played(rehearsal, msgid, dict.fromkeys(("u0", "u1", "u2"), "delivered")))
    assert rehearsal.provider.calls == []

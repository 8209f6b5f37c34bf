from __future__ import annotations

import threading
from collections import Counter

import pytest
from sqlalchemy import select

from tests.dispatch.stage import Stage, dispatching
from tests.fake_provider import FakeCall
from ums.domain.views import ChannelState
from ums.services import channels, users
from ums.store.models import AttemptRow, DeliveryRow

pytestmark = pytest.mark.both_databases


def test_a_message_reaches_everybody_once(stage: Stage) -> None:
    userids = [stage.user(f"u{number}", app=f"fake-{number}") for number in range(40)]
    msgid = stage.send(userids)
    with dispatching(stage.gateway):
        done = stage.wait_until_done(msgid)
    assert done.counts == {"accepted": 40}
    assert stage.calls_by_address() == Counter(f"fake-{number}" for number in range(40))


def test_every_call_has_an_attempt_with_the_providers_words(stage: Stage) -> None:
    stage.provider.refusals["fake-1"] = "dead_address"
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    with stage.gateway.database.read() as session:
        attempt = session.execute(select(AttemptRow)).scalar_one()
    assert (attempt.outcome, attempt.reason, attempt.provider_code) == ("bad_address", "dead_address", 40003)
    assert attempt.provider_message == "dead_address said the provider"
    assert attempt.ended_at >= attempt.called_at


def test_a_refused_user_falls_over_to_the_next_channel(stage: Stage) -> None:
    stage.provider.refusals["fake-app"] = "no_credit"
    msgid = stage.send([stage.user("u1", app="fake-app", email="fake-mail")], types=("app", "email"))
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    first, second = stage.deliveries(msgid)
    assert (first.channel, first.status, first.reason) == ("app1", "rejected", "no_credit")
    assert (second.channel, second.status, second.step, second.fallback_of) == ("email1", "accepted", 1, first.id)


def test_without_a_rule_nothing_falls_over(stage: Stage) -> None:
    stage.provider.refusals["fake-app"] = "no_credit"
    userid = stage.user("u1", app="fake-app", email="fake-mail")
    msgid = stage.send([userid], rule_id=0, types=("app", "email"))
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    assert {(row.channel, row.status.value) for row in stage.deliveries(msgid)} == {
        ("app1", "rejected"),
        ("email1", "accepted"),
    }


def test_nobody_is_left_unmentioned(stage: Stage) -> None:
    stage.user("u1", email="fake-mail")
    msgid = stage.send(["u1", "stranger"])
    rows = {row.userid: (row.status.value, row.reason, row.channel) for row in stage.deliveries(msgid)}
    assert rows == {
        "u1": ("unreachable", "app1: not_bound", None),
        "stranger": ("unreachable", "unknown_user", None),
    }
    assert stage.progress(msgid).status == "done"


def test_a_dead_address_is_not_called_again_until_it_is_bound_anew(stage: Stage) -> None:
    stage.provider.refusals["fake-1"] = "dead_address"
    userid = stage.user("u1", app="fake-1")
    with dispatching(stage.gateway):
        stage.wait_until_done(stage.send([userid]))
        again = stage.send([userid])
        assert stage.deliveries(again)[0].reason == "app1: address_retired"
        del stage.provider.refusals["fake-1"]
        users.opt(stage.gateway, None, [{"userid": "u1", "set": {"app": {"app1": ["fake-1"]}}}])
        assert stage.wait_until_done(stage.send([userid])).counts == {"accepted": 1}
    assert stage.calls_by_address()["fake-1"] == 2


def test_a_busy_provider_is_asked_again(stage: Stage) -> None:
    stage.provider.refusals["fake-1"] = "busy"
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.calls_by_address()["fake-1"] == 1)
        del stage.provider.refusals["fake-1"]
        stage.wait_until_done(msgid)
    (row,) = stage.deliveries(msgid)
    assert (row.status, row.attempts) == ("accepted", 2)


def test_wrong_credentials_park_the_channel_and_keep_its_queue(stage: Stage) -> None:
    stage.provider.secret = "changed"
    msgid = stage.send([stage.user(f"u{number}", app=f"fake-{number}") for number in range(30)])
    with dispatching(stage.gateway):
        stage.wait(lambda: channels.show(stage.gateway, "app1").channel.state is ChannelState.PARKED)
        assert "bad secret" in channels.show(stage.gateway, "app1").channel.reason
        stage.wait(lambda: stage.progress(msgid).counts == {"queued": 30})
        assert {row.reason.partition(":")[0] for row in stage.deliveries(msgid)} <= {"bad_secret", "channel_parked"}
        assert stage.provider.called("/token") == 1
        channels.change(stage.gateway, "app1", {"secret": "changed"})
        assert stage.wait_until_done(msgid).counts == {"accepted": 30}
    assert set(stage.calls_by_address().values()) == {1}


def test_a_delivery_that_waits_for_its_channel_says_so(stage: Stage) -> None:
    channels.pause(stage.gateway, "app1")
    msgid = stage.send([stage.user("u1", app="fake-1")])
    assert stage.deliveries(msgid)[0].reason == "channel_paused"
    channels.resume(stage.gateway, "app1")
    assert stage.deliveries(msgid)[0].reason == ""


def test_a_missing_permission_stops_one_endpoint_only(stage: Stage) -> None:
    userids = [stage.user("u1", app="fake-1"), stage.user("u2", app="fake-2")]
    stage.provider.refusals["fake-1"] = "no_permission"
    with dispatching(stage.gateway):
        blocked = stage.send(userids[:1], endpoint="notice")
        stage.wait(lambda: any(end.blocked for end in channels.show(stage.gateway, "app1").endpoints))
        assert stage.wait_until_done(stage.send(userids[1:])).counts == {"accepted": 1}
    assert stage.progress(blocked).counts == {"queued": 1}


def test_a_used_up_quota_pauses_the_endpoint_without_counting_a_try(stage: Stage) -> None:
    stage.provider.refusals["fake-1"] = "quota_used_up"
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait(lambda: any(end.paused_until for end in channels.show(stage.gateway, "app1").endpoints))
    with stage.gateway.database.read() as session:
        row = session.execute(select(DeliveryRow)).scalar_one()
    assert (row.status, row.tries, row.calls, row.reason) == ("queued", 0, 1, "quota_used_up")
    assert stage.progress(msgid).status == "sending"


def test_a_quota_that_an_operator_has_cleared_is_used_at_once(stage: Stage) -> None:
    stage.provider.refusals["fake-1"] = "quota_used_up"
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait(lambda: any(end.paused_until for end in channels.show(stage.gateway, "app1").endpoints))
        del stage.provider.refusals["fake-1"]
        channels.resume(stage.gateway, "app1")
        assert stage.wait_until_done(msgid).counts == {"accepted": 1}


def test_an_address_is_called_once_at_a_time(stage: Stage) -> None:
    busy: Counter[str] = Counter()
    overlaps: list[str] = []
    lock = threading.Lock()

    def on_call(call: FakeCall) -> None:
        if call.path != "/send":
            return
        with lock:
            busy[call.body["to"]] += 1
            if busy[call.body["to"]] > 1:
                overlaps.append(call.body["to"])
        threading.Event().wait(0.02)
        with lock:
            busy[call.body["to"]] -= 1

    stage.provider.on_call = on_call
    userids = [stage.user(f"u{number}", app=f"fake-{number % 3}") for number in range(12)]
    with dispatching(stage.gateway):
        sent = [stage.send(userids) for _ in range(2)]
        for msgid in sent:
            stage.wait_until_done(msgid)
    assert overlaps == []
    assert sum(stage.calls_by_address().values()) == 24


def test_an_expired_token_costs_no_second_attempt(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    refused: list[str] = []

    def on_call(call: FakeCall) -> None:
        if call.path == "/send" and not refused:
            refused.append("once")
            stage.provider.refusals["fake-1"] = "expired_token"
        else:
            stage.provider.refusals.pop("fake-1", None)

    stage.provider.on_call = on_call
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    assert stage.deliveries(msgid)[0].attempts == 1
    assert stage.provider.called("/send") == 2
    assert stage.provider.called("/token") == 2


def test_what_is_in_flight_ends_before_the_process_does(stage: Stage) -> None:
    stage.provider.on_call = lambda call: threading.Event().wait(0.2) if call.path == "/send" else None
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.provider.called("/send") == 1)
    assert stage.progress(msgid).counts == {"accepted": 1}

"""Calls are counted by the day, whatever comes of them, and without a statement of their own."""

from __future__ import annotations

import pytest

from tests.dispatch.stage import Stage, dispatching
from tests.factories import set_policy
from tests.statements import statements
from ums.dispatch import timer
from ums.domain.policy import Policy
from ums.services import channels, quotas
from ums.services.gateway import Gateway

pytestmark = pytest.mark.both_databases


def counted(gateway: Gateway, code: str = "app1") -> dict[str, int]:
    return {quota.endpoint: quota.counted for quota in quotas.list_for(gateway, code).quotas}


def test_every_call_counts_by_channel_and_endpoint_whatever_is_answered(stage: Stage) -> None:
    stage.provider.refusals |= {"fake-1": "dead_address", "fake-2": "no_credit"}
    userids = [stage.user(f"u{number}", app=f"fake-{number}", email=f"fake-m{number}") for number in range(5)]
    sent = [stage.send(userids), stage.send(userids[3:], endpoint="notice", types=("email",))]
    with dispatching(stage.gateway):
        for msgid in sent:
            stage.wait_until_done(msgid)
    assert counted(stage.gateway) == {"message": 5, "notice": 0}
    assert counted(stage.gateway, "email1") == {"message": 0, "notice": 2}


def test_what_was_never_called_does_not_count(stage: Stage) -> None:
    stage.provider.secret = "another"
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait(lambda: channels.show(stage.gateway, "app1").channel.state == "parked")
    assert stage.progress(msgid).counts == {"queued": 1}
    assert counted(stage.gateway) == {"message": 0, "notice": 0}


def test_what_is_turned_away_for_a_quota_does_not_count(stage: Stage) -> None:
    stage.provider.refusals["fake-2"] = "quota_used_up"
    msgid = stage.send([stage.user(f"u{number}", app=f"fake-{number}") for number in range(3)])
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts == {"accepted": 2, "queued": 1})
    assert counted(stage.gateway) == {"message": 2, "notice": 0}


def test_test_messages_do_not_count(stage: Stage) -> None:
    set_policy(stage.gateway, Policy(test_mode=True))
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts == {"accepted": 1})
    assert counted(stage.gateway) == {"message": 0, "notice": 0}


def test_counting_takes_one_statement_for_a_batch(stage: Stage) -> None:
    userids = [stage.user(f"u{number}", app=f"fake-{number}") for number in range(60)]
    with statements(stage.gateway.database.engine, "INTO endpoint_calls") as counting:
        msgid = stage.send(userids)
        with dispatching(stage.gateway):
            stage.wait_until_done(msgid)
    assert counted(stage.gateway)["message"] == 60
    assert 0 < len(counting) < 60


def test_the_provider_is_asked_by_the_clock_where_calls_were_made(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    for _ in range(2):
        timer.ask_quotas(stage.gateway)
    assert [call.path for call in stage.provider.calls if call.path.startswith("/quota")] == [
        "/quota/message",
        "/quota/notice",
    ]

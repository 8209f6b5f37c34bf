from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text, update

from tests.dispatch.stage import Stage, dispatching
from ums.clock import SystemClock
from ums.dispatch import timer
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.services import channels, sending, templates
from ums.services.idempotency import IdempotencyKey
from ums.settings import Settings
from ums.store import workers
from ums.store.models import AttemptRow, IdempotencyRow, WorkerRow


def test_what_was_not_handed_over_in_time_expires(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET expires_at = 1"))
    timer.sweep(stage.gateway)
    assert stage.progress(msgid).counts == {"expired": 1}
    assert stage.progress(msgid).status == "done"
    with dispatching(stage.gateway):
        pass
    assert stage.calls_by_address() == {}


def test_what_expires_while_its_channel_is_paused_says_so(stage: Stage) -> None:
    channels.pause(stage.gateway, "app1")
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET expires_at = 1"))
    timer.sweep(stage.gateway)
    channels.resume(stage.gateway, "app1")
    assert [(one.status, one.reason) for one in stage.deliveries(msgid)] == [("expired", "channel_paused")]


def test_what_is_out_of_time_is_not_sent_though_nobody_has_swept_yet(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET expires_at = 1"))
    other = stage.send([stage.user("u2", app="fake-2")])
    with dispatching(stage.gateway):
        stage.wait_until_done(other)
    timer.sweep(stage.gateway)
    assert stage.progress(msgid).counts == {"expired": 1}
    assert set(stage.calls_by_address()) == {"fake-2"}


def test_what_may_have_arrived_is_never_called_expired(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with stage.gateway.database.write() as session:
        (delivery_id,) = session.execute(text("UPDATE deliveries SET expires_at = 1 RETURNING id")).one()
        session.add(AttemptRow(delivery_id=delivery_id, number=1, outcome="uncertain", called_at=0.0, ended_at=1.0))
    timer.sweep(stage.gateway)
    assert stage.progress(msgid).counts == {"unconfirmed": 1}
    assert stage.progress(msgid).status == "done"


def test_nor_where_a_later_call_was_refused(stage: Stage) -> None:
    stage.provider.refusals["fake-1"] = "busy"
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with stage.gateway.database.write() as session:
        late = stage.gateway.clock.now() + 0.9
        (delivery_id,) = session.execute(
            text("UPDATE deliveries SET attempt = 1, calls = 1, tries = 9 RETURNING id")
        ).one()
        session.execute(text("UPDATE deliveries SET expires_at = :late"), {"late": late})
        session.add(AttemptRow(delivery_id=delivery_id, number=1, outcome="uncertain", called_at=0.0, ended_at=1.0))
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    assert stage.progress(msgid).counts == {"unconfirmed": 1}


def test_an_accepted_delivery_is_final_when_its_receipt_never_came(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET status = 'accepted', due = 1"))
    assert stage.progress(msgid).status == "sending"
    timer.sweep(stage.gateway)
    assert (stage.progress(msgid).status, stage.progress(msgid).counts) == ("done", {"accepted": 1})


def test_every_template_list_is_fetched_by_the_clock(stage: Stage) -> None:
    stage.provider.templates["message"] = [("T1", "Parcel")]
    stage.provider.refusals["/templates/notice"] = "no_permission"
    timer.refresh_templates(stage.gateway)
    for code in ("app1", "email1"):
        assert [view.template.title for view in templates.list_for(stage.gateway, code).templates] == ["Parcel"]


def test_lists_fetched_of_late_and_those_of_channels_out_of_use_are_left(stage: Stage) -> None:
    templates.refresh(stage.gateway, "app1")
    channels.close(stage.gateway, "email1")
    stage.provider.calls.clear()
    timer.refresh_templates(stage.gateway)
    assert stage.provider.calls == []
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE channels SET refreshed_at = refreshed_at - 21601"))
    channels.pause(stage.gateway, "app1")
    timer.refresh_templates(stage.gateway)
    assert stage.provider.called("/templates/message") == 1


def test_a_change_by_night_that_breaks_something_is_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stage.provider.templates["message"] = [("T1", "Parcel")]
    timer.refresh_templates(stage.gateway)
    stage.send([stage.user("u1", app="fake-1")], template_id="T1")
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE channels SET refreshed_at = refreshed_at - 21601"))
    assert "templates_broken" not in caplog.text
    stage.provider.templates["message"] = []
    timer.refresh_templates(stage.gateway)
    assert caplog.text.count("templates_broken") == 1, "the mail channel's list broke nothing"


def test_the_hour_is_one_of_the_quotas_zone_and_may_be_never(tmp_path: Path) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    trigger = timer.nightly(Settings(home=tmp_path))
    assert trigger is not None
    fires = trigger.get_next_fire_time(None, datetime(2026, 11, 30, 12, tzinfo=zone))
    three = datetime(2026, 12, 1, 3, tzinfo=zone)
    assert three <= fires <= three + timedelta(minutes=30)
    assert timer.nightly(Settings(home=tmp_path, refresh_hour=-1)) is None


def test_a_parked_channel_that_works_again_is_put_to_use(stage: Stage) -> None:
    stage.provider.secret = "changed"
    assert channels.test(stage.gateway, "app1").ok is False
    stage.provider.secret = "right"
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE channels SET probe_at = 1"))
    timer.probe(stage.gateway)
    assert channels.show(stage.gateway, "app1").channel.state == "ready"


def test_what_has_outlived_its_use_is_dropped(stage: Stage) -> None:
    now = SystemClock().now()
    command = SendMessage(
        application_id=stage.application_id, audience=Audience(userids=("u1",)), contents={"app": {"text": "ready"}}
    )
    for key in ("old", "new"):
        sending.send(stage.gateway, command, IdempotencyKey.of(stage.application_id, key, "sent", b""))
    with stage.gateway.database.write() as session:
        session.execute(update(IdempotencyRow).where(IdempotencyRow.key == "old").values(created_at=now - 86_401))
        workers.enlist(session, "long-gone", host="here", pid=1, now=1.0, lease_until=1.0)
        workers.end(session, "long-gone", workers.GONE)
    timer.forget(stage.gateway)
    with stage.gateway.database.read() as session:
        assert session.execute(select(IdempotencyRow.key)).scalars().all() == ["new"]
        assert session.execute(select(WorkerRow.id)).scalars().all() == []


def test_a_duty_with_a_lease_is_done_by_one_process(stage: Stage) -> None:
    with stage.gateway.database.write() as session:
        assert workers.take_lease(session, "refresh", "one", now=100.0, seconds=60.0)
        assert not workers.take_lease(session, "refresh", "other", now=150.0, seconds=60.0)
        assert workers.take_lease(session, "refresh", "one", now=150.0, seconds=60.0)
        assert workers.take_lease(session, "refresh", "other", now=211.0, seconds=60.0)
        assert workers.take_lease(session, "refresh", "one", now=1.0, seconds=60.0), "a clock that went back"


def test_results_of_old_settings_do_not_park_a_mended_channel(stage: Stage) -> None:
    def mend(*_: object) -> None:
        if stage.provider.secret == "changed":
            stage.provider.secret = "right"
            channels.change(stage.gateway, "app1", {"hook_token": "new"})

    stage.provider.refusals["/token"] = "bad_secret"
    stage.provider.secret = "changed"
    stage.provider.on_call = mend
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.provider.called("/token") >= 1)
        del stage.provider.refusals["/token"]
        stage.wait(lambda: stage.progress(msgid).counts == {"accepted": 1})
    assert channels.show(stage.gateway, "app1").channel.state == "ready"


def test_after_the_clock_was_set_back_the_next_ticks_come_at_once(stage: Stage) -> None:
    """What happens once an hour is to happen in an hour; a tick that lies too far ahead is due now."""
    with stage.gateway.database.write() as session:
        workers.enlist(session, "forgotten", host="here", pid=1, now=1.0, lease_until=1.0)
        workers.end(session, "forgotten", workers.DEAD)
    ticking = timer.Timer(stage.gateway)
    ticking.start()
    try:
        assert kept_workers(stage) == ["forgotten"]
        ticking.set_back()
        stage.wait(lambda: kept_workers(stage) == [])
    finally:
        ticking.stop()


def kept_workers(stage: Stage) -> list[str]:
    with stage.gateway.database.read() as session:
        return list(session.scalars(select(WorkerRow.id)))

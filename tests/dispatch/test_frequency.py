"""A frequency cap counts what providers took, for each user and application."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, text, update

from tests.dispatch.stage import Stage, dispatching, set_up
from tests.dispatch.test_receipts import TOKEN, report
from tests.factories import caller_of, create_application, create_channel, set_policy
from tests.fakes import FakeProvider
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.policy import FrequencyCap, Policy
from ums.domain.rule import ALL_AT_ONCE, FIRST_REACHABLE
from ums.services import counts, dry_run, sending
from ums.services.gateway import Gateway
from ums.services.reach import reach
from ums.store.models import UserSendRow

pytestmark = pytest.mark.both_databases

CAPPED = "frequency_cap"
DAY = 86_400
BOTH = ("app", "email")


@pytest.fixture
def stage(gateway: Gateway, provider: FakeProvider) -> Stage:
    """A stage whose users get two messages a day."""
    opened = set_up(gateway, provider, hook_token=TOKEN)
    cap(opened, 2)
    return opened


def cap(stage: Stage, messages: int | None, seconds: int = DAY) -> None:
    capped = None if messages is None else FrequencyCap(messages=messages, seconds=seconds)
    set_policy(stage.gateway, Policy(frequency_cap=capped))


def sent(stage: Stage, *userids: str, types: tuple[str, ...] = ("app",), rule_id: int = FIRST_REACHABLE) -> str:
    """A message of which everything has been handed over that can be."""
    msgid = stage.send(userids, types=types, rule_id=rule_id)
    with dispatching(stage.gateway):
        stage.wait(lambda: handed_over(stage, [msgid]))
    return msgid


def handed_over(stage: Stage, msgids: Sequence[str]) -> bool:
    """Whether everything of these messages has been handed over that can be."""
    return not any({"queued", "sending"} & stage.progress(msgid).counts.keys() for msgid in msgids)


def reasons(stage: Stage, msgid: str) -> dict[str, str]:
    return {one.userid: one.reason for one in stage.deliveries(msgid)}


def counted(stage: Stage) -> int:
    with stage.gateway.database.read() as session:
        return session.scalar(select(func.count()).select_from(UserSendRow)) or 0


def let_pass(stage: Stage, seconds: float) -> None:
    """What was counted is that much older."""
    with stage.gateway.database.write() as session:
        session.execute(update(UserSendRow).values(at=UserSendRow.at - seconds))


def test_who_has_had_enough_is_unreachable_until_time_has_passed(stage: Stage) -> None:
    stage.user("u1", app="fake-1")
    for _ in range(2):
        assert reasons(stage, sent(stage, "u1")) == {"u1": ""}
    stage.user("u2", app="fake-2")
    msgid = sent(stage, "u1", "u2", "nobody")
    assert reasons(stage, msgid) == {"u1": CAPPED, "u2": "", "nobody": "unknown_user"}
    assert stage.progress(msgid).counts == {"unreachable": 2, "accepted": 1}
    let_pass(stage, DAY)
    assert reasons(stage, sent(stage, "u1")) == {"u1": ""}
    assert stage.calls_by_address() == {"fake-1": 3, "fake-2": 1}


def told_until(stage: Stage) -> float | None:
    """Until when the cap keeps messages from u1, as his reach tells; None where he is reachable."""
    caller = caller_of(stage.gateway, stage.application_id)
    (app,) = [one for one in reach(stage.gateway, caller, "u1").channels if one.type == "app"]
    assert app.first.reason == ("" if app.reachable else CAPPED)
    return app.first.until


def test_reach_tells_of_the_cap_for_as_long_as_it_holds(stage: Stage) -> None:
    stage.user("u1", app="fake-1")
    began = stage.gateway.clock.now()
    for _ in range(2):
        assert told_until(stage) is None
        assert reasons(stage, sent(stage, "u1")) == {"u1": ""}
    until = told_until(stage)
    assert until is not None
    assert began + DAY <= until <= stage.gateway.clock.now() + DAY + 1
    assert reasons(stage, sent(stage, "u1")) == {"u1": CAPPED}
    let_pass(stage, DAY)
    assert told_until(stage) is None


def test_a_burst_to_one_user_is_capped_where_it_is_called(stage: Stage) -> None:
    stage.user("u1", app="fake-1")
    stage.user("u2", app="fake-2")
    msgids = [stage.send(["u1", "u2"]) for _ in range(8)]
    with dispatching(stage.gateway), dispatching(stage.gateway):
        stage.wait(lambda: handed_over(stage, msgids))
    assert stage.calls_by_address() == {"fake-1": 2, "fake-2": 2}
    found = [(one.userid, one.status.value, one.reason) for msgid in msgids for one in stage.deliveries(msgid)]
    assert sorted(found) == sorted(
        [(userid, "accepted", "") for userid in ("u1", "u2")] * 2
        + [(userid, "unreachable", CAPPED) for userid in ("u1", "u2")] * 6
    )


def test_a_burst_does_not_fall_over_to_another_channel(stage: Stage) -> None:
    cap(stage, 1)
    stage.user("u1", app="fake-1", email="fake-e1")
    msgids = [stage.send(["u1"], types=BOTH) for _ in range(4)]
    with dispatching(stage.gateway):
        stage.wait(lambda: handed_over(stage, msgids))
    assert stage.calls_by_address() == {"fake-1": 1}


def test_what_no_provider_took_does_not_count(stage: Stage) -> None:
    stage.user("u1", app="fake-1")
    stage.provider.refusals["fake-1"] = "no_credit"
    for _ in range(3):
        assert stage.progress(sent(stage, "u1")).counts == {"rejected": 1}
    assert counted(stage) == 0


def test_a_message_on_two_channels_counts_once(stage: Stage) -> None:
    stage.user("u1", app="fake-1", email="fake-e1")
    sent(stage, "u1", types=BOTH, rule_id=ALL_AT_ONCE)
    assert counted(stage) == 1
    assert stage.progress(sent(stage, "u1", types=BOTH, rule_id=ALL_AT_ONCE)).counts == {"accepted": 2}


def test_a_message_that_was_let_through_may_fall_over(stage: Stage) -> None:
    cap(stage, 1)
    stage.user("u1", app="fake-1", email="fake-e1")
    stage.provider.refusals["fake-1"] = "no_credit"
    assert stage.progress(sent(stage, "u1", types=BOTH)).counts == {"rejected": 1, "accepted": 1}
    assert reasons(stage, sent(stage, "u1", types=BOTH)) == {"u1": CAPPED}


def test_what_a_receipt_says_was_lost_counts_no_more(stage: Stage) -> None:
    cap(stage, 1)
    stage.user("u1", app="fake-1")
    sent(stage, "u1")
    report(stage, "fake-1", "rejected")
    assert counted(stage) == 0
    msgid = sent(stage, "u1")
    report(stage, "fake-1")
    assert stage.progress(msgid).counts == {"delivered": 1}
    assert reasons(stage, sent(stage, "u1")) == {"u1": CAPPED}


def test_what_another_channel_delivered_counts_although_one_was_lost(stage: Stage) -> None:
    stage.user("u1", app="fake-1", email="fake-e1")
    sent(stage, "u1", types=BOTH, rule_id=ALL_AT_ONCE)
    report(stage, "fake-1", "failed")
    assert counted(stage) == 1


def test_a_late_receipt_counts_what_had_been_unknown(stage: Stage) -> None:
    stage.user("u1", app="fake-1")
    sent(stage, "u1")
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET status = 'unconfirmed'"))
        session.execute(text("DELETE FROM user_sends"))
    report(stage, "fake-1")
    assert counted(stage) == 1


def test_applications_are_counted_apart(stage: Stage) -> None:
    cap(stage, 1)
    stage.user("u1", app="fake-1")
    sent(stage, "u1")
    other = create_application(stage.gateway, name="bank")
    create_channel(stage.gateway, code="app2", base_url=stage.provider.url, grants=["bank"])
    set_policy(stage.gateway, Policy(frequency_cap=FrequencyCap(messages=1, seconds=DAY)), name="bank")
    command = SendMessage(
        application_id=other.id, audience=Audience(userids=("u1",)), contents={"app": {"text": "ready"}}
    )
    msgid = sending.send(stage.gateway, command).msgid
    assert reasons(stage, msgid) == {"u1": "app2: not_bound"}
    assert reasons(stage, sent(stage, "u1")) == {"u1": CAPPED}


def test_a_rehearsal_tells_who_has_had_enough(stage: Stage) -> None:
    cap(stage, 1)
    stage.user("u1", app="fake-1")
    sent(stage, "u1")
    command = SendMessage(
        application_id=stage.application_id, audience=Audience(userids=("u1",)), contents={"app": {"text": "ready"}}
    )
    (blocked,) = dry_run.dry_run(stage.gateway, command).unreachable
    assert (blocked.reason, blocked.userids) == (CAPPED, ("u1",))


def test_without_a_cap_nothing_is_counted_and_the_past_is_forgotten(stage: Stage) -> None:
    stage.user("u1", app="fake-1")
    sent(stage, "u1")
    cap(stage, None)
    sent(stage, "u1")
    assert counted(stage) == 1
    counts.forget(stage.gateway)
    assert counted(stage) == 0


def test_what_no_cap_looks_back_to_is_forgotten_however_much_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "BATCH", 2)
    users = [stage.user(f"u{number}", app=f"fake-{number}") for number in range(5)]
    sent(stage, *users)
    counts.forget(stage.gateway)
    assert counted(stage) == 5
    let_pass(stage, DAY)
    sent(stage, "u0")
    counts.forget(stage.gateway)
    assert counted(stage) == 1

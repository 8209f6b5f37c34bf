"""The ledger is asked before a provider is called: exactly as many calls as there are credits."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import func, select

from tests.databases import POSTGRESQL
from tests.dispatch.processes import unlimited, worker
from tests.dispatch.stage import Stage, dispatching
from tests.factories import caller_of, create_user, set_policy
from tests.fake_provider import FakeCall
from ums.dispatch import recovery
from ums.dispatch.desk import Desk
from ums.domain.commands import Caller
from ums.domain.credit import Choice, Movement
from ums.domain.message import DAY
from ums.domain.policy import FrequencyCap, Policy
from ums.domain.settlement import RECEIPT_WAIT
from ums.domain.template import RemoteTemplate
from ums.services import accounts, channels, credits
from ums.services.credits import Whose
from ums.store import templates
from ums.store.models import DeliveryRow, WorkerRow

pytestmark = pytest.mark.both_databases

ADDRESS = "fake-1"
TEMPLATE = "t1"


@pytest.fixture
def caller(stage: Stage) -> Caller:
    return caller_of(stage.gateway, stage.application_id)


@pytest.fixture(autouse=True)
def user(stage: Stage) -> str:
    return stage.user("u1", app=ADDRESS, email="fake-mail")


def allow(stage: Stage, caller: Caller, times: int) -> None:
    for _ in range(times):
        credits.report(stage.gateway, caller, "app1", Whose(openid=ADDRESS), {TEMPLATE: Choice.ACCEPT})


def left(stage: Stage, caller: Caller) -> tuple[int, int] | None:
    """How many credits are available, and how many reserved; None where nothing is known."""
    page = credits.balances(stage.gateway, caller, channel="app1", userid="u1").page
    return next(((one.available, one.reserved) for one in page.items), None)


def changes(stage: Stage, caller: Caller) -> list[tuple[int, str]]:
    found = credits.history(stage.gateway, caller, channel="app1", userid="u1", template=TEMPLATE)
    return [(one.change, one.cause.value) for one in found.items]


def spent(stage: Stage, caller: Caller) -> list[Movement]:
    found = credits.history(stage.gateway, caller, channel="app1", userid="u1", template=TEMPLATE)
    return [one for one in found.items if one.change < 0]


def saved(stage: Stage, caller: Caller) -> int:
    return credits.balances(stage.gateway, caller, channel="app1").saved_calls


def test_two_workers_make_exactly_as_many_calls_as_there_are_credits(stage: Stage, caller: Caller) -> None:
    allow(stage, caller, 10)
    sent = [stage.send(["u1"], template=TEMPLATE) for _ in range(40)]
    with ExitStack() as workers:
        for _ in range(2):
            workers.enter_context(dispatching(stage.gateway))
        statuses = [stage.wait_until_done(msgid).counts for msgid in sent]
    assert stage.calls_by_address()[ADDRESS] == 10
    assert sorted(map(str, statuses)) == ["{'accepted': 1}"] * 10 + ["{'rejected': 1}"] * 30
    assert left(stage, caller) == (0, 0)
    assert (len(spent(stage, caller)), saved(stage, caller)) == (10, 30)


def enlisted(stage: Stage) -> int:
    with stage.gateway.database.read() as session:
        return session.execute(select(func.count()).select_from(WorkerRow)).scalar_one()


def senders(stage: Stage) -> set[str]:
    """The sending processes that hold a delivery right now."""
    with stage.gateway.database.read() as session:
        return set(session.scalars(select(DeliveryRow.owner).where(DeliveryRow.owner.is_not(None))))


def test_two_processes_and_forty_sends_at_once_make_exactly_as_many_calls_as_there_are_credits(
    stage: Stage, caller: Caller, database_kind: str
) -> None:
    seen: set[str] = set()

    def slowly(call: FakeCall) -> None:
        seen.update(senders(stage))
        threading.Event().wait(0.02)

    unlimited(stage)
    stage.provider.on_call = slowly
    with ExitStack() as running:
        for _ in range(2):
            running.enter_context(worker(stage, lease=10.0, in_flight=2))
        stage.wait(lambda: enlisted(stage) == 2)
        for round_ in range(1, 6):
            allow(stage, caller, 10)
            with ThreadPoolExecutor(8) as pool:
                sent = list(pool.map(lambda _: stage.send(["u1"], template=TEMPLATE), range(40)))
            statuses = [stage.wait_until_done(msgid).counts for msgid in sent]
            assert sorted(map(str, statuses)) == ["{'accepted': 1}"] * 10 + ["{'rejected': 1}"] * 30
            assert stage.calls_by_address()[ADDRESS] == 10 * round_
            assert left(stage, caller) == (0, 0)
            assert (len(spent(stage, caller)), saved(stage, caller)) == (10 * round_, 30 * round_)
    # on PostgreSQL whoever settles may claim on at once, so that one of them may have made all the calls
    assert len(seen) == 2 or database_kind == POSTGRESQL


def test_a_user_without_a_credit_gets_it_on_the_next_channel_without_a_call(stage: Stage, caller: Caller) -> None:
    allow(stage, caller, 1)
    with dispatching(stage.gateway):
        for _ in range(2):
            stage.wait_until_done(stage.send(["u1"], template=TEMPLATE))
        msgid = stage.send(["u1"], types=("app", "email"), template=TEMPLATE)
        stage.wait_until_done(msgid)
    first, second = stage.deliveries(msgid)
    assert (first.channel, first.status, first.reason, first.attempts) == ("app1", "rejected", "no_credit", 0)
    assert (second.channel, second.step, second.fallback_of) == ("email1", 1, first.id)
    assert stage.calls_by_address()[ADDRESS] == 1


def test_a_content_without_a_template_needs_no_credit(stage: Stage, caller: Caller) -> None:
    with dispatching(stage.gateway):
        assert stage.wait_until_done(stage.send(["u1"])).counts == {"accepted": 1}
    assert left(stage, caller) is None


def test_a_long_term_template_needs_no_credit(stage: Stage, caller: Caller) -> None:
    channels.change(stage.gateway, "app1", {"unknown_credits": "none"})
    listed = RemoteTemplate(template_id=TEMPLATE, title="", kind="message", content="", long_term=True)
    with stage.gateway.database.write() as session:
        templates.replace(session, accounts.account(stage.gateway, "app1").id, [listed])
    with dispatching(stage.gateway):
        assert stage.wait_until_done(stage.send(["u1"], template=TEMPLATE)).counts == {"accepted": 1}
    assert left(stage, caller) is None


def test_where_nothing_is_known_the_channel_says_what_to_do(stage: Stage, caller: Caller) -> None:
    with dispatching(stage.gateway):
        assert stage.wait_until_done(stage.send(["u1"], template=TEMPLATE)).counts == {"accepted": 1}
        assert left(stage, caller) is None
        channels.change(stage.gateway, "app1", {"unknown_credits": "none"})
        assert stage.wait_until_done(stage.send(["u1"], template=TEMPLATE)).counts == {"rejected": 1}
    assert stage.calls_by_address()[ADDRESS] == 1
    assert saved(stage, caller) == 1


@pytest.mark.parametrize("known", [0, 3])
def test_where_the_provider_knows_of_no_credit_none_is_left(stage: Stage, caller: Caller, known: int) -> None:
    allow(stage, caller, known)
    stage.provider.refusals[ADDRESS] = "no_credit"
    with dispatching(stage.gateway):
        stage.wait_until_done(stage.send(["u1"], template=TEMPLATE))
        stage.wait_until_done(stage.send(["u1"], template=TEMPLATE))
    assert left(stage, caller) == (0, 0)
    assert changes(stage, caller) == [(1, "allowed")] * known + [(-known, "refused")]
    assert stage.calls_by_address()[ADDRESS] == 1


@pytest.mark.parametrize("refusal", ["dead_address", "bad_content"])
def test_a_message_that_was_refused_for_something_else_uses_up_nothing(
    stage: Stage, caller: Caller, refusal: str
) -> None:
    allow(stage, caller, 2)
    stage.provider.refusals[ADDRESS] = refusal
    msgid = stage.send(["u1"], template=TEMPLATE)
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    page = credits.balances(stage.gateway, caller, channel="app1").page
    assert [(one.address, one.available, one.reserved) for one in page.items] == [(ADDRESS, 2, 0)]


def test_a_provider_that_is_busy_uses_up_nothing_until_it_takes_the_message(stage: Stage, caller: Caller) -> None:
    allow(stage, caller, 2)
    stage.provider.refusals[ADDRESS] = "busy"
    msgid = stage.send(["u1"], template=TEMPLATE)
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts == {"queued": 1} and stage.provider.called("/send") > 0)
        assert left(stage, caller) == (2, 0)
        del stage.provider.refusals[ADDRESS]
        stage.wait_until_done(msgid)
    assert left(stage, caller) == (1, 0)


def abandoned(stage: Stage) -> None:
    """A worker on another machine claims what there is, and is never heard of again."""
    desk = Desk(stage.gateway)
    owner = desk.enlist()
    assert len(desk.turn([], 10).jobs) == 1
    with stage.gateway.database.write() as session:
        session.get_one(WorkerRow, owner).lease_until = 0.0
    recovery.reclaim_overdue(stage.gateway, "somebody else", stage.gateway.clock.now())


def test_an_unconfirmed_message_keeps_its_credit_for_a_day(stage: Stage, caller: Caller) -> None:
    allow(stage, caller, 2)
    msgid = stage.send(["u1"], template=TEMPLATE)
    abandoned(stage)
    assert stage.progress(msgid).counts == {"unconfirmed": 1}
    credits.spend_left_over(stage.gateway)
    assert left(stage, caller) == (1, 1)
    with stage.gateway.database.write() as session:
        session.scalars(select(DeliveryRow)).one().updated_at -= RECEIPT_WAIT
    credits.spend_left_over(stage.gateway)
    assert left(stage, caller) == (1, 0)
    assert changes(stage, caller)[-1] == (-1, "unconfirmed")


def test_what_a_worker_claimed_and_never_called_gives_its_credit_back(stage: Stage, caller: Caller) -> None:
    allow(stage, caller, 1)
    stage.send(["u1"], template=TEMPLATE)
    desk = Desk(stage.gateway)
    desk.enlist()
    (job,) = desk.turn([], 10).jobs
    assert left(stage, caller) == (0, 1)
    desk.leave([], [job.claimed.id])
    assert left(stage, caller) == (1, 0)


def test_another_users_credits_are_his_own(stage: Stage, caller: Caller) -> None:
    create_user(stage.gateway, userid="u2", bindings=[("app", "app1", "fake-2")])
    allow(stage, caller, 1)
    channels.change(stage.gateway, "app1", {"unknown_credits": "none"})
    with dispatching(stage.gateway):
        assert stage.wait_until_done(stage.send(["u2"], template=TEMPLATE)).counts == {"rejected": 1}
    assert left(stage, caller) == (1, 0)


def test_what_is_held_back_once_it_is_claimed_gives_no_other_ones_credit_back(stage: Stage, caller: Caller) -> None:
    allow(stage, caller, 3)
    set_policy(stage.gateway, Policy(frequency_cap=FrequencyCap(messages=9, seconds=DAY)))
    with dispatching(stage.gateway):
        stage.wait_until_done(stage.send(["u1"], template=TEMPLATE))
    stage.send(["u1"], template=TEMPLATE)
    abandoned(stage)
    assert left(stage, caller) == (1, 1)
    msgid = stage.send(["u1"], template=TEMPLATE)
    set_policy(stage.gateway, Policy(frequency_cap=FrequencyCap(messages=1, seconds=DAY)))
    with dispatching(stage.gateway):
        assert stage.wait_until_done(msgid).counts == {"unreachable": 1}
    assert left(stage, caller) == (1, 1)


def test_of_many_claimed_at_once_each_holds_a_credit_of_its_own_or_none(stage: Stage, caller: Caller) -> None:
    desk = Desk(stage.gateway)
    desk.enlist()
    rich: set[str] = set()
    # once most had none, what is claimed isn't taken for holding one before the ledger was asked
    for part in ("first", "second"):
        without = [stage.user(f"{part}-poor{number}", app=f"{part}-p{number}") for number in range(7)]
        having = [stage.user(f"{part}-rich{number}", app=f"{part}-r{number}") for number in range(3)]
        for userid in having:
            credits.report(stage.gateway, caller, "app1", Whose(userid=userid), {TEMPLATE: Choice.ACCEPT})
        stage.send(without + having, template=TEMPLATE)
        jobs = desk.turn([], 50).jobs
        assert len(jobs) == 10
        assert {one.claimed.userid for one in jobs if one.claimed.credit == TEMPLATE} == set(having)
        rich |= set(having)
        assert holders(stage) == rich


def holders(stage: Stage) -> set[str]:
    with stage.gateway.database.read() as session:
        return set(session.scalars(select(DeliveryRow.userid).where(DeliveryRow.credit == TEMPLATE)))

"""What needs an open window is called as often as the window takes it, and not otherwise."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

import pytest
from sqlalchemy import select, update

from tests.dispatch.stage import Stage, dispatching
from ums.dispatch import recovery
from ums.dispatch.desk import Desk
from ums.domain.push import Push
from ums.domain.window import WINDOWS, Opening, Trigger
from ums.services import accounts, channels, pushes
from ums.store.models import ListeningRow, WindowHoldRow, WindowRow, WorkerRow

pytestmark = pytest.mark.both_databases

ADDRESS = "fake-1"
DAYS = 86400.0


@pytest.fixture(autouse=True)
def user(stage: Stage) -> str:
    return stage.user("u1", app=ADDRESS, email="fake-mail")


@pytest.fixture
def heard(stage: Stage) -> None:
    """The channel's pushes have come for long."""
    channels.change(stage.gateway, "app1", {"hook_token": "hook-token"})
    opens(stage, Trigger.ENTER, address="fake-somebody-else", ago=9 * DAYS)
    with stage.gateway.database.write() as session:
        session.execute(update(ListeningRow).values(since=stage.gateway.clock.now() - 3 * DAYS))


def opens(stage: Stage, trigger: Trigger, *, address: str = ADDRESS, ago: float = 5.0) -> None:
    """What the provider pushes when somebody has done something."""
    now = stage.gateway.clock.now()
    channel_id = accounts.account(stage.gateway, "app1").id
    opening = Opening(address, trigger, float(int(now - ago)))
    pushes.store(stage.gateway, Push(channel_id=channel_id, received_at=now, openings=(opening,)))


def send(stage: Stage, *, types: tuple[str, ...] = ("app",)) -> str:
    return stage.send(["u1"], types=types, windowed=True)


def settled(stage: Stage, msgid: str) -> bool:
    """Whether nothing of a message is on its way, receipts aside."""
    return not {"queued", "sending"} & set(stage.progress(msgid).counts)


def ends(stage: Stage, *msgids: str) -> list[tuple[str, str]]:
    """What became of the first delivery of each message."""
    for msgid in msgids:
        stage.wait(partial(settled, stage, msgid))
    firsts = [stage.deliveries(msgid)[0] for msgid in msgids]
    return [(one.status.value, one.reason) for one in firsts]


def window(stage: Stage, trigger: Trigger = Trigger.MESSAGE) -> tuple[int, int]:
    """How many messages it has taken, and how many places are reserved."""
    with stage.gateway.database.read() as session:
        row = session.get_one(WindowRow, (accounts.account(stage.gateway, "app1").id, ADDRESS, trigger.value))
        return row.used, row.reserved


@pytest.mark.usefixtures("heard")
def test_two_workers_make_exactly_as_many_calls_as_the_window_takes(stage: Stage) -> None:
    opens(stage, Trigger.MESSAGE)
    sent = [send(stage) for _ in range(40)]
    with ExitStack() as workers:
        for _ in range(2):
            workers.enter_context(dispatching(stage.gateway))
        found = ends(stage, *sent)
    assert stage.calls_by_address()[ADDRESS] == 5
    assert sorted(found) == [("accepted", "")] * 5 + [("rejected", "window_used_up")] * 35
    assert window(stage) == (5, 0)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("trigger", list(Trigger))
def test_each_act_opens_the_window_of_the_table(stage: Stage, trigger: Trigger) -> None:
    opens(stage, trigger, ago=0)
    sent = [send(stage) for _ in range(6)]
    with dispatching(stage.gateway):
        found = ends(stage, *sent)
    assert [status for status, _ in found].count("accepted") == WINDOWS[trigger].messages


@pytest.mark.usefixtures("heard")
def test_who_has_not_been_active_gets_it_on_the_next_channel_without_a_call(stage: Stage) -> None:
    with dispatching(stage.gateway):
        msgid = send(stage, types=("app", "email"))
        assert ends(stage, msgid) == [("rejected", "outside_window")]
    first, second = stage.deliveries(msgid)
    assert (first.attempts, second.channel, second.status.value) == (0, "email1", "accepted")
    assert stage.calls_by_address() == {"fake-mail": 1}


@pytest.mark.usefixtures("heard")
def test_a_window_closes_by_itself(stage: Stage) -> None:
    opens(stage, Trigger.SCAN, ago=61)
    opens(stage, Trigger.MESSAGE, ago=2 * DAYS + 1)
    with dispatching(stage.gateway):
        assert ends(stage, send(stage)) == [("rejected", "outside_window")]


@pytest.mark.usefixtures("heard")
def test_what_has_an_open_window_uses_the_one_that_closes_first(stage: Stage) -> None:
    opens(stage, Trigger.MESSAGE)
    opens(stage, Trigger.MENU, ago=0)
    with dispatching(stage.gateway):
        assert ends(stage, *(send(stage) for _ in range(3))) == [("accepted", "")] * 3
    assert (window(stage, Trigger.MENU), window(stage)) == ((3, 0), (0, 0))


@pytest.mark.usefixtures("heard")
def test_acting_again_opens_it_anew_and_a_repeated_push_does_not(stage: Stage) -> None:
    opens(stage, Trigger.MESSAGE, ago=50)
    with dispatching(stage.gateway):
        ends(stage, *(send(stage) for _ in range(4)))
        opens(stage, Trigger.MESSAGE, ago=60)
        assert window(stage) == (4, 0)
        opens(stage, Trigger.MESSAGE, ago=10)
        assert window(stage) == (0, 0)


@pytest.mark.parametrize(
    ("unknown", "found"), [("try", ("accepted", "")), ("none", ("rejected", "outside_window"))]
)
def test_where_pushes_never_came_the_channel_says_what_to_do(
    stage: Stage, unknown: str, found: tuple[str, str]
) -> None:
    channels.change(stage.gateway, "app1", {"unknown_credits": unknown})
    with dispatching(stage.gateway):
        assert ends(stage, send(stage)) == [found]


def test_where_pushes_come_since_yesterday_an_earlier_window_may_be_open(stage: Stage) -> None:
    channels.change(stage.gateway, "app1", {"hook_token": "hook-token"})
    opens(stage, Trigger.ENTER, address="fake-somebody-else")
    with dispatching(stage.gateway):
        assert ends(stage, send(stage)) == [("accepted", "")]


@pytest.mark.usefixtures("heard")
def test_a_channel_that_takes_no_pushes_any_more_knows_nothing(stage: Stage) -> None:
    channels.change(stage.gateway, "app1", {"hook_token": ""})
    with dispatching(stage.gateway):
        assert ends(stage, send(stage)) == [("accepted", "")]


@pytest.mark.parametrize("reason", ["outside_window", "window_used_up"])
@pytest.mark.parametrize("known", [True, False])
def test_a_refusal_closes_it_until_he_acts_again(stage: Stage, reason: str, known: bool) -> None:
    if known:
        opens(stage, Trigger.MESSAGE)
    stage.provider.refusals[ADDRESS] = reason
    with dispatching(stage.gateway):
        assert ends(stage, send(stage)) == [("rejected", reason)]
        assert ends(stage, send(stage)) == [("rejected", reason)]
        assert stage.calls_by_address()[ADDRESS] == 1
        del stage.provider.refusals[ADDRESS]
        opens(stage, Trigger.MESSAGE, ago=0)
        assert ends(stage, send(stage)) == [("accepted", "")]


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("refusal", ["dead_address", "bad_content"])
def test_what_was_refused_for_something_else_uses_nothing_up(stage: Stage, refusal: str) -> None:
    opens(stage, Trigger.MESSAGE)
    stage.provider.refusals[ADDRESS] = refusal
    msgid = send(stage)
    with dispatching(stage.gateway):
        ends(stage, msgid)
    assert window(stage) == (0, 0)


@pytest.mark.usefixtures("heard")
def test_what_was_claimed_and_never_called_is_given_back(stage: Stage) -> None:
    opens(stage, Trigger.MESSAGE)
    send(stage)
    desk = Desk(stage.gateway)
    desk.enlist()
    jobs = desk.turn((), 10).jobs
    assert (len(jobs), window(stage)) == (1, (0, 1))
    desk.leave((), [job.claimed.id for job in jobs])
    assert window(stage) == (0, 0)
    with stage.gateway.database.read() as session:
        assert session.scalars(select(WindowHoldRow.delivery_id)).all() == []


@pytest.mark.usefixtures("heard")
def test_a_place_of_which_nobody_knows_what_became_stays_taken(stage: Stage) -> None:
    opens(stage, Trigger.MESSAGE)
    send(stage)
    desk = Desk(stage.gateway)
    desk.enlist()
    assert len(desk.turn((), 10).jobs) == 1
    with stage.gateway.database.write() as session:
        session.execute(update(WorkerRow).values(lease_until=0.0))
    recovery.reclaim_overdue(stage.gateway, "another", stage.gateway.clock.now())
    assert window(stage) == (0, 1)
    sent = [send(stage) for _ in range(5)]
    with dispatching(stage.gateway):
        found = ends(stage, *sent)
    assert sorted(found) == [("accepted", "")] * 4 + [("rejected", "window_used_up")]

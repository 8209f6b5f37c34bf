"""Who doesn't follow an account isn't called with what only followers get."""

from __future__ import annotations

import pytest

from tests.dispatch.stage import Stage, dispatching
from ums.domain.audience import Audience
from ums.domain.commands import Json, SendMessage
from ums.domain.follow import Follow, ToldBy
from ums.domain.push import ProviderEvent, Push
from ums.domain.rule import ALL_AT_ONCE
from ums.services import accounts, dry_run, pushes, sending, users
from ums.store import follows

ADDRESS = "fake-1"


@pytest.fixture(autouse=True)
def user(stage: Stage) -> str:
    return stage.user("u1", app=ADDRESS, email="fake-mail")


def tell(stage: Stage, *, following: bool, at: float, event: str = "") -> None:
    """What the provider pushes."""
    told = ProviderEvent(
        kind="subscribe" if following else "unsubscribe",
        address=ADDRESS,
        event_id=event or f"{following} {at}",
        at=at,
        details={},
        follow=Follow(ADDRESS, following=following, at=at),
    )
    channel_id = accounts.account(stage.gateway, "app1").id
    pushes.store(stage.gateway, Push(channel_id=channel_id, received_at=at, events=(told,)))


def state(stage: Stage) -> bool | None:
    with stage.gateway.database.read() as session:
        return follows.is_following(session, accounts.account(stage.gateway, "app1").id, ADDRESS)


def told(stage: Stage, msgid: str) -> list[tuple[str | None, str, str, str]]:
    return [(one.channel, one.status.value, one.reason, one.cause) for one in stage.deliveries(msgid)]


def send(stage: Stage, *, to_followers: bool = True, types: tuple[str, ...] = ("app", "email")) -> str:
    return stage.send(["u1"], types=types, to_followers=to_followers)


def test_who_has_left_is_reached_by_the_next_channel_at_once(stage: Stage) -> None:
    tell(stage, following=False, at=100)
    with dispatching(stage.gateway):
        msgid = send(stage)
        stage.wait_until_done(msgid)
    assert told(stage, msgid) == [("email1", "accepted", "", "app1: not_following")]
    assert stage.calls_by_address() == {"fake-mail": 1}


def test_who_has_left_is_unreachable_where_there_is_no_other_channel(stage: Stage) -> None:
    tell(stage, following=False, at=100)
    assert told(stage, send(stage, types=("app",))) == [(None, "unreachable", "app1: not_following", "")]


def test_what_needs_no_follower_goes_to_him_all_the_same(stage: Stage) -> None:
    tell(stage, following=False, at=100)
    with dispatching(stage.gateway):
        msgid = send(stage, to_followers=False)
        stage.wait_until_done(msgid)
    assert told(stage, msgid) == [("app1", "accepted", "", "")]


@pytest.mark.parametrize(
    ("events", "known"),
    [
        ([], None),
        ([(False, 100)], False),
        ([(False, 100), (True, 200)], True),
        ([(True, 200), (False, 100)], True),
        ([(False, 200), (True, 100)], False),
        ([(True, 100), (False, 100)], False),
        ([(False, 100), (True, 100)], True),
    ],
)
def test_events_count_by_their_own_time_and_within_a_second_as_they_come(
    stage: Stage, events: list[tuple[bool, float]], known: bool | None
) -> None:
    for following, at in events:
        tell(stage, following=following, at=at)
    assert state(stage) is known


def test_a_repeated_push_changes_nothing(stage: Stage) -> None:
    tell(stage, following=True, at=100, event="e1")
    tell(stage, following=False, at=100, event="e2")
    tell(stage, following=True, at=100, event="e1")
    assert state(stage) is False


def test_what_was_queued_before_he_left_is_not_called_and_falls_over(stage: Stage) -> None:
    msgid = send(stage)
    tell(stage, following=False, at=100)
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    assert [row[:3] for row in told(stage, msgid)] == [
        ("app1", "rejected", "not_following"),
        ("email1", "accepted", ""),
    ]
    assert stage.calls_by_address() == {"fake-mail": 1}


def test_addresses_of_the_callers_own_are_asked_for_before_the_call(stage: Stage) -> None:
    tell(stage, following=False, at=100)
    content: dict[str, Json] = {"text": "ready", "to_followers": True}
    command = SendMessage(
        application_id=stage.application_id,
        audience=Audience(addresses={"app": (ADDRESS, "fake-2")}),
        contents={"app": content},
        rule_id=ALL_AT_ONCE,
    )
    with dispatching(stage.gateway):
        msgid = sending.send(stage.gateway, command).msgid
        stage.wait_until_done(msgid)
    assert sorted(row.status.value for row in stage.deliveries(msgid)) == ["accepted", "rejected"]
    assert stage.calls_by_address() == {"fake-2": 1}


def test_a_refusal_tells_it_and_leaves_the_address_in_use(stage: Stage) -> None:
    stage.provider.refusals[ADDRESS] = "not_following"
    with dispatching(stage.gateway):
        stage.wait_until_done(send(stage))
        assert state(stage) is False
        del stage.provider.refusals[ADDRESS]
        stage.wait_until_done(send(stage))
        stage.wait_until_done(send(stage, to_followers=False))
    assert stage.calls_by_address() == {ADDRESS: 2, "fake-mail": 2}


def test_after_a_refusal_following_or_binding_again_makes_him_reachable(stage: Stage) -> None:
    stage.provider.refusals[ADDRESS] = "not_following"
    with dispatching(stage.gateway):
        stage.wait_until_done(send(stage))
        users.opt(stage.gateway, None, [{"userid": "u1", "set": {"app": {"app1": [ADDRESS]}}}])
        assert state(stage) is None
        stage.wait_until_done(send(stage))
        tell(stage, following=True, at=stage.gateway.clock.now() + 5)
        assert state(stage) is True
        del stage.provider.refusals[ADDRESS]
        stage.wait_until_done(send(stage))
    assert stage.calls_by_address()[ADDRESS] == 3


def test_a_refusal_does_not_outdo_what_was_told_of_its_second(stage: Stage) -> None:
    channel_id = accounts.account(stage.gateway, "app1").id
    tell(stage, following=True, at=100)
    with stage.gateway.database.write() as session:
        follows.tell(session, channel_id, Follow(ADDRESS, following=False, at=100), ToldBy.REFUSAL)
    assert state(stage) is True


def test_binding_again_does_not_undo_what_he_did(stage: Stage) -> None:
    tell(stage, following=False, at=100)
    users.opt(stage.gateway, None, [{"userid": "u1", "set": {"app": {"app1": [ADDRESS]}}}])
    assert state(stage) is False


@pytest.mark.parametrize("whom", [["u1"], ["u1", "u2"], None], ids=["one", "several", "everyone"])
def test_a_dry_run_tells_who_does_not_follow(stage: Stage, whom: list[str] | None) -> None:
    stage.user("u2", app="fake-2")
    tell(stage, following=False, at=100)
    command = SendMessage(
        application_id=stage.application_id,
        audience=Audience(userids=None if whom is None else tuple(whom), everyone=whom is None),
        contents={"app": {"text": "ready", "to_followers": True}},
        rule_id=ALL_AT_ONCE,
    )
    found = dry_run.dry_run(stage.gateway, command)
    (unreachable,) = found.unreachable
    assert (unreachable.reason, unreachable.userids) == ("app1: not_following", ("u1",))
    assert found.channels == ({} if whom == ["u1"] else {"app1": 1})

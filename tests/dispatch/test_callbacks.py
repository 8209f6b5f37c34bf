"""What deliveries go through is told in order, by a sending process that may stop or die at any moment."""

from __future__ import annotations

import json
import signal
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from tests.dispatch.processes import worker
from tests.dispatch.stage import PATIENCE, Stage, dispatching, set_up
from tests.fakes import FakeProvider
from tests.receiver import Answer, Item, Receiver, receiving
from ums.dispatch import settling, timer
from ums.dispatch.callbacks import CallbackPoster
from ums.dispatch.job import Result
from ums.domain.audience import Audience
from ums.domain.commands import CallbackChoice, SendMessage
from ums.domain.message import Priority
from ums.domain.outcome import Accepted, Uncertain
from ums.services import callbacks, hooks, posting, sending
from ums.services.callbacks import CallbackWanted
from ums.services.gateway import Gateway
from ums.services.telling import tell_retracted
from ums.store import endpoints, outbox

TOKEN = "hook-token"


@pytest.fixture
def stage(gateway: Gateway, provider: FakeProvider) -> Stage:
    return set_up(gateway, provider, hook_token=TOKEN)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def listens(stage: Stage, receiver: Receiver, path: str = "") -> int:
    """The number of a verified callback URL of the application."""
    made = callbacks.add(stage.gateway, "shop", CallbackWanted(url=receiver.url + path)).callback.id
    callbacks.verify(stage.gateway, made)
    return made


def waited_long_enough(stage: Stage) -> None:
    """As if ten seconds had passed since everything happened."""
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE callback_events SET created_at = created_at - 10 WHERE batch_id IS NULL"))


def told(stage: Stage, receiver: Receiver, callback_id: int) -> dict[str, list[int]]:
    """The types that were told of each user, in order."""
    waited_long_enough(stage)
    while posting.post_next(stage.gateway, callback_id):
        waited_long_enough(stage)
    types: dict[str, list[int]] = defaultdict(list)
    for item in receiver.items:
        types[str(item["userid"])].append(int(str(item["type"])))
    return dict(types)


def report(stage: Stage, address: str, *statuses: str) -> None:
    (sent,) = [call.body["id"] for call in stage.provider.calls if call.body.get("to") == address]
    for status in statuses:
        body = {"event_id": f"{sent}-{status}", "provider_id": sent, "address": address, "status": status}
        reason = {"reason": "user_block", "words": "blocked"} if status == "rejected" else {}
        hooks.receive(stage.gateway, "app1", "POST", {"signature": TOKEN}, json.dumps({**body, **reason}).encode())


def test_each_delivery_is_told_from_its_target_to_its_click(stage: Stage, receiver: Receiver) -> None:
    url = listens(stage, receiver)
    users = [stage.user(f"u{number}", app=f"fake-{number}") for number in range(3)]
    falls_over = stage.user("falls", app="fake-dead", email="fake-mail")
    stage.provider.refusals["fake-dead"] = "no_credit"
    msgid = stage.send([*users, falls_over, "nobody"], types=("app", "email"))
    with dispatching(stage.gateway):
        stage.wait(lambda: stage.progress(msgid).counts == {"accepted": 4, "rejected": 1, "unreachable": 1})
    report(stage, "fake-0", "delivered", "clicked")
    report(stage, "fake-1", "rejected")
    assert told(stage, receiver, url) == {
        "u0": [0, 2, 4, 6],
        "u1": [0, 2, 5],
        "u2": [0, 2],
        "falls": [0, 3, 0, 2],
        "nobody": [1],
    }
    errors = [item["error"] for item in receiver.items if item["type"] in {3, 5}]
    assert errors == [
        {"code": 43101, "message": "no_credit said the provider"},
        {"code": 991005, "message": "the provider refused it (user_block: blocked)"},
    ]
    by_mail = [item for item in receiver.items if item["userid"] == "falls"][2:]
    assert [(item["sender"], item.get("sender_id")) for item in by_mail] == [(4, None), (4, "fake-mail")]


def test_a_receipt_that_overtakes_the_answer_is_told_after_it(stage: Stage, receiver: Receiver) -> None:
    url = listens(stage, receiver)
    stage.provider.on_call = lambda call: (
        report(stage, "fake-1", "delivered") if call.path == "/send" and call.body["to"] == "fake-1" else None
    )
    msgid = stage.send([stage.user("u1", app="fake-1")])
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    assert told(stage, receiver, url) == {"u1": [0, 2, 4]}


def test_what_expires_in_the_queue_is_told(stage: Stage, receiver: Receiver) -> None:
    url = listens(stage, receiver)
    stage.send([stage.user("u1", app="fake-1")])
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE deliveries SET expires_at = 1"))
    timer.sweep(stage.gateway)
    assert told(stage, receiver, url) == {"u1": [0, 3]}
    assert _error(receiver.items[1])["code"] == 991003


def test_what_was_given_up_as_unknown_is_corrected_by_a_late_answer_once(stage: Stage, receiver: Receiver) -> None:
    url = listens(stage, receiver)
    stage.send([stage.user("u1", app="fake-1")])
    now = stage.gateway.clock.now()
    with stage.gateway.database.write() as session:
        (claimed,) = [
            row
            for endpoint in endpoints.open_endpoints(session, now)
            for row in outbox.claim(session, "w1", endpoint, Priority.MEDIUM, now=now, limit=9)
        ]
    lost = Result(
        claimed=claimed,
        channel_version=0,
        outcome=Uncertain("answer_timeout"),
        repeat_window=0.0,
        awaits_receipt=False,
        called_at=now,
        ended_at=now,
    )
    answered = lost._replace(outcome=Accepted(provider_id="7"))
    with stage.gateway.database.write() as session:
        settling.write(session, stage.gateway, "w1", settling.settled(stage.gateway, [lost]), now)
    for _ in range(2):
        with stage.gateway.database.write() as session:
            settling.write_late(session, stage.gateway, settling.settled(stage.gateway, [answered]), now)
    assert told(stage, receiver, url) == {"u1": [0, 3, 2]}
    assert _error(receiver.items[1])["code"] == 991004


def test_what_is_retracted_or_can_not_be_is_told(stage: Stage, receiver: Receiver) -> None:
    url = listens(stage, receiver)
    msgid = stage.send([stage.user("u1", app="fake-1"), stage.user("u2", app="fake-2")])
    first, second = (delivery.id for delivery in stage.deliveries(msgid))
    with stage.gateway.database.write() as session:
        message_id = session.execute(text("SELECT id FROM messages")).scalar_one()
        tell_retracted(session, message_id, [first], 1.0)
        tell_retracted(session, message_id, [second], 1.0, refused="accepted")
    assert told(stage, receiver, url) == {"u1": [0, 7], "u2": [0, 8]}
    failed = next(item for item in receiver.items if item["type"] == 8)
    assert _error(failed) == {"code": 991008, "message": "it had been handed to the provider (accepted)"}


@contextmanager
def posting_process(gateway: Gateway) -> Iterator[CallbackPoster]:
    poster = CallbackPoster(gateway)
    poster.start()
    try:
        yield poster
    finally:
        poster.stop(PATIENCE)


def named(stage: Stage, url: str, *userids: str) -> None:
    """Messages to one user each, whose receipts go to `url`."""
    for userid in userids:
        command = SendMessage(
            application_id=stage.application_id,
            audience=Audience(userids=(userid,)),
            contents={"app": {"text": "ready"}},
            callback=CallbackChoice(url=url),
        )
        sending.send(stage.gateway, command)


def test_a_slow_receiver_gets_its_share_of_calls_and_keeps_nobody_waiting(stage: Stage, receiver: Receiver) -> None:
    release = threading.Event()
    with receiving() as slow:
        slow.usual = Answer(until=release)
        listens(stage, slow)
        quick = listens(stage, receiver)
        for number in range(10):
            named(stage, slow.url, *(f"s{number}-{one}" for one in range(100)))
        named(stage, receiver.url, *(f"q{number}" for number in range(100)))
        with posting_process(stage.gateway):
            slow.wait_for_posts(posting.AT_ONCE)
            assert len(receiver.wait_for_posts(1)[0].items) == 100
            named(stage, receiver.url, *(f"r{number}" for number in range(100)))
            receiver.wait_for_posts(2)
            assert len(slow.posts) == posting.AT_ONCE
            release.set()
            slow.wait_for_posts(10)
        assert callbacks.show(stage.gateway, quick).posts["delivered"] == 2
        assert len({item["userid"] for item in slow.items}) == len(slow.items) == 1000


def left_behind(stage: Stage, receiver: Receiver, release: threading.Event) -> CallbackPoster:
    """A process that was told to stop while it waits for an answer, which comes when it is released."""
    receiver.answers.append(Answer(until=release))
    named(stage, receiver.url, "u1")
    waited_long_enough(stage)
    poster = CallbackPoster(stage.gateway)
    poster.start()
    receiver.wait_for_posts(1)
    poster.stop(0.0)
    return poster


def test_a_process_that_is_told_to_stop_leaves_long_calls_behind_and_another_makes_them_again(
    stage: Stage, receiver: Receiver
) -> None:
    release = threading.Event()
    listens(stage, receiver)
    left_behind(stage, receiver, release)
    lease_is_over(stage)
    with posting_process(stage.gateway):
        first, second = receiver.wait_for_posts(2)
    release.set()
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)


def test_what_a_call_hears_that_was_left_behind_is_written_no_more(stage: Stage, receiver: Receiver) -> None:
    release = threading.Event()
    url = listens(stage, receiver)
    poster = left_behind(stage, receiver, release)
    release.set()
    poster.stop(PATIENCE)
    assert callbacks.show(stage.gateway, url).posts["delivered"] == 0
    lease_is_over(stage)
    with posting_process(stage.gateway):
        receiver.wait_for_posts(2)
    assert callbacks.show(stage.gateway, url).posts["delivered"] == 1


def lease_is_over(stage: Stage) -> None:
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE callback_batches SET lease_until = 0"))


def test_a_killed_process_loses_no_receipt(stage: Stage, receiver: Receiver) -> None:
    release = threading.Event()
    receiver.answers.append(Answer(until=release))
    url = listens(stage, receiver)
    named(stage, receiver.url, *(f"nobody{number}" for number in range(150)))
    with worker(stage) as process:
        receiver.wait_for_posts(1)
        process.send_signal(signal.SIGKILL)
        process.wait()
    release.set()
    lease_is_over(stage)
    waited_long_enough(stage)
    with worker(stage) as process:
        receiver.wait_for_posts(3)
        stage.wait(lambda: callbacks.show(stage.gateway, url).posts["delivered"] == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert {item["userid"] for item in receiver.items} == {f"nobody{number}" for number in range(150)}
    by_id = {post.webhook_id: post.body for post in receiver.posts}
    assert len(by_id) == 2, "the one that was under way came again, as it was"


def _error(item: Item) -> dict[str, object]:
    error = item["error"]
    assert isinstance(error, dict)
    return {**error}

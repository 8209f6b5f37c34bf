"""Receipts on their way: gathered, signed, in order, tried again, given up, posted again."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.factories import create_gateway
from tests.fakes import FrozenClock
from tests.receiver import Answer, Receiver, receiving
from tests.services.listening import Listening
from ums.domain.delivery import DeliveryStatus
from ums.services import callbacks, posting
from ums.store.callback_batches import Chosen

pytestmark = pytest.mark.both_databases

S = DeliveryStatus
HOUR = 3600.0
DAY = 24 * HOUR


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Listening]:
    clock = FrozenClock()
    gateway = create_gateway(home=tmp_path / "home", clock=clock, allowed_networks=["127.0.0.0/8"])
    listening = Listening(gateway=gateway, clock=clock)
    listening.set_up()
    yield listening
    gateway.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def test_what_happened_is_posted_within_ten_seconds_signed_and_with_credentials(
    shop: Listening, receiver: Receiver
) -> None:
    made = shop.url(receiver)
    id_ = made.callback.id
    msgid = shop.send("u1", "nobody", params={"order": "A1"}).msgid
    assert shop.after(9, id_) == 0
    shop.move(msgid, S.SENDING, S.ACCEPTED)
    assert shop.after(1, id_) == 1
    (post,) = receiver.posts
    common = {"channelkey": shop.channel_key, "msgid": msgid, "params": {"order": "A1"}}
    assert post.items[:2] == [
        {**common, "type": 0, "userid": "u1", "sender": 1, "sent_time": 1_800_000_000},
        {
            **common,
            "type": 1,
            "userid": "nobody",
            "sender": 0,
            "sent_time": 1_800_000_000,
            "error": {"code": 991001, "message": "no such user has been uploaded (unknown_user)"},
        },
    ]
    assert post.items[2] == {
        **common, "type": 2, "userid": "u1", "sender": 1, "sender_id": "fake-u1", "sent_time": 1_800_000_009
    }  # fmt: skip
    assert post.headers["Content-Type"] == "application/json; charset=utf-8"
    scheme, _, given = post.headers["Authorization"].partition(" ")
    key, _, secret = base64.b64decode(given).decode().partition(":")
    assert (scheme, key, len(secret)) == ("Basic", shop.channel_key, 24)
    assert made.secret is not None
    assert post.is_signed_by(made.secret)
    assert post.headers["webhook-timestamp"] == "1800000010"
    assert shop.posts(id_) == {"delivered": 1}


def test_a_hundred_go_at_once_and_the_rest_when_it_has_waited(shop: Listening, receiver: Receiver) -> None:
    id_ = shop.url(receiver).callback.id
    shop.send(*(f"u{number}" for number in range(250)))
    assert shop.post(id_) == 2
    assert shop.after(10, id_) == 1
    assert [len(post.items) for post in receiver.posts] == [100, 100, 50]
    assert [item["userid"] for item in receiver.items] == [f"u{number}" for number in range(250)]
    assert len({post.webhook_id for post in receiver.posts}) == 3


def test_without_a_usable_url_nothing_is_written_down(shop: Listening, receiver: Receiver) -> None:
    unverified = shop.url(receiver, verified=False).callback.id
    shop.send("u1", "nobody")
    assert shop.posts(unverified) == {}
    callbacks.verify(shop.gateway, unverified)
    callbacks.change(shop.gateway, unverified, callbacks.CallbackWanted(url=receiver.url, enabled=False))
    shop.send("u2")
    assert shop.posts(unverified) == {}


def test_only_the_types_that_are_wanted_are_posted(shop: Listening, receiver: Receiver) -> None:
    id_ = shop.url(receiver, types=[1, 4]).callback.id
    msgid = shop.send("u1", "nobody").msgid
    shop.move(msgid, S.SENDING, S.ACCEPTED)
    shop.move(msgid, S.ACCEPTED, S.DELIVERED)
    shop.after(10, id_)
    assert [item["type"] for item in receiver.items] == [1, 4, 4]


def test_a_message_may_name_a_verified_url_else_the_default_is_used_and_it_is_told(
    shop: Listening, receiver: Receiver
) -> None:
    default = shop.url(receiver, path="/default").callback.id
    named = shop.url(receiver, path="/named").callback.id
    shop.url(receiver, path="/unverified", verified=False)
    assert shop.send("u1", url=f"{receiver.url}/named").warnings == ()
    assert shop.send("u2").warnings == ()
    for path in ("/unverified", "/unknown"):
        (warning,) = shop.send("u3", url=receiver.url + path).warnings
        assert path in warning
        assert warning.endswith("the default is used")
    shop.after(10, default, named)
    told = {(post.path.rpartition("/")[2], str(item["userid"])) for post in receiver.posts for item in post.items}
    assert told == {("named", "u1"), ("default", "u2"), ("default", "u3")}


def test_a_dead_url_is_tried_nine_times_and_given_up_after_72_hours(
    shop: Listening, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    id_ = shop.url(receiver).callback.id
    receiver.usual = Answer(500, b"out of order" * 100)
    shop.send("u1")
    shop.clock.advance(10)
    began = shop.clock.now()
    while shop.clock.now() < began + 76 * HOUR:
        shop.post(id_)
        posting.give_up(shop.gateway)
        # slowly where tries are dense, in great steps where they are hours apart
        passed = shop.clock.now() - began
        shop.clock.advance(0.5 if passed < 10 else 5 if passed < 400 else 300)
    planned = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000]
    tries = [attempt.began_at - began for attempt in shop.attempts(id_)]
    waits = [after - before for before, after in pairwise(tries)]
    # never early, and late by no more than its spread and one step of this loop
    assert len(waits) == len(planned)
    assert all(plan * 0.9 <= wait <= plan * 1.1 + 300 for wait, plan in zip(waits, planned, strict=True)), waits
    assert len({post.webhook_id for post in receiver.posts}) == 1
    assert len({post.body for post in receiver.posts}) == 1
    assert {(one.status, len(one.answer)) for one in shop.attempts(id_)} == {(500, 512)}
    assert shop.posts(id_) == {"dead": 1}
    assert "callback_dead" in caplog.text
    receiver.usual = Answer()
    assert callbacks.replay(shop.gateway, id_, Chosen(since=began - 60, delivered=False)) == 1
    assert callbacks.replay(shop.gateway, id_, Chosen(since=shop.clock.now(), delivered=False)) == 0
    assert shop.post(id_) == 1
    assert len({post.webhook_id for post in receiver.posts}) == 1
    assert shop.posts(id_) == {"delivered": 1}


def test_a_url_that_only_fails_for_five_days_is_disabled(shop: Listening, receiver: Receiver) -> None:
    id_ = shop.url(receiver).callback.id
    receiver.usual = Answer(500)
    shop.send("u1")
    shop.after(10, id_)
    for _ in range(5 * 24 - 1):
        shop.send("u1")
        shop.after(HOUR, id_)
        posting.give_up(shop.gateway)
    assert callbacks.show(shop.gateway, id_).callback.state == "verified"
    shop.after(HOUR, id_)
    posting.give_up(shop.gateway)
    disabled = callbacks.show(shop.gateway, id_).callback
    assert (disabled.state, disabled.reason) == ("disabled", "it has only failed for 5 days")
    told = len(receiver.posts)
    assert shop.after(DAY, id_) == 0
    assert len(receiver.posts) == told


def test_a_url_that_is_gone_is_disabled_at_once_and_goes_on_when_it_is_verified_again(
    shop: Listening, receiver: Receiver
) -> None:
    id_ = shop.url(receiver).callback.id
    receiver.answers.append(Answer(410))
    shop.send("u1")
    assert shop.after(10, id_) == 1
    assert callbacks.show(shop.gateway, id_).callback.state == "disabled"
    (warning,) = shop.send("u2", url=receiver.url).warnings
    assert warning.endswith("nor is any other, so its receipts are not posted")
    assert shop.after(HOUR, id_) == 0
    callbacks.verify(shop.gateway, id_)
    assert shop.post(id_) == 1
    assert [item["userid"] for item in receiver.items] == ["u1", "u1"]


def test_what_waits_for_a_failing_url_is_tried_at_once_when_it_is_verified_again(
    shop: Listening, receiver: Receiver
) -> None:
    id_ = shop.url(receiver).callback.id
    receiver.answers += [Answer(500), Answer(500)]
    shop.send("u1")
    assert shop.after(10, id_) == 1
    assert shop.after(10, id_) == 1
    assert shop.after(10, id_) == 0
    callbacks.verify(shop.gateway, id_)
    assert shop.post(id_) == 1
    assert [item["userid"] for item in receiver.items] == ["u1"] * 3


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_url_that_asks_for_time_gets_it(shop: Listening, receiver: Receiver, status: int) -> None:
    id_ = shop.url(receiver).callback.id
    receiver.answers.append(Answer(status, headers={"Retry-After": "600"}))
    shop.send("u1")
    assert shop.after(10, id_) == 1
    shop.send("u2")
    assert shop.after(599, id_) == 0
    assert shop.after(2, id_) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 500])
def test_everything_but_2xx_is_a_failure(shop: Listening, receiver: Receiver, status: int) -> None:
    id_ = shop.url(receiver).callback.id
    receiver.answers.append(Answer(status, headers={"Location": f"{receiver.url}/elsewhere"}))
    shop.send("u1")
    shop.after(10, id_)
    assert shop.posts(id_) == {"open": 1}
    assert shop.after(6, id_) == 1
    assert {post.path for post in receiver.posts} == {"/receipts"}


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_is_a_success(shop: Listening, receiver: Receiver, status: int) -> None:
    id_ = shop.url(receiver).callback.id
    receiver.answers.append(Answer(status, b""))
    shop.send("u1")
    shop.after(10, id_)
    assert shop.posts(id_) == {"delivered": 1}


def test_a_later_receipt_of_a_delivery_waits_for_its_earlier_one_and_others_do_not(
    shop: Listening, receiver: Receiver
) -> None:
    id_ = shop.url(receiver).callback.id
    first = shop.send("u1").msgid
    receiver.answers.append(Answer(500))
    assert shop.after(10, id_) == 1
    shop.move(first, S.SENDING, S.ACCEPTED)
    shop.send("u2")
    assert shop.after(4, id_) == 0, "it rests"
    assert shop.after(6, id_) == 3
    told = [[(item["userid"], item["type"]) for item in post.items] for post in receiver.posts]
    assert told == [[("u1", 0)], [("u2", 0)], [("u1", 0)], [("u1", 2)]]
    assert shop.posts(id_) == {"delivered": 3}


def test_a_post_that_is_never_taken_holds_up_no_others(shop: Listening, receiver: Receiver) -> None:
    """The receiver chokes on one receipt; whatever else there is goes its way, a little late at times."""
    id_ = shop.url(receiver).callback.id
    receiver.chokes_on = "poison"
    shop.send("poison")
    shop.after(10, id_)
    late = []
    for number in range(30):
        userid = f"u{number}"
        shop.send(userid)
        seconds = 0
        while userid not in {item["userid"] for item in receiver.items}:
            shop.after(10, id_)
            seconds += 10
        late.append(seconds)
    assert sorted(late)[20] == 10
    assert max(late) <= 300
    assert shop.posts(id_) == {"delivered": 30, "open": 1}


def test_a_failing_url_blocks_no_other(shop: Listening, receiver: Receiver) -> None:
    with receiving() as broken:
        bad = shop.url(broken).callback.id
        good = shop.url(receiver).callback.id
        broken.usual = Answer(500)
        for number in range(5):
            shop.send(f"bad{number}")
            shop.send(f"good{number}", url=receiver.url)
            shop.after(10, bad, good)
    assert [item["userid"] for item in receiver.items] == [f"good{number}" for number in range(5)]
    assert callbacks.show(shop.gateway, bad).callback.failures > 1


def test_a_post_whose_maker_died_is_made_again_under_the_same_id(shop: Listening, receiver: Receiver) -> None:
    id_ = shop.url(receiver).callback.id
    shop.send("u1")
    shop.clock.advance(10)
    dead = posting.claim(shop.gateway, id_)
    assert dead is not None
    assert shop.after(posting.LEASE - 1, id_) == 0
    assert shop.after(1, id_) == 1
    (post,) = receiver.posts
    assert post.webhook_id == dead.batch.webhook_id
    # the one that was taken for dead comes back with bad news
    posting.settle(
        shop.gateway, dead, posting.Tried(began_at=shop.clock.now(), seconds=99.0, fault="answer_timeout")
    )
    assert shop.posts(id_) == {"delivered": 1}
    assert [attempt.fault for attempt in shop.attempts(id_)] == ["", "answer_timeout"]
    assert callbacks.show(shop.gateway, id_).callback.failures == 0


def test_two_processes_never_make_the_same_post(shop: Listening, receiver: Receiver) -> None:
    id_ = shop.url(receiver).callback.id
    shop.send(*(f"u{number}" for number in range(300)))
    claimed = [posting.claim(shop.gateway, id_) for _ in range(4)]
    ids = [post.batch.webhook_id for post in claimed if post is not None]
    assert len(ids) == len(set(ids)) == posting.AT_ONCE


def test_a_replaced_secret_signs_for_another_day(shop: Listening, receiver: Receiver) -> None:
    made = shop.url(receiver)
    replaced = callbacks.replace_secret(shop.gateway, made.callback.id)
    assert made.secret
    assert replaced.secret
    shop.send("u1")
    shop.after(10, made.callback.id)
    shop.send("u2")
    shop.after(DAY, made.callback.id)
    both, one = receiver.posts
    assert (both.is_signed_by(made.secret), both.is_signed_by(replaced.secret)) == (True, True)
    assert (one.is_signed_by(made.secret), one.is_signed_by(replaced.secret)) == (False, True)


def test_one_post_can_be_made_again_by_number_or_id_and_a_range_with_what_was_delivered(
    shop: Listening, receiver: Receiver
) -> None:
    id_ = shop.url(receiver).callback.id
    for userid in ("u1", "u2"):
        shop.send(userid)
        shop.after(10, id_)
    first, second = shop.attempts(id_)
    for chosen in (Chosen(batch=first.batch), Chosen(webhook_id=second.webhook_id)):
        assert callbacks.replay(shop.gateway, id_, chosen) == 1
        assert shop.post(id_) == 1
    assert [post.webhook_id for post in receiver.posts] == [first.webhook_id, second.webhook_id] * 2
    assert callbacks.replay(shop.gateway, id_, Chosen(since=0, delivered=False)) == 0
    until = shop.clock.now() - 15
    assert callbacks.replay(shop.gateway, id_, Chosen(since=0, until=until)) == 1
    assert callbacks.replay(shop.gateway, id_, Chosen(since=0)) == 2


def test_what_was_delivered_is_kept_for_thirty_days(shop: Listening, receiver: Receiver) -> None:
    id_ = shop.url(receiver).callback.id
    shop.send("u1")
    shop.after(10, id_)
    shop.clock.advance(30 * DAY - 1)
    posting.forget(shop.gateway)
    assert shop.posts(id_) == {"delivered": 1}
    shop.clock.advance(2)
    posting.forget(shop.gateway)
    assert shop.posts(id_) == {}
    with shop.gateway.database.read() as session:
        for table in ("callback_events", "callback_attempts", "callback_batches"):
            assert session.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one() == 0  # noqa: S608


def test_a_url_can_be_removed_while_a_post_to_it_is_under_way(shop: Listening, receiver: Receiver) -> None:
    id_ = shop.url(receiver).callback.id
    shop.send("u1")
    shop.clock.advance(10)
    post = posting.claim(shop.gateway, id_)
    assert post is not None
    shop.send("u2")
    callbacks.remove(shop.gateway, id_)
    posting.settle(shop.gateway, post, posting.Tried(began_at=shop.clock.now(), seconds=1.0, status=200))
    with shop.gateway.database.read() as session:
        assert session.execute(text("SELECT COUNT(*) FROM callback_events")).scalar_one() == 0

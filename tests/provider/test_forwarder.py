"""Handing pushes on, past receivers that fail, are slow, or are not there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from tests.receiver import Answer, Receiver, receiving
from ums.provider import forwarder as module
from ums.provider.forwarder import Forwarded, Forwarder
from ums.provider.guard import Guard
from ums.provider.receivers import Receivers


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def forwarder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Forwarder]:
    monkeypatch.setattr(module, "PAUSES", (0.01,))
    receivers = Receivers(Guard(["127.0.0.0/8"]))
    made = Forwarder(receivers, most_asked=1)
    yield made
    made.close()
    receivers.close()


def push(url: str, body: bytes = b"<xml/>", channel: str = "c1") -> Forwarded:
    return Forwarded(channel=channel, url=url, content_type="text/xml", body=body)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_receiver_that_fails_is_tried_again_and_the_others_follow(
    forwarder: Forwarder, receiver: Receiver, status: int
) -> None:
    receiver.answers += [Answer(status), Answer(status), Answer(status)]
    forwarder.tell(push(receiver.url, b"one"))
    receiver.wait_for_posts(4)
    forwarder.tell(push(receiver.url, b"two"))
    assert [post.body for post in receiver.wait_for_posts(5)] == [b"one"] * 4 + [b"two"]


def test_it_is_given_up_after_four_tries(
    forwarder: Forwarder, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    receiver.answers += [Answer(500)] * 4
    forwarder.tell(push(receiver.url, b"one"))
    receiver.wait_for_posts(4)
    forwarder.tell(push(receiver.url, b"two"))
    assert [post.body for post in receiver.wait_for_posts(5)] == [b"one"] * 4 + [b"two"]
    forwarder.close()
    assert caplog.text.count("forward_lost") == caplog.text.count("forward_resumed") == 1


@pytest.mark.parametrize("status", [301, 400, 403, 404])
def test_what_a_receiver_refuses_is_not_repeated(forwarder: Forwarder, receiver: Receiver, status: int) -> None:
    receiver.answers.append(Answer(status))
    forwarder.tell(push(receiver.url, b"one"))
    receiver.wait_for_posts(1)
    forwarder.tell(push(receiver.url, b"two"))
    assert [post.body for post in receiver.wait_for_posts(2)] == [b"one", b"two"]


def test_a_receiver_that_hangs_holds_up_no_other_channel(forwarder: Forwarder, receiver: Receiver) -> None:
    held = threading.Event()
    with receiving() as slow:
        slow.usual = Answer(until=held)
        for _ in range(30):
            forwarder.tell(push(slow.url))
        slow.wait_for_posts(module.AT_ONCE)
        forwarder.tell(push(receiver.url, channel="c2"))
        receiver.wait_for_posts(1)
        assert len(slow.posts) == module.AT_ONCE
        held.set()
        slow.wait_for_posts(30)


@pytest.mark.parametrize(("most", "size"), [("MOST_WAITING", 3), ("MOST_BYTES", 30)])
def test_what_there_is_no_room_for_is_lost_and_told(
    forwarder: Forwarder,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    most: str,
    size: int,
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(module, most, size)
    monkeypatch.setattr(module, "AT_ONCE", 1)
    held = threading.Event()
    receiver.usual = Answer(until=held)
    forwarder.tell(push(receiver.url, b"0" * 10))
    receiver.wait_for_posts(1)
    for number in range(1, 6):
        forwarder.tell(push(receiver.url, b"%d" % number * 10))
    held.set()
    receiver.wait_for_posts(4)
    forwarder.close()
    assert [post.body[:1] for post in receiver.posts] == [b"0", b"1", b"2", b"3"]
    assert "too many wait" in caplog.text


def test_where_too_many_wait_for_answers_the_next_does_not(forwarder: Forwarder, receiver: Receiver) -> None:
    held = threading.Event()
    receiver.answers.append(Answer(body=b"first", until=held))
    answers: list[object] = []
    first = threading.Thread(target=lambda: answers.append(forwarder.ask(push(receiver.url))))
    first.start()
    receiver.wait_for_posts(1)
    assert forwarder.ask(push(receiver.url, b"second")) is None
    assert receiver.wait_for_posts(2)[1].body == b"second"
    held.set()
    first.join()
    (answer,) = answers
    assert getattr(answer, "body", None) == b"first"


def test_of_a_receiver_that_just_failed_no_answer_is_waited_for(
    forwarder: Forwarder, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSES", (0.5,))
    receiver.answers.append(Answer(500))
    forwarder.tell(push(receiver.url, b"one"))
    while not forwarder._rests("c1"):
        threading.Event().wait(0.01)
    assert forwarder.ask(push(receiver.url, b"two")) is None
    assert {post.body for post in receiver.wait_for_posts(3)} == {b"one", b"two"}


def test_at_the_end_what_waits_for_a_failing_receiver_is_left_behind(
    forwarder: Forwarder, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(module, "PAUSES", (3600.0,))
    receiver.usual = Answer(500)
    forwarder.tell(push(receiver.url, b"one"))
    while not forwarder._rests("c1"):
        threading.Event().wait(0.01)
    forwarder.close()
    assert "forwards_left" in caplog.text
    forwarder.tell(push(receiver.url, b"late"))
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http:///x"])
def test_private_networks_are_closed_to_it(
    forwarder: Forwarder, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    caplog.set_level(logging.WARNING)
    assert forwarder.ask(push(url)) is None
    forwarder.tell(push(url))
    forwarder.close()
    assert caplog.text.count("address_refused") + caplog.text.count("invalid_url") == 2

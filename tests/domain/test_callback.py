"""What an application is told, and when a failing URL is tried again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.domain.callback import (
    GIVEN_UP,
    LONGEST_REST,
    Event,
    ReceiptType,
    item,
    next_try,
    receipt_type,
    url_fault,
    wait_asked,
)
from ums.domain.delivery import MOVES, DeliveryStatus

S = DeliveryStatus

TOLD = {
    (None, S.QUEUED): 0,
    (None, S.UNREACHABLE): 1,
    (S.SENDING, S.ACCEPTED): 2,
    (S.UNCONFIRMED, S.ACCEPTED): 2,
    (S.SENDING, S.REJECTED): 3,
    (S.SENDING, S.FAILED): 3,
    (S.SENDING, S.UNCONFIRMED): 3,
    (S.SENDING, S.EXPIRED): 3,
    (S.SENDING, S.UNREACHABLE): 3,
    (S.QUEUED, S.EXPIRED): 3,
    (S.QUEUED, S.UNCONFIRMED): 3,
    (S.UNCONFIRMED, S.REJECTED): 3,
    (S.UNCONFIRMED, S.FAILED): 3,
    (S.SENDING, S.DELIVERED): 4,
    (S.ACCEPTED, S.DELIVERED): 4,
    (S.UNCONFIRMED, S.DELIVERED): 4,
    (S.ACCEPTED, S.REJECTED): 5,
    (S.ACCEPTED, S.FAILED): 5,
    (S.SENDING, S.CLICKED): 6,
    (S.ACCEPTED, S.CLICKED): 6,
    (S.UNCONFIRMED, S.CLICKED): 6,
    (S.DELIVERED, S.CLICKED): 6,
}
QUIET = {(S.QUEUED, S.SENDING), (S.SENDING, S.QUEUED), (S.QUEUED, S.CANCELLED)}


def test_every_move_that_a_delivery_can_make_is_told_as_the_table_says() -> None:
    moves = {(before, after) for before, following in MOVES.items() for after in following}
    assert moves == {key for key in TOLD if key[0] is not None} | QUIET
    for (before, after), expected in TOLD.items():
        assert receipt_type(before, after) == expected, (before, after)
    assert {receipt_type(*move) for move in QUIET} == {None}


EVENT = Event(
    type=ReceiptType.NOT_ACCEPTED,
    msgid="m1",
    userid="u1",
    sender=3,
    address="oXNQ",
    status=S.REJECTED,
    reason="no_credit",
    provider_code=43101,
    provider_message="user refuse to accept the msg",
    sent_time=1603707460.75,
    params={"order": "A1"},
)


OURS = replace(EVENT, provider_code=None, provider_message="")


def test_an_item_has_the_documented_members() -> None:
    assert item(EVENT, "7d43") == {
        "type": 3,
        "channelkey": "7d43",
        "msgid": "m1",
        "userid": "u1",
        "sender": 3,
        "sender_id": "oXNQ",
        "sent_time": 1603707460,
        "error": {"code": 43101, "message": "user refuse to accept the msg"},
        "params": {"order": "A1"},
    }


@pytest.mark.parametrize("type_", list(ReceiptType))
def test_only_what_went_wrong_has_an_error(type_: ReceiptType) -> None:
    assert ("error" in item(replace(EVENT, type=type_), "k")) is (type_ in {1, 3, 5, 8})


@pytest.mark.parametrize("type_", list(ReceiptType))
def test_the_address_is_told_after_the_hand_off_and_where_it_was_the_target(type_: ReceiptType) -> None:
    assert ("sender_id" in item(replace(EVENT, type=type_), "k")) is (type_ >= 2)
    assert item(replace(EVENT, type=type_, userid=""), "k")["sender_id"] == "oXNQ"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (replace(OURS, type=ReceiptType.TARGET_INVALID, status=S.UNREACHABLE, reason="unknown_user"), 991001),
        (replace(OURS, type=ReceiptType.TARGET_INVALID, status=S.UNREACHABLE, reason="mp1: not_bound"), 991002),
        (replace(OURS, status=S.EXPIRED), 991003),
        (replace(OURS, status=S.UNCONFIRMED), 991004),
        (replace(OURS, status=S.REJECTED), 991005),
        (replace(OURS, status=S.FAILED), 991006),
        (replace(OURS, status=S.FAILED, reason="defect"), 991007),
        (replace(OURS, type=ReceiptType.NOT_RETRACTED, status=S.ACCEPTED, reason="already_sent"), 991008),
    ],
)
def test_without_a_number_of_the_provider_there_is_one_of_ours(event: Event, code: int) -> None:
    error = item(event, "k")["error"]
    assert isinstance(error, dict)
    assert error["code"] == code
    assert event.reason in str(error["message"])


def test_nine_tries_are_planned_and_the_last_is_51_hours_and_35_minutes_after_the_first() -> None:
    at, planned = 0.0, [0.0]
    for tries in range(1, 9):
        following = next_try(tries, at, jitter=0.5).due
        assert following is not None
        at = following
        planned.append(at)
    assert planned == [0, 5, 305, 2105, 9305, 27_305, 63_305, 113_705, 185_705]
    assert next_try(9, at, jitter=0.5).due is None
    assert at < GIVEN_UP


@given(st.integers(1, 8), st.floats(0, 1, exclude_max=True))
def test_each_wait_is_within_a_tenth_of_the_planned_one(tries: int, jitter: float) -> None:
    planned = next_try(tries, 0.0, jitter=0.5).due
    due = next_try(tries, 0.0, jitter=jitter).due
    assert planned is not None
    assert due is not None
    assert 0.9 * planned <= due <= 1.1 * planned + 1e-6


@given(st.integers(1, 12), st.floats(0, 1, exclude_max=True), st.floats(0, 1e9))
def test_a_url_never_rests_beyond_the_next_try_of_the_post_that_failed(
    tries: int, jitter: float, asked: float
) -> None:
    following = next_try(tries, 100.0, jitter=jitter, retry_after=asked)
    assert following.rests_until > 100.0
    assert following.due is None or following.rests_until <= following.due
    assert following.rests_until >= 100.0 + min(asked, LONGEST_REST)


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "120", 120.0),
        (503, " 7 ", 7.0),
        (502, "Thu, 01 Jan 1970 00:20:00 GMT", 200.0),
        (429, "Thu, 01 Jan 1970 00:00:01 GMT", 0.0),
        (429, "soon", 0.0),
        (429, "", 0.0),
        (429, "-5", 0.0),
        (500, "120", 0.0),
        (None, "120", 0.0),
    ],
)
def test_a_wait_that_is_asked_for_is_understood(status: int | None, header: str, seconds: float) -> None:
    assert wait_asked(status, header, 1000.0) == seconds


@pytest.mark.parametrize(
    "url", ["http://a.example", "https://a.example:8443/x?y=1", "http://[2001:db8::1]:81/", "http://10.0.0.1/"]
)
def test_urls_with_any_port_are_taken(url: str) -> None:
    assert url_fault(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example",
        "ftp://a.example/",
        "http://",
        "http:///x",
        "http://user:pass@a.example/",
        "http://a.example/#x",
        "http://a.example:0/",
        "http://a.example:99999/",
        "http://[::1/",
        "http://a.example/ x",
        "http://a.example\\@b.example/",
        "http://a.example/\n",
        "http://a.example/" + "x" * 1024,
    ],
)
def test_what_can_not_be_a_callback_url_is_told(url: str) -> None:
    assert url_fault(url)

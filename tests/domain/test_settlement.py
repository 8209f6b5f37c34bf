from __future__ import annotations

import pytest

from ums.domain.outcome import (
    Accepted,
    AddressFault,
    BadAddress,
    BadChannel,
    BadContent,
    Fault,
    Resumption,
    SendError,
    Throttled,
    Transient,
    Uncertain,
    kind,
)
from ums.domain.settlement import RECEIPT_WAIT, Settlement, Tried, settle

NOW = 1_800_000_010.0
MIDNIGHT = NOW + 5_000
DAY = 86_400.0


def settled(
    outcome: Accepted | Exception,
    *,
    tries: int = 1,
    called: float = NOW,
    window: float = 0.0,
    awaits: bool = False,
    expires: float = NOW + DAY,
) -> Settlement:
    tried = Tried(
        tries=tries, first_called_at=called, repeat_window=window, awaits_receipt=awaits, expires_at=expires
    )
    return settle(outcome, tried, now=NOW, jitter=0.5, day_starts_at=MIDNIGHT)


def test_an_accepted_delivery_waits_for_its_receipt() -> None:
    done = settled(Accepted(provider_id="77"), awaits=True)
    assert (done.status, done.awaits_receipt, done.due) == ("accepted", True, NOW + RECEIPT_WAIT)


def test_an_accepted_delivery_is_final_where_no_receipt_can_come() -> None:
    done = settled(Accepted(provider_id="77"))
    assert (done.status, done.awaits_receipt, done.due) == ("accepted", False, None)


def test_an_answer_without_a_number_can_have_no_receipt() -> None:
    assert settled(Accepted(), awaits=True).awaits_receipt is False


@pytest.mark.parametrize(
    ("outcome", "status", "due", "counted"),
    [
        (Transient("busy"), "queued", NOW + 1, True),
        (Transient("busy", after=3.5), "queued", NOW + 3.5, True),
        (Throttled("minute_quota", until=Resumption.NEXT_MINUTE), "queued", NOW // 60 * 60 + 60, False),
        (Throttled("day_quota", until=Resumption.NEXT_DAY), "queued", MIDNIGHT, False),
        (BadChannel("bad_secret"), "queued", NOW, False),
        (BadChannel("no_permission", scope=Fault.ENDPOINT), "queued", NOW, False),
        (BadAddress("unknown_openid"), "rejected", None, True),
        (BadAddress("no_credit", scope=AddressFault.TEMPLATE), "rejected", None, True),
        (BadContent("bad_value", field="thing1"), "rejected", None, True),
        (Uncertain("answer_lost"), "unconfirmed", None, True),
        (KeyError("a defect"), "failed", None, True),
    ],
)
def test_each_outcome_settles_as_the_table_says(
    outcome: Exception, status: str, due: float | None, counted: bool
) -> None:
    done = settled(outcome)
    assert (done.status, done.due, done.counted) == (status, due, counted)


def test_only_a_dead_address_is_retired() -> None:
    assert settled(BadAddress("unknown_openid")).retires_address is True
    assert settled(BadAddress("no_credit", scope=AddressFault.TEMPLATE)).retires_address is False
    assert settled(BadContent("bad_value")).retires_address is False


def test_who_does_not_follow_keeps_his_address() -> None:
    refused = settled(BadAddress("not_following", scope=AddressFault.FOLLOW))
    assert (refused.status, refused.retires_address, refused.unfollows) == ("rejected", False, True)
    assert settled(BadAddress("unknown_openid")).unfollows is False


def test_a_throttled_endpoint_rests() -> None:
    assert settled(Throttled("day_quota", until=Resumption.NEXT_DAY)).pause_until == MIDNIGHT
    assert settled(Transient("busy")).pause_until is None


@pytest.mark.parametrize("scope", Fault)
def test_a_bad_channel_says_how_much_of_it_is_out_of_use(scope: Fault) -> None:
    assert settled(BadChannel("bad", scope=scope)).fault is scope


def test_a_refused_value_is_named() -> None:
    assert settled(BadContent("bad_value", field="thing1")).reason == "bad_value: thing1"


def test_what_would_come_too_late_expires() -> None:
    done = settled(Transient("busy", after=60), expires=NOW + 59)
    assert (done.status, done.reason, done.due) == ("expired", "busy", None)


def test_what_may_have_arrived_does_not_expire() -> None:
    assert settled(Uncertain("answer_lost"), window=600, expires=NOW).status == "unconfirmed"


def test_a_stopped_channel_keeps_its_queue_to_the_end() -> None:
    assert settled(BadChannel("bad_secret"), expires=NOW - 1).status == "queued"


def test_an_unknown_result_is_repeated_only_while_the_provider_drops_repeats() -> None:
    assert settled(Uncertain("answer_lost"), window=600).status == "queued"
    assert settled(Uncertain("answer_lost"), window=600, called=NOW - 590, tries=3).status == "unconfirmed"
    assert settled(Uncertain("answer_lost"), window=600, called=NOW - 560, tries=3).status == "queued"


def test_an_unknown_result_is_not_repeated_where_the_clock_was_set_back() -> None:
    assert settled(Uncertain("answer_lost"), called=NOW + 3600, window=600).status == "unconfirmed"


def test_a_defect_never_shows_its_words() -> None:
    done = settled(ValueError("secret=hunter2"))
    assert (done.reason, done.provider_message) == ("defect", "ValueError")


@pytest.mark.parametrize("outcome", [Transient("busy"), BadAddress("gone"), Uncertain("lost")])
def test_the_providers_words_ride_along(outcome: SendError) -> None:
    outcome.provider_code, outcome.provider_message = 40003, "invalid openid"
    done = settled(outcome)
    assert (done.provider_code, done.provider_message) == (40003, "invalid openid")


def test_every_outcome_has_one_word() -> None:
    assert kind(Accepted()) == "accepted"
    assert kind(BadAddress("x")) == "bad_address"
    assert kind(RuntimeError()) == "defect"

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.fakes import FakePlugin
from ums.console import bars, explaining
from ums.console.explaining import Told
from ums.console.words import CHANNELS, MESSAGES, REASONS, ROLES, STATUSES
from ums.domain.delivery import DeliveryStatus
from ums.domain.message import MessageStatus
from ums.domain.operator import Role
from ums.domain.outcome import BadChannel, Resumption, SendError, Throttled, Transient
from ums.domain.views import ChannelState, MessageProgress, ReasonCount
from ums.services.accounts import explained

STATUSES_PAGE = Path(__file__).parents[2] / "docs" / "statuses.md"
PLUGIN = FakePlugin("app")


def test_the_vocabulary_is_complete() -> None:
    assert set(STATUSES) == {*DeliveryStatus, bars.FELL_OVER}
    assert set(MESSAGES) == set(MessageStatus)
    assert set(CHANNELS) >= set(ChannelState)
    assert set(ROLES) == set(Role)


def test_every_reason_of_the_gateways_own_is_explained() -> None:
    text = STATUSES_PAGE.read_text("utf-8")
    part = text.partition("### Why a user is unreachable")[2].partition("## A message")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", part, re.M)) <= set(REASONS)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BadChannel("bad_secret", provider_code=40125, provider_message="no (really): not"), "no (really): not"),
        (Throttled("quota_used_up", until=Resumption.NEXT_DAY, provider_code=45009, provider_message=""), ""),
        (Transient("bad_content", provider_message="cut off"), "cut off"),
        (Transient("busy", provider_code=-1, provider_message="system busy. try later"), "system busy. try later"),
    ],
)
def test_a_sentence_of_the_gateway_is_read_back(app: Flask, error: SendError, words: str) -> None:
    with app.test_request_context():
        (told,) = explaining.sentence(PLUGIN, explained(PLUGIN, error))
    assert (told.reason, told.provider_code) == (error.reason, error.provider_code)
    assert words.startswith(told.provider_message)
    assert told.hint.startswith("Look after")


def test_several_reasons_in_a_sentence_are_all_told(app: Flask) -> None:
    kept = (
        "The template list of channel app1 could not be fetched. message: busy (-1: x): The provider says busy. "
        "Look after the busy. notice: no_permission (48001: y): The provider says no permission. Look after it."
    )
    with app.test_request_context():
        assert [told.reason for told in explaining.sentence(PLUGIN, kept)] == ["busy", "no_permission"]


def test_a_sentence_that_names_no_known_reason_is_told_as_it_is(app: Flask) -> None:
    kept = "Channel app1: the secret can't be opened. Set its settings anew."
    with app.test_request_context():
        assert explaining.sentence(PLUGIN, kept) == (Told(reason="", text=kept),)
        assert explaining.sentence(None, "strange_word (1: x): y")[0].text == "strange_word (1: x): y"
        assert explaining.sentence(PLUGIN, "") == ()


def test_a_reason_that_names_a_field_is_explained_by_its_word(app: Flask) -> None:
    with app.test_request_context():
        told = explaining.reason(None, "content_invalid: thing1")
    assert told.reason == "content_invalid: thing1"
    assert told.text.startswith("The plugin no longer takes")


def test_obstacles_alike_are_told_once(app: Flask) -> None:
    with app.test_request_context():
        told = explaining.unreachable("mp1: not_bound, oa1: not_bound, oa2: address_retired")
    assert [item.reason for item in told] == ["mp1: not_bound, oa1: not_bound", "oa2: address_retired"]
    assert all(item.text for item in told)


def progress(counts: dict[str, int], **by_channel: dict[str, int]) -> MessageProgress:
    return MessageProgress(
        msgid="m", application="shop", status=MessageStatus.SENDING, recipients=9, counts=counts,
        channels=by_channel, created_at=0.0, finished_at=None,
    )  # fmt: skip


def rejected(code: str, count: int, fell_over: int) -> ReasonCount:
    return ReasonCount(
        channel=code, status=DeliveryStatus.REJECTED, reason="no_credit", count=count, fell_over=fell_over
    )


def test_a_bar_adds_up_and_keeps_its_order() -> None:
    made = bars.bar("app1", {"queued": 1, "delivered": 5, "rejected": 2})
    assert [(part.kind, part.start, part.width) for part in made.segments] == [
        ("delivered", 0.0, 62.5),
        ("queued", 62.5, 12.5),
        ("rejected", 75.0, 25.0),
    ]
    assert (made.total, made.settled) == (8, 7)


def test_what_fell_over_is_a_part_of_its_own() -> None:
    counts = progress({"rejected": 3, "delivered": 2}, app1={"rejected": 3}, email1={"delivered": 2})
    reasons = [rejected("app1", 3, 2)]
    first, second = bars.by_channel(counts, reasons)
    assert [(part.kind, part.count) for part in first.segments] == [("fell_over", 2), ("rejected", 1)]
    assert [(part.kind, part.count) for part in second.segments] == [("delivered", 2)]
    assert {part.kind: part.count for part in bars.whole(counts, reasons).segments} == {
        "delivered": 2,
        "fell_over": 2,
        "rejected": 1,
    }


def test_counts_taken_a_moment_apart_never_go_below_nothing() -> None:
    (made,) = bars.by_channel(progress({}, app1={"rejected": 1}), [rejected("app1", 3, 2)])
    assert [(part.kind, part.count) for part in made.segments] == [("fell_over", 1)]


def test_a_message_without_deliveries_has_an_empty_bar() -> None:
    assert bars.whole(progress({})) == bars.Bar(code=None, total=0, settled=0, segments=())


def test_a_fault_of_the_network_is_told_too(app: Flask) -> None:
    kept = (
        "The template list of channel app1 could not be fetched. message: connection_refused (Connection refused): "
        "No usable answer came from the provider; check the channel's address and the network. Try again later."
    )
    with app.test_request_context():
        (told,) = explaining.sentence(PLUGIN, kept)
    assert (told.reason, told.provider_code, told.provider_message) == (
        "connection_refused",
        None,
        "Connection refused",
    )
    assert told.text == "Nobody listens at the provider's address."

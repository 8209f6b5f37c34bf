"""When a step of a rule is left."""

from __future__ import annotations

import pytest

from ums.domain.delivery import DeliveryStatus
from ums.domain.rule import Condition, Reporting, Step, left_for

ALL = frozenset(Condition)
FULL = Reporting(delivery=True, click=True)


def left(
    on: str, *, waited: bool = True, reporting: Reporting = FULL, **statuses: str
) -> dict[str, Condition] | None:
    """Why a step of the channels wechatmp and sms is left; `statuses` are words with spaces between them."""
    step = Step(channels=("wechatmp", "sms"), on=frozenset(map(Condition, on.split())), wait=60)
    stand = {type_: [DeliveryStatus(word) for word in words.split()] for type_, words in statuses.items()}
    return left_for(step, stand, {"wechatmp": reporting, "sms": reporting}, waited=waited)


@pytest.mark.parametrize(
    ("on", "wechatmp", "sms", "is_left"),
    [
        ("rejected", "rejected", "failed", True),
        ("rejected", "rejected", "accepted", False),
        ("rejected", "rejected rejected", "rejected accepted", False),
        ("rejected", "rejected", "unconfirmed", False),
        ("rejected", "rejected", "", False),
        ("rejected unreachable", "rejected", "", True),
        ("unreachable", "", "", True),
        ("not_delivered", "accepted", "unconfirmed", True),
        ("not_delivered", "queued", "rejected", True),
        ("not_delivered", "accepted", "delivered", False),
        ("not_delivered", "accepted clicked", "accepted", False),
        ("not_clicked", "delivered", "accepted", True),
        ("not_clicked", "clicked", "accepted", False),
        ("", "rejected", "rejected", False),
    ],
)
def test_a_step_is_left_when_each_of_its_channels_meets_a_condition(
    on: str, wechatmp: str, sms: str, is_left: bool
) -> None:
    assert (left(on, wechatmp=wechatmp, sms=sms) is not None) is is_left


def test_why_a_step_is_left_is_told_for_each_channel() -> None:
    met = left("unreachable rejected not_delivered", wechatmp="rejected", sms="accepted")
    assert met == {"wechatmp": Condition.REJECTED, "sms": Condition.NOT_DELIVERED}


def test_before_the_wait_is_over_only_refusals_count() -> None:
    assert left("not_delivered not_clicked", waited=False, wechatmp="accepted", sms="accepted") is None
    assert left("not_delivered rejected", waited=False, wechatmp="rejected", sms="rejected") is not None


def test_a_condition_that_the_channel_cannot_report_never_fires() -> None:
    silent = Reporting()
    assert left("not_delivered not_clicked", reporting=silent, wechatmp="unconfirmed", sms="accepted") is None
    no_clicks = Reporting(delivery=True)
    assert left("not_clicked", reporting=no_clicks, wechatmp="delivered", sms="delivered") is None

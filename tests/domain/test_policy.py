"""Policies and audiences survive being written down."""

from __future__ import annotations

import pytest

from ums.api.schemas.policy import PolicySchema
from ums.domain.audience import Audience, audience_item, audience_of
from ums.domain.policy import AtQuietHours, FrequencyCap, Policy, QuietHours, policy_item, policy_of

FULL = Policy(
    rate_limit=0,
    daily_broadcasts=3,
    quiet_hours=QuietHours(start=1320, end=480, timezone="Asia/Shanghai", action=AtQuietHours.REFUSE),
    frequency_cap=FrequencyCap(messages=2, seconds=3600),
    needs_approval=True,
    checks_words=False,
    test_mode=True,
)


@pytest.mark.parametrize("policy", [Policy(), FULL])
def test_a_policy_survives_being_written_down(policy: Policy) -> None:
    assert policy_of(policy_item(policy)) == policy
    assert PolicySchema().load(policy_item(policy)) == policy


def test_what_was_never_decided_is_as_by_default() -> None:
    assert policy_of({}) == Policy()


@pytest.mark.parametrize(
    "audience",
    [
        Audience(userids=("zhangsan", "lisi")),
        Audience(userids=("zhangsan",), tags=("vip",), segment_id=1000, black_id=12),
        Audience(everyone=True, white_id=7),
        Audience(addresses={"wechatmp": ("oABC", "oDEF")}),
    ],
)
def test_an_audience_survives_being_written_down(audience: Audience) -> None:
    assert audience_of(audience_item(audience)) == audience

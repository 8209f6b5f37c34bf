"""The parameters of an app push that a send by a message template gives."""

from __future__ import annotations

import pytest

from ums.domain.app_push import ANYWHERE, AppParameters, with_parameters
from ums.domain.commands import Json


@pytest.mark.parametrize(
    ("content", "given", "made"),
    [
        ({}, ANYWHERE, {"platform": "all", "options": {"time_to_live": 86_400, "apns_production": True}}),
        (
            {"notification": {"alert": "Hi"}, "platform": "ios", "options": {"apns_collapse_id": "x"}},
            AppParameters(platform=("ios", "android"), time_to_live=60, apns_production=False),
            {
                "notification": {"alert": "Hi"},
                "platform": ["ios", "android"],
                "options": {"time_to_live": 60, "apns_production": False, "apns_collapse_id": "x"},
            },
        ),
        (
            {"options": {"time_to_live": 5, "apns_production": False}},
            AppParameters(time_to_live=0),
            {"platform": "all", "options": {"time_to_live": 0, "apns_production": False}},
        ),
        ({"options": "none"}, ANYWHERE, {"platform": "all", "options": "none"}),
    ],
)
def test_what_is_given_goes_before_the_content_and_that_before_what_is_usual(
    content: dict[str, Json], given: AppParameters, made: dict[str, Json]
) -> None:
    kept = dict(content)
    assert with_parameters(content, given) == made
    assert content == kept

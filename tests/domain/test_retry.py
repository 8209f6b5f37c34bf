from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.domain.retry import SPREAD, wait_before_next


@pytest.mark.parametrize(
    ("tries", "planned"), [(1, 1), (2, 5), (3, 30), (4, 120), (5, 600), (6, 1800), (7, 1800), (60, 1800)]
)
def test_waits_grow_and_then_stay_at_half_an_hour(tries: int, planned: float) -> None:
    assert wait_before_next(tries, jitter=0.5) == pytest.approx(planned)


@given(st.integers(1, 100), st.floats(0, 1, exclude_max=True))
def test_no_wait_strays_more_than_a_fifth(tries: int, jitter: float) -> None:
    planned = wait_before_next(tries, jitter=0.5)
    assert planned * (1 - SPREAD) <= wait_before_next(tries, jitter) <= planned * (1 + SPREAD)

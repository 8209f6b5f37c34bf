from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ums.domain.identity import message_id, repeat_id
from ums.domain.pace import calls_allowed, capacity, is_worth_drawing, refilled
from ums.domain.privacy import masked

moments = st.floats(0, 4e9)
dice = st.binary(min_size=10, max_size=10)


@given(moments, moments, dice, dice)
def test_msgids_sort_by_time_and_fit_a_url(first: float, second: float, one: bytes, other: bytes) -> None:
    early, late = sorted((first, second))
    assert re.fullmatch(r"[0-9a-z]{26}", message_id(early, one))
    if int(early * 1000) < int(late * 1000):
        assert message_id(early, one) < message_id(late, other)


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_a_repeat_id_belongs_to_one_delivery(first: int, second: int) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", repeat_id("m", first))
    assert (repeat_id("m", first) == repeat_id("m", second)) is (first == second)


@given(st.text(max_size=80))
def test_a_masked_address_shows_less_than_it_hides(address: str) -> None:
    shown = masked(address)
    assert len(shown) <= 9
    assert address not in shown or not address


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(-1e5, 1e5))
def test_a_bucket_never_holds_more_than_a_second(allowance: float, rate: float, elapsed: float) -> None:
    assert refilled(min(allowance, capacity(rate)), rate, elapsed) <= capacity(rate)


def test_a_clock_that_goes_back_takes_nothing_from_a_bucket() -> None:
    assert refilled(3.0, 10.0, -60.0) == 3.0


def test_calls_are_drawn_by_the_handful() -> None:
    assert is_worth_drawing(4.9, 100.0) is False
    assert is_worth_drawing(5.0, 100.0) is True
    assert is_worth_drawing(0.9, 0.5) is False
    assert is_worth_drawing(1.0, 0.5) is True
    assert is_worth_drawing(0.0, 0.0) is True


def test_only_whole_calls_are_drawn() -> None:
    assert calls_allowed(2.9, 10.0, 50) == 2
    assert calls_allowed(2.9, 10.0, 1) == 1
    assert calls_allowed(0.0, 0.0, 50) == 50

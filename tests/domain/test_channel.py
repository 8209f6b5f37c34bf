from __future__ import annotations

import pytest

from ums.domain.channel import code_faults, probe_wait
from ums.domain.wire import RESERVED_CODES


@pytest.mark.parametrize("code", ["wechatmp123", "a", "A1", "x" * 32, "123", "e" * 23, "E" * 24])
def test_letters_and_digits_make_a_channel_code(code: str) -> None:
    assert code_faults(code) == []


@pytest.mark.parametrize(
    "code", ["", "x" * 33, "app-1", "通道", "а1", "１", "app1\n", "a/b", *sorted(RESERVED_CODES), "e" * 24]
)
def test_other_words_and_reserved_ones_do_not(code: str) -> None:
    assert len(code_faults(code)) == 1


def test_probes_wait_longer_and_longer_and_then_ten_minutes_each() -> None:
    assert [probe_wait(probes) for probes in range(6)] == [60, 120, 240, 600, 600, 600]

"""How much is handed out at a time."""

from __future__ import annotations

import pytest

from ums.domain.batching import SIZE, pieces, shares


@pytest.mark.parametrize(
    ("wanted", "room", "given"),
    [
        ([], 10, []),
        ([5, 100, 100], 65, [5, 30, 30]),
        ([100, 100, 5], 65, [30, 30, 5]),
        ([3, 4], 100, [3, 4]),
        ([0, 9], 4, [0, 4]),
        ([9, 9, 9], 2, [0, 1, 1]),
        ([9], -3, [0]),
    ],
)
def test_room_is_shared_evenly_and_what_one_does_not_want_is_the_others(
    wanted: list[int], room: int, given: list[int]
) -> None:
    assert shares(wanted, room) == given


@pytest.mark.parametrize(
    ("size", "cut"), [(0, []), (1, [1]), (SIZE, [SIZE]), (SIZE + 1, [65, 64]), (300, [100] * 3)]
)
def test_pieces_are_few_and_alike(size: int, cut: list[int]) -> None:
    assert pieces(size) == cut

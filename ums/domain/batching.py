"""How much is handed out at a time: enough that nobody waits for work, and little waits behind it."""

from __future__ import annotations

from collections.abc import Sequence

SIZE = 128
"""Deliveries in one batch, at most."""
AHEAD = 4
"""So many times the calls that all workers can make at once may be handed out and not claimed yet."""


def shares(wanted: Sequence[int], room: int) -> list[int]:
    """`room`, divided evenly among those who want some of it; what one doesn't want is the others'.

    >>> shares([5, 100, 100], 65)
    [5, 30, 30]
    """
    given, left = [0] * len(wanted), max(room, 0)
    in_order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    for served, place in enumerate(in_order):
        given[place] = min(max(wanted[place], 0), left // (len(wanted) - served))
        left -= given[place]
    return given


def pieces(size: int, largest: int = SIZE) -> list[int]:
    """`size`, cut into as few pieces as may be, all alike or one apart.

    >>> pieces(300)
    [100, 100, 100]
    """
    number = -(-size // largest)
    return [size // number + (place < size % number) for place in range(number)]

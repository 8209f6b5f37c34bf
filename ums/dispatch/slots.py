"""No channel has all of a process's slots where there are others: its answers may be long in coming."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set

KEPT = 8
"""One of so many slots is kept for the other channels."""


class Slots:
    """How many more calls each channel may make in one turn of a process that has so many slots.

    `held` are the channels of what it has handed out, by fence, of which `settled` is over with this turn.
    """

    def __init__(self, number: int, held: Mapping[tuple[int, int], int], settled: Set[tuple[int, int]]) -> None:
        self._number = self._most = number
        self._taken = Counter(held.values())
        self._taken.subtract(map(held.__getitem__, held.keys() & settled))

    def share_among(self, channels: int) -> None:
        """There are so many channels: beside another one, none has them all."""
        self._most = self._number if channels < 2 else max(1, self._number - -(-self._number // KEPT))

    def left(self, channel_id: int) -> int:
        """How many calls of this channel may still be made."""
        return max(0, self._most - self._taken[channel_id])

    def take(self, channel_id: int, calls: int) -> None:
        """So many are made."""
        self._taken[channel_id] += calls

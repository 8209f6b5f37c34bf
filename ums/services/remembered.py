"""What a process keeps of the database between requests, for as long as its version is the one in use."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 1024
"""Values of a kind; beyond that all are forgotten, and asked for anew."""


class Remembered(Generic[K, V]):
    """Values by key; whoever asks knows from the database which version is in use. Safe to use in many threads."""

    def __init__(self) -> None:
        self._kept: dict[K, tuple[object, V]] = {}

    def get(self, key: K, version: object, look_up: Callable[[], V]) -> V:
        """The value of this version, looked up where another one is kept. Raises what `look_up` raises."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        value = look_up()
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[key] = version, value
        return value


class Snapshot(Generic[V]):
    """One value, looked up anew once it is old enough. Safe to use in many threads."""

    def __init__(self) -> None:
        self._kept: tuple[float, V] | None = None

    def get(self, now: float, seconds: float, look_up: Callable[[], V]) -> V:
        """The value as it was at most `seconds` before `now`. Raises what `look_up` raises."""
        kept = self._kept
        if kept is not None and 0 <= now - kept[0] < seconds:
            return kept[1]
        value = look_up()
        self._kept = now, value
        return value

    def forget(self) -> None:
        """Look it up anew the next time."""
        self._kept = None

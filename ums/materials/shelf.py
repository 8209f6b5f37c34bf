"""What a shelf of materials can do, and what can go wrong."""

from __future__ import annotations

from typing import IO, Protocol


class StorageFault(Exception):
    """The shelf can't be used right now; the text says why."""


class NotOnShelf(Exception):
    """Nothing is kept under this name."""


class Shelf(Protocol):
    """Keeps files under names of hexadecimal digits. Shared by all threads; each method raises StorageFault."""

    def put(self, name: str, source: IO[bytes], size: int) -> None:
        """Keep the `size` bytes of `source`, whole and safe from a power cut when this returns, or not at all."""

    def read(self, name: str) -> bytes:
        """What is kept under `name`. Raises NotOnShelf."""

    def remove(self, name: str) -> None:
        """Keep it no more; nothing happens where it isn't there."""

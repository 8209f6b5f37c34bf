"""Who can't wait tells those who can: one moment in a mapped file beside the database.

A large transaction is cheap for each of its rows, and holds the turn to write for long. Whoever writes for callers
notes when it last asked for the turn; a sending process looks at the note, and makes its turns small meanwhile. A
look costs less than a microsecond, and no system call.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from contextlib import suppress

LATELY = 0.25
"""Seconds for which whoever asked is expected to ask again."""
_MOMENT = struct.Struct("<d")
_SUFFIX = "-pressing"


class Pressing:
    """The note beside the database at `path`; where it can't be kept (nowhere to, no room), nobody presses."""

    def __init__(self, path: str | None) -> None:
        self._map: mmap.mmap | None = None
        if path is not None and not path.startswith("file:"):
            with suppress(OSError):
                self._map = _mapped(path + _SUFFIX)

    def press(self) -> None:
        """Note that somebody who can't wait asks for the turn now."""
        if self._map is not None:
            _MOMENT.pack_into(self._map, 0, time.monotonic())

    def is_pressed(self) -> bool:
        """Whether somebody has asked lately. (A note from before the machine's last start is of no moment near.)"""
        return self._map is not None and 0.0 <= time.monotonic() - _MOMENT.unpack_from(self._map)[0] < LATELY

    def close(self) -> None:
        """Let go of the note."""
        if self._map is not None:
            self._map.close()
            self._map = None


def _mapped(path: str) -> mmap.mmap:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(handle).st_size < _MOMENT.size:
            # written, not only lengthened: a hole that can't be filled later would end the process
            os.pwrite(handle, bytes(_MOMENT.size), 0)
        return mmap.mmap(handle, _MOMENT.size)
    finally:
        os.close(handle)

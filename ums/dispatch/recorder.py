"""The flight recorder: which calls have left and what came back, readable after a kill -9.

A claim in the database says that a delivery *may* have been called; results are written in batches, so
at a crash hundreds of rows would be in doubt. A memory-mapped file costs no system call to write, and
the kernel keeps its pages when the process dies. So each process notes `called` before a call leaves and
`answered` when its answer is there, and whoever cleans up after it knows of nearly every row what happened.
(After a power cut the file tells nothing: then everything claimed counts as called.)

The file is locked by its process for life; a file that can be locked belongs to a dead one.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from ums.dispatch.flight_record import from_text, to_text
from ums.domain.outcome import Accepted

SLOT = 768
HEADER = struct.Struct("<Bqqdd H")
"""Phase, delivery, attempt, when called, when answered, length of the answer."""
ROOM = SLOT - HEADER.size
SUFFIX = ".flight"


class Phase(IntEnum):
    """How far the call in a slot has come."""

    FREE = 0
    CALLED = 1
    ANSWERED = 2


# as plain numbers for the writing: a member of an enumeration takes longer to look up than to write
_FREE, _CALLED, _ANSWERED = map(int, Phase)


class Entry(NamedTuple):
    """What the recorder knows of one call; `outcome` None: it left, and no answer was seen."""

    called_at: float
    answered_at: float
    outcome: Accepted | Exception | None


class FlightRecorder:
    """One process's recorder, with room for `slots` calls at a time. Used by the loop's thread only.

    Raises OSError where there is no room for its file.
    """

    def __init__(self, directory: Path, owner: str, slots: int) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = directory / f"{owner}{SUFFIX}"
        draft = self.path.with_suffix(".draft")
        self._handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            _fill(self._handle, SLOT * slots)
        except OSError:
            draft.unlink()
            os.close(self._handle)
            raise
        # locked before it can be seen: a recorder without a lock would be taken for a dead process's
        draft.rename(self.path)
        self._map = mmap.mmap(self._handle, SLOT * slots)
        self._free = list(range(slots))
        self._slots: dict[tuple[int, int], int] = {}

    def called(self, delivery: int, attempt: int, at: float) -> None:
        """Note that a call is about to leave."""
        slot = self._free.pop()
        self._slots[delivery, attempt] = slot
        start = slot * SLOT
        # the phase goes last: a slot is never read half-written
        HEADER.pack_into(self._map, start, _FREE, delivery, attempt, at, 0.0, 0)
        self._map[start] = _CALLED

    def answered(
        self, delivery: int, attempt: int, called_at: float, at: float, outcome: Accepted | Exception
    ) -> None:
        """Note what came back. Does nothing for a delivery that was never called."""
        slot = self._slots.get((delivery, attempt))
        if slot is None:
            return
        start, text = slot * SLOT, to_text(outcome, ROOM)
        record = HEADER.pack(_ANSWERED, delivery, attempt, called_at, at, len(text)) + text
        self._map[start] = _CALLED
        # not by `pack_into`, which writes zeros first: for a moment the call would seem never to have left
        self._map[start + 1 : start + len(record)] = record[1:]
        self._map[start] = _ANSWERED

    def settled(self, delivery: int, attempt: int) -> None:
        """The database knows, or the call did not leave after all: the slot may be used again."""
        slot = self._slots.pop((delivery, attempt), None)
        if slot is not None:
            self._map[slot * SLOT] = _FREE
            self._free.append(slot)

    def close(self) -> None:
        """End in good order: nothing is left to tell."""
        self._map.close()
        self.path.unlink(missing_ok=True)
        os.close(self._handle)


def _fill(handle: int, size: int) -> None:
    """Make the file so long, with room on the disk for all of it. Raises OSError where there is none.

    A hole in a mapped file that can't be filled any more, the disk being full, would end the process.
    """
    with open(handle, "wb", closefd=False) as file:
        file.write(bytes(size))


def abandoned(directory: Path) -> Iterator[Path]:
    """Recorders whose process is dead. Each stays locked until the caller moves on, so that one cleans up."""
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            else:
                # another process may have dealt with it, and removed it, since it was listed
                if os.fstat(handle).st_nlink:
                    yield path
            finally:
                os.close(handle)


def read(path: Path) -> dict[tuple[int, int], Entry]:
    """What a recorder tells, by (delivery, attempt); what isn't there was never called."""
    found: dict[tuple[int, int], Entry] = {}
    data = path.read_bytes()
    for start in range(0, len(data) - SLOT + 1, SLOT):
        phase, delivery, attempt, called_at, answered_at, length = HEADER.unpack_from(data, start)
        if phase != Phase.FREE:
            text = data[start + HEADER.size : start + HEADER.size + length]
            outcome = from_text(text) if phase == Phase.ANSWERED else None
            found[delivery, attempt] = Entry(called_at, answered_at, outcome)
    return found


def owner_of(path: Path) -> str:
    """The worker that wrote a recorder."""
    return path.name.removesuffix(SUFFIX)

"""Where records wait that the database can't take just now: files beside it, in the order they came.

A record is written and synced before `put` returns, as a line with its checksum: a line that was cut off, by a
crash or a full disk, is known by that, and was never promised to anybody. Each begins with a line break of its own,
so that a cut-off one spoils no other. Any number of processes may put, and one at a time hands over: it takes the
file away from those who put, hands its records over, and only then deletes it. After a crash they are handed over
again.
"""

from __future__ import annotations

import errno
import fcntl
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from ums.logs import get_logger
from ums.store.files import make_directory, sync_directory

log = get_logger(__name__)

MOST_BYTES = 256 * 1024 * 1024
"""Of all that waits; a push takes some 500 bytes."""
BATCH = 200
"""Records that are handed over at once."""
OPEN, TAKEN, ASIDE, LOCK = "open", "taken", "aside", "lock"
"""The files: what is put, what is being handed over, what nobody can use, and who hands over."""


class SpoolFull(OSError):
    """There is no room for another record."""


class Spool:
    """The records in one directory, which is made when the first of them comes."""

    def __init__(self, directory: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._directory = directory
        self._most_bytes = most_bytes

    def put(self, record: bytes) -> bool:
        """Keep a record, one line of text, safe from a power cut; whether it is the first of those that wait.

        Raises SpoolFull, and any other OSError where it can't be kept.
        """
        return self._append(OPEN, record)

    def set_aside(self, record: bytes) -> None:
        """Keep a record that can't be used, for a person to look at. Raises OSError as `put` does."""
        self._append(ASIDE, record)

    def hand_over(self, take: Callable[[Sequence[bytes]], None]) -> None:
        """Give `take` all records that wait, oldest first, some at a time; then forget them.

        What `take` raises ends it: no record is forgotten then, and some will be given again. Where another thread
        or process does it just now, nothing is done.
        """
        waiting, taken = self._directory / OPEN, self._directory / TAKEN
        if not (taken.exists() or waiting.exists()):
            return
        with self._alone() as is_alone:
            if is_alone and taken.exists():
                _hand_over(taken, take)
            if is_alone and waiting.exists():
                with self._locked(OPEN):
                    waiting.rename(taken)
                _hand_over(taken, take)

    def _append(self, name: str, record: bytes) -> bool:
        line = b"\n%08x %s\n" % (zlib.crc32(record), record)
        with self._locked(name) as file:
            is_first = os.fstat(file).st_size == 0
            if is_first:
                sync_directory(self._directory)
            if self._size() + len(line) > self._most_bytes:
                raise SpoolFull(errno.ENOSPC, "the spool is full", str(self._directory))
            if os.write(file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._directory))
            # others may write meanwhile, and one sync of the disk then does for all
            fcntl.flock(file, fcntl.LOCK_UN)
            os.fsync(file)
        return is_first

    @contextmanager
    def _locked(self, name: str) -> Iterator[int]:
        """The file of this name, open at its end, and for this thread alone."""
        make_directory(self._directory)
        path = self._directory / name
        while True:
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if _is_at(file, path):  # and hasn't been taken meanwhile
                    yield file
                    return
            finally:
                os.close(file)

    def _size(self) -> int:
        """Bytes of all that waits."""
        sizes = 0
        for name in (OPEN, TAKEN, ASIDE):
            with suppress(FileNotFoundError):
                sizes += (self._directory / name).stat().st_size
        return sizes

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether nobody else hands over; nobody else will, until the block ends."""
        lock = os.open(self._directory / LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            yield _has_locked(lock)
        finally:
            os.close(lock)


def _hand_over(path: Path, take: Callable[[Sequence[bytes]], None]) -> None:
    with path.open("rb") as file:
        records = _records(file)
        while batch := list(islice(records, BATCH)):
            take(batch)
    path.unlink()


def _records(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The whole records. One that isn't was being written when a process or the machine stopped."""
    for line in lines:
        checksum, _, record = line.rstrip(b"\n").partition(b" ")
        if record and checksum == b"%08x" % zlib.crc32(record):
            yield record
        elif checksum:
            log.warning("a record of the spool was cut off", action="spool_cut_off", bytes=len(line))


def _has_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: int, path: Path) -> bool:
    """Whether an open file is the one that stands at `path`."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False

"""What is taken out of the database, kept in files: JSON Lines, gzipped, a file for each kind and day.

Each portion is a gzip member of its own, written and synced before its rows are deleted, so that `zcat`, `gzip -d`
and Python's gzip read a file whole. A member says in its header how long it is (RFC 1952's extra field, as BGZF
does it): one that was cut off by a crash or a full disk is found by a look at the headers, and is taken off again,
for nothing that it held was deleted. A crash between a member and the deletion leaves its rows in both places, and
they are written once more.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ums.logs import get_logger
from ums.store.files import make_directory, sync_directory

log = get_logger(__name__)

_HEAD = struct.Struct("<4B I 2B H 2s H I")
"""gzip, deflate, with an extra field; no time; who made it; the field's length, `UM`, 4, and the member's bytes."""
_TAIL = struct.Struct("<2I")
_EXTRA = b"UM"
_FIRST = (0x1F, 0x8B, 8, 4)


class Archive:
    """The files in one directory, which is made with the first of them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ends: dict[Path, int] = {}
        """Where the last whole member of a file ends, of those that this process has looked through."""

    def append(self, name: str, records: Iterable[bytes]) -> None:
        """Keep records, each a line of JSON, in the file of this name, safe from a power cut.

        Raises OSError where they can't be kept; then nothing of them counts as kept.
        """
        member = _member(b"".join(record + b"\n" for record in records))
        path = self._directory / f"{name}.jsonl.gz"
        with self._opened(path) as file:
            end = self._end(path, file)
            if os.pwrite(file, member, end) < len(member):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            os.fsync(file)
            self._ends[path] = end + len(member)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[int]:
        """The file, for this process alone."""
        make_directory(self._directory)
        is_new = not path.exists()
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if is_new:
                sync_directory(self._directory)
            yield file
        finally:
            os.close(file)

    def _end(self, path: Path, file: int) -> int:
        """Where the next member goes; what stands there already was cut off, and is taken away."""
        size = os.fstat(file).st_size
        if size == self._ends.get(path):
            return size
        end = _end_of_whole(file, size)
        if end < size:
            log.warning(
                "the end of an archive was cut off", action="archive_cut_off", file=path.name, bytes=size - end
            )
            os.ftruncate(file, end)
        return end


def _member(content: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = deflater.compress(content) + deflater.flush()
    size = _HEAD.size + len(body) + _TAIL.size
    head = _HEAD.pack(*_FIRST, 0, 0, 255, 8, _EXTRA, 4, size)
    return head + body + _TAIL.pack(zlib.crc32(content), len(content) & 0xFFFFFFFF)


def _end_of_whole(file: int, size: int) -> int:
    """Where the last whole member ends. Raises OSError where something of another's making stands in the file."""
    begins, end = 0, 0
    while end < size:
        head = os.pread(file, _HEAD.size, end)
        length = _length(head)
        if length is None and len(head) == _HEAD.size and any(head):
            raise OSError(errno.EINVAL, "it is no archive of the gateway's; move it away")
        if length is None or end + length > size:
            break
        begins, end = end, end + length
    # all but the last are there, for they were synced before the next was begun
    return end if end == 0 or _is_whole(os.pread(file, end - begins, begins)) else begins


def _length(head: bytes) -> int | None:
    """How long the member is that begins so; None where none does: a power cut may leave nothing but zeros."""
    if len(head) < _HEAD.size:
        return None
    *first, _, _, _, _, extra, _, size = _HEAD.unpack(head)
    return size if (*first,) == _FIRST and extra == _EXTRA else None


def _is_whole(member: bytes) -> bool:
    try:
        zlib.decompress(member, wbits=zlib.MAX_WBITS | 16)
    except zlib.error:
        return False
    return True

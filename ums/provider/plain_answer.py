"""Reading an HTTP/1.1 answer as it comes, piece by piece. No I/O happens here."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ums.provider.http import LARGEST_ANSWER, decoded
from ums.provider.losses import Unreadable
from ums.sdk.call import Reply

LARGEST_HEAD = 64 * 1024
LONGEST_CHUNK_LINE = 1024
_END = b"\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n]*)?")
_START = b"HTTP/1."
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_WITHOUT_BODY = frozenset({204, 304})


class Head(NamedTuple):
    """What stands before a body; `length` None: the connection's end is its end, unless it is `chunked`."""

    status: int
    length: int | None
    chunked: bool
    keeps: bool
    encoding: str


@lru_cache(maxsize=256)
def head_of(raw: bytes) -> Head:
    """The head of an answer, which the next ones often have to the byte. Raises Unreadable."""
    first, *lines = raw.split(b"\r\n")
    found = _STATUS.fullmatch(first)
    fields = [_FIELD.fullmatch(line) for line in lines]
    if found is None or not all(fields):
        raise Unreadable("answer_malformed")
    given: dict[bytes, list[bytes]] = {}
    for field in fields:
        assert field is not None  # noqa: S101 - all of them are something
        given.setdefault(field[1].lower(), []).append(field[2].lower())
    status, is_new = int(found[2]), found[1] == b"1"
    chunked = _chunked(given.get(b"transfer-encoding", []))
    length = 0 if status in _WITHOUT_BODY else None if chunked else _length(given.get(b"content-length", []))
    connection = b",".join(given.get(b"connection", []))
    keeps = (is_new and b"close" not in connection) or (not is_new and b"keep-alive" in connection)
    encoding = b",".join(given.get(b"content-encoding", [])).decode("latin-1")
    return Head(status, length, chunked and length is None, keeps, encoding)


def _chunked(given: list[bytes]) -> bool:
    if not given:
        return False
    if given != [b"chunked"]:
        raise Unreadable("answer_malformed")
    return True


def _length(given: list[bytes]) -> int | None:
    if not given:
        return None
    if len(set(given)) > 1 or not given[0].isdigit():
        raise Unreadable("answer_malformed")
    length = int(given[0]) if len(given[0]) < 20 else LARGEST_ANSWER + 1
    if length > LARGEST_ANSWER:
        raise Unreadable("answer_too_large")
    return length


def at_once(data: bytes) -> Reply | None:
    """The answer, where it came in one piece, as nearly all do, and nothing about it is special. Raises Unreadable.

    Its connection may carry another call. The same as a `Reading` would make of it, in a third of the time.
    """
    end = data.find(_END)
    if end < 0:
        return None
    start = end + len(_END)
    status, length, _, keeps, encoding = head_of(data[:end])
    if status < 200 or encoding or not keeps or length != len(data) - start:
        return None
    return Reply(status, data[start:])


class Reading:
    """One answer on its way; `keeps` is, once it is whole, whether its connection may carry another call."""

    __slots__ = ("_body", "_came", "_head", "keeps")

    def __init__(self) -> None:
        self._came = b""
        self._head: Head | None = None
        self._body = bytearray()
        self.keeps = False

    @property
    def has_begun(self) -> bool:
        """Whether its head has come."""
        return self._head is not None

    def take(self, data: bytes) -> Reply | None:
        """Take what has come; the answer, once it is whole. Raises Unreadable."""
        self._came = self._came + data if self._came else data
        head = self._head or self._take_head()
        if head is None:
            return None
        if head.chunked:
            return self._whole(head, bytes(self._body)) if self._take_chunks() else None
        if head.length is None:
            self._body += self._came
            self._came = b""
            if len(self._body) > LARGEST_ANSWER:
                raise Unreadable("answer_too_large")
            return None
        if len(self._came) < head.length:
            return None
        body, self._came = self._came[: head.length], self._came[head.length :]
        return self._whole(head, body)

    def end(self) -> Reply:
        """The connection has ended: the answer, where that is how it ends. Raises Unreadable."""
        head = self._head
        if head is None:
            raise Unreadable("connection_lost")
        if head.chunked or head.length is not None:
            raise Unreadable("answer_cut")
        return self._whole(head, bytes(self._body))

    def _take_head(self) -> Head | None:
        """The head, once it has come; what only says that an answer will follow is passed over."""
        while (end := self._came.find(_END)) >= 0:
            head = head_of(self._came[:end])
            self._came = self._came[end + len(_END) :]
            if head.status >= 200:
                self._head = head
                return head
            if head.status == 101:
                raise Unreadable("answer_malformed")
        if len(self._came) > LARGEST_HEAD or not _may_be_head(self._came):
            raise Unreadable("answer_malformed")
        return None

    def _take_chunks(self) -> bool:
        """Move whole chunks into the body; whether the last one has come. Raises Unreadable."""
        while (end := self._came.find(b"\r\n")) >= 0:
            size = _chunk_size(self._came[:end])
            start = end + 2
            if size == 0:
                return self._ends_with_trailers(start)
            if len(self._body) + size > LARGEST_ANSWER:
                raise Unreadable("answer_too_large")
            if len(self._came) < start + size + 2:
                return False
            if self._came[start + size : start + size + 2] != b"\r\n":
                raise Unreadable("answer_malformed")
            self._body += self._came[start : start + size]
            self._came = self._came[start + size + 2 :]
        if len(self._came) > LONGEST_CHUNK_LINE:
            raise Unreadable("answer_malformed")
        return False

    def _ends_with_trailers(self, start: int) -> bool:
        if self._came.startswith(b"\r\n", start):
            self._came = self._came[start + 2 :]
            return True
        end = self._came.find(_END, start)
        if end < 0 and len(self._came) > LARGEST_HEAD:
            raise Unreadable("answer_malformed")
        self._came = self._came if end < 0 else self._came[end + len(_END) :]
        return end >= 0

    def _whole(self, head: Head, body: bytes) -> Reply:
        """The answer; a connection on which more has come than that carries no other call."""
        self.keeps = head.keeps and not self._came and (head.chunked or head.length is not None)
        return Reply(head.status, decoded(body, head.encoding))


def _may_be_head(came: bytes) -> bool:
    return came.startswith(_START) or _START.startswith(came)


def _chunk_size(line: bytes) -> int:
    size = line.partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
        raise Unreadable("answer_malformed")
    return int(size, 16)

"""Sockets that keep a deadline for the whole call, and know whether anything of it has left.

A socket's own timeout starts anew with every byte, so a server that drips one byte a second keeps a
caller for hours. Here each wait is only as long as what is left of the call, name resolution and the
TLS handshake included. The deadline is that of the thread's current call, so that a kept-alive connection
always follows the call that uses it.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_Found = tuple[int, int, int, tuple[str | int, ...] | tuple[int, bytes]]


Check = Callable[[str], None]
"""Raises OSError for an IP address that may not be called."""


def any_address(_: str) -> None:
    """Providers are where the operator says."""


class Deadline:
    """One call's time, where it may lead, and whether a byte of its request may have left."""

    __slots__ = ("_end", "check", "sent")

    def __init__(self, seconds: float, check: Check) -> None:
        self._end = time.monotonic() + seconds
        self.check = check
        self.sent = False

    def left(self) -> float:
        """Seconds left, more than 0. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


_current: ContextVar[Deadline] = ContextVar("ums_deadline")


@contextmanager
def deadline(seconds: float, check: Check = any_address) -> Iterator[Deadline]:
    """In this block, sockets made by `connect` wait no longer than `seconds` in all.

    They connect to no address that `check` refuses.
    """
    call = Deadline(seconds, check)
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


def current() -> Deadline:
    """That of the thread's call."""
    return _current.get()


class PlainSocket(socket.socket):
    """A TCP connection that follows the current call's deadline."""

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(_current.get().left())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        call = _current.get()
        self.settimeout(call.left())
        call.sent = True
        super().sendall(data, flags)


class SecureSocket(ssl.SSLSocket):
    """A TLS connection that follows the current call's deadline."""

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(_current.get().left())
        return super().recv_into(buffer, nbytes, flags)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        self.settimeout(_current.get().left())
        return super().recv(buflen, flags)

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        call = _current.get()
        self.settimeout(call.left())
        call.sent = True
        return super().send(data, flags)


def connect(host: str, port: int, options: Sequence[tuple[int, int, int | bytes]]) -> PlainSocket:
    """A connection to the first of the host's addresses that takes one. Raises OSError."""
    failure: OSError | None = None
    check = _current.get().check
    for family, kind, protocol, address in _resolved(host, port):
        connection = PlainSocket(family, kind, protocol)
        try:
            check(str(address[0]))
            for option in options:
                connection.setsockopt(*option)
            connection.settimeout(_current.get().left())
            connection.connect(address)
            check(str(connection.getpeername()[0]))
        except OSError as error:
            connection.close()
            failure = error
        else:
            # What is left now bounds a TLS handshake, which is one wait to OpenSSL.
            connection.settimeout(_current.get().left())
            return connection
    raise failure or socket.gaierror(socket.EAI_NONAME, "the name has no address")


def _resolved(host: str, port: int) -> list[_Found]:
    # getaddrinfo can't be given a timeout; a name server that doesn't answer holds it for up to a minute.
    answers: queue.SimpleQueue[list[_Found] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([(family, kind, protocol, address) for family, kind, protocol, _, address in found])
        except OSError as error:
            answers.put(error)
        except UnicodeError:
            answers.put(socket.gaierror(socket.EAI_NONAME, "not a host name"))

    threading.Thread(target=ask, name="ums-resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=_current.get().left())
    except queue.Empty:
        raise TimeoutError("the name server doesn't answer") from None
    if isinstance(answer, OSError):
        raise answer
    return answer

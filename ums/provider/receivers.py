"""Calls to the addresses that applications give for their receipts, and operators for pushes to be handed on to.

`ums.provider.receiver_calls` makes them. It is loaded with the first one: many processes make none.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from ums.provider.guard import Guard

if TYPE_CHECKING:
    from ums.provider.receiver_calls import ReceiverCalls

SECONDS = 15.0
"""How long one call may take, from the name's resolution to the last byte."""
LARGEST_ANSWER = 16 * 1024
"""Bytes of an answer that are looked at."""


class Answer(NamedTuple):
    """What a receiver answered: the HTTP status, the beginning of the body, its headers as they stand."""

    status: int
    body: bytes
    retry_after: str
    content_type: str = ""


class NoAnswer(Exception):
    """No answer came; `reason` is one of the words in `ums.provider.losses`, `invalid_url` or `address_refused`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Receivers:
    """Calls receivers. One is shared by all threads of a process."""

    def __init__(self, guard: Guard, *, authorities: str | None = None, seconds: float = SECONDS) -> None:
        self._guard = guard
        self._authorities = authorities
        self._seconds = seconds
        self._lock = Lock()
        self._made: ReceiverCalls | None = None

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask. Raises NoAnswer."""
        return self._calls().make("GET", url, headers, b"", self._seconds)

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None = None) -> Answer:
        """Hand over a document, JSON unless `headers` say otherwise, within the usual time or so many `seconds`.

        Raises NoAnswer.
        """
        media = {"Content-Type": "application/json; charset=utf-8"}
        within = self._seconds if seconds is None else seconds
        return self._calls().make("POST", url, {**media, **headers}, body, within)

    def close(self) -> None:
        """Close kept-alive connections, if there are any."""
        if self._made is not None:
            self._made.close()

    def _calls(self) -> ReceiverCalls:
        with self._lock:
            if self._made is None:
                from ums.provider.receiver_calls import ReceiverCalls  # only here, for what it costs to load

                self._made = ReceiverCalls(self._guard, self._authorities)
            return self._made
